/**
 * What all programs share: the gateway to call, and how a check is told.
 *
 * A program runs its checks one after the other, each for every model it takes, and prints a line of JSON for
 * each. Whether a backend was stopped, or a request sent again, the runner finds out on its own.
 */
const wanted = (name) => {
  const value = process.env[name];
  if (!value) throw new Error(`${name} is not set`);
  return value;
};

export const GATEWAY = wanted('GATEWAY');
/** A good key, one without money left, one of 30 requests a minute. */
export const KEY = wanted('KEY');
export const POOR_KEY = wanted('POOR_KEY');
export const FEW_KEY = wanted('FEW_KEY');
export const CLIENT = wanted('CLIENT');
export const MODELS = wanted('MODELS').split(',');
/** Nobody's. */
export const WRONG_KEY = wanted('WRONG_KEY');

export const TEXT = 'Say something.';
export const TWO_TOOLS = 'Use get_weather and get_time for Graz.';
export const CITY = {
  type: 'object',
  properties: { city: { type: 'string' } },
  required: ['city'],
  additionalProperties: false,
};

/** Headers by which the runner knows these requests. */
export const tagged = (what) => ({ 'x-neureus-surface': `${CLIENT}/${what}` });
/** A text that fails at the backend the first time. */
export const failsOnce = (model) => `Hi. [[sandbox: status=500 once=${CLIENT}-${model}]]`;
/** A text with an answer of minutes. */
export const endless = (model) => `Go on, ${CLIENT}-${model}-left. [[sandbox: tokens=5000 gap=20]]`;

export function assert(truth, what) {
  if (!truth) throw new Error(`wrong: ${what}`);
}

export function assertSandbox(text) {
  assert(/sandbox/i.test(text ?? ''), `the text of an answer: ${JSON.stringify(text)}`);
}

/** The error that a call fails with. */
export async function failure(call) {
  try {
    await call();
  } catch (error) {
    return error;
  }
  throw new Error('wrong: the call did not fail');
}

/** Calls until it fails. */
export async function untilItFails(call) {
  for (let calls = 0; calls < 200; calls += 1) {
    try {
      await call();
    } catch (error) {
      return error;
    }
  }
  throw new Error('wrong: 200 calls, and no limit');
}

/** Runs checks: each gets a model. */
export async function run(checks) {
  for (const [check, body] of Object.entries(checks)) {
    let error = null;
    for (const model of MODELS) {
      try {
        await body(model);
      } catch (cause) {
        error = `${model}: ${cause?.stack ?? cause}`;
        break;
      }
    }
    console.log(JSON.stringify({ check, error }));
  }
}
