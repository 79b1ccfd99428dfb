/**
 * Runs the flows of one JavaScript client one after another and prints one JSON document on stdout:
 * for each flow its result, or the error that ended it. A flow that fails does not hide the others.
 */

/** Longer than any flow takes; a client that waits for ever must not hide what it waits for. */
const FLOW_TIMEOUT_MS = 45_000;

function timeout(name) {
  const late = () => new Error(`${name} did not end in ${FLOW_TIMEOUT_MS} ms`);
  return new Promise((_resolve, reject) => {
    setTimeout(() => reject(late()), FLOW_TIMEOUT_MS).unref();
  });
}

/** @param {Record<string, () => Promise<unknown>>} flows */
export async function report(flows) {
  const told = {};
  for (const [name, flow] of Object.entries(flows)) {
    try {
      told[name] = { result: (await Promise.race([flow(), timeout(name)])) ?? null };
    } catch (error) {
      told[name] = { error: String(error), trace: error?.stack };
    }
  }
  await new Promise((resolve) => process.stdout.write(`${JSON.stringify(told)}\n`, resolve));
  process.exit(0);
}

/** The words with which a call is refused; a call that works is an error. */
export async function refusal(call) {
  const outcome = await call.then(
    (value) => ({ value }),
    (error) => ({ error }),
  );
  if ('value' in outcome) throw new Error(`was not refused: ${JSON.stringify(outcome.value)}`);
  return `${outcome.error.name}: ${outcome.error.message}`;
}
