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

const STEPS = {
  admit: ({ object, ask, want, series }) => {
    const before = `{"admit":{"ask":${JSON.stringify(ask)},"request":"`;
    const after = `","want":${JSON.stringify(want)}}}`;
    return (i) => object.step(before + id(series, i) + after);
  },
  release: ({ object, series }) => {
    return (i) => ({ end: object.step(`{"release":{"request":"${id(series, i)}"}}`) });
  },
  both: (work) => {
    const { object, ask, want, series } = work;
    const admit = STEPS.admit(work);
    return async (i) => {
      const text = await admit(i);
      const { principal, granted } = JSON.parse(text).admitted;
      const lease = {
        request: id(series, i),
        key: principal.key,
        model: ask.model,
        admitted_ms: granted.admitted_ms,
        input_tokens: want.input_tokens,
        output_cap: granted.output_cap,
        cost: granted.cost,
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
