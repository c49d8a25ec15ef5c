// Calls objects in a loop, from inside the process: no client's sockets are in the way.
//
// Ends of leases are waited for at the very end, as a gateway does not wait for them.
//
// A request names the object's namespace and the tenant, and says what to do: `messages` to send once,
// or `calls` calls, `concurrency` at a time.

const SETTLED = { input_tokens: 220, output_tokens: 300, cost: 310_140 };

// How a request went, as the gateway tells it.
const WENT = {
  how: 'complete',
  ms: 1200,
  first_ms: 300,
  note: '200 /ai/chat docs sandbox 2026-11-01 - 0 3 800',
};

const id = (series, i) => `req_${series}${String(i).padStart(22 - series.length, '0')}`;

async function parallel(calls, concurrency, one) {
  let next = 0;
  const lane = async () => {
    while (next < calls) await one(next++);
  };
  await Promise.all(Array.from({ length: concurrency }, lane));
}

// An admission in the form in which the gateway writes it (core/src/message/wire.rs), and as JSON.
function writer({ short, ask, want, series }) {
  if (!short) {
    const before = `{"admit":{"ask":${JSON.stringify(ask)},"request":"`;
    const after = `","want":${JSON.stringify(want)}}}`;
    return (i) => before + id(series, i) + after;
  }
  const { input_tokens, output_cap, output_most, input_price, output_price } = want;
  const numbers = [input_tokens, output_cap, output_most, input_price, output_price, 0, 0];
  const hex = numbers.map((number) => number.toString(16));
  const after = ['', ask.key, ask.model, '', ...hex].join('\n');
  return (i) => `2a\n${id(series, i)}${after}`;
}

// What a lease needs to know of an answer.
function grantedOf(text) {
  if (text.startsWith('{')) {
    const { principal, granted } = JSON.parse(text).admitted;
    return { key: principal.key, ...granted };
  }
  const [, key, , , , admitted_ms, output_cap, cost] = text.split('\n');
  const number = (hex) => Number.parseInt(hex, 16);
  return {
    key,
    admitted_ms: number(admitted_ms),
    output_cap: number(output_cap),
    cost: number(cost),
  };
}

const STEPS = {
  admit: (work) => {
    const write = writer(work);
    return (i) => work.object.step(write(i));
  },
  release: ({ object, series }) => {
    return (i) => ({ end: object.step(`{"release":{"request":"${id(series, i)}"}}`) });
  },
  both: (work) => {
    const { object, ask, want, series } = work;
    const admit = STEPS.admit(work);
    return async (i) => {
      const lease = {
        request: id(series, i),
        model: ask.model,
        input_tokens: want.input_tokens,
        ...grantedOf(await admit(i)),
      };
      return {
        end: object.step(JSON.stringify({ settle: { lease, charge: SETTLED, went: WENT } })),
      };
    };
  },
};

export default {
  async fetch(request, env) {
    const { namespace, tenant, messages, step, calls, concurrency, ...work } = await request.json();
    const object = env[namespace].getByName(tenant);
    if (messages) {
      const answers = [];
      for (const message of messages) answers.push(await object.step(JSON.stringify(message)));
      return Response.json(answers);
    }
    let last;
    const ends = [];
    const one = STEPS[step]({ ...work, object });
    await parallel(calls, concurrency, async (i) => {
      last = await one(i);
      if (last.end) ends.push(last.end);
    });
    if (ends.length > 0) last = (await Promise.all(ends)).at(-1);
    return new Response(last);
  },
};
