/**
 * `npm test` sends a few thousand; `npm run test:fuzz` 100,000. FUZZ_SEED repeats a run,
 * FUZZ_REQUESTS makes it longer or shorter.
 */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import {
  type ServerProcess,
  startServer,
  USER,
} from '../gateways/paper-exchange/server-process.ts';
import { openSockets, residentMb } from './server-facts.ts';
import { slowdown, stormTrial, type Trial } from './trial.ts';

const REQUESTS = Number(process.env.FUZZ_REQUESTS ?? 2_000);
const TURNS = REQUESTS >= 20_000 ? 4 : 1;
const SEED = Number(process.env.FUZZ_SEED ?? Math.floor(Math.random() * 2 ** 32));

/** The heap may not grow beyond this: a leak ends the server, and the test with it. */
const HEAP_MB = 256;
/** The heap, and what node, the compiled code and the sockets' buffers take beside it. */
const MAX_RESIDENT_MB = 512;
const SETTLE_WITHIN_MS = 20_000;

/** Answers that a hostile request may get: never one that the server did not mean to give. */
const PLANNED_STATUSES = ['200', '404', '405', '413', '415', '422'];
/** Done, protocol error, no text, no UTF-8, too long, cut off. */
const PLANNED_CLOSES = ['1000', '1002', '1003', '1005', '1006', '1007', '1009'];

let server: ServerProcess;
let bystander: ServerProcess;
let trial: Trial;
let leftOpen: number;

beforeAll(async () => {
  process.stdout.write(`FUZZ_SEED=${SEED} FUZZ_REQUESTS=${REQUESTS}\n`);
  const flags = ['--fund', `${USER}=100000`, '--log-level', 'warn'];
  const nodeFlags = [`--max-old-space-size=${HEAP_MB}`];
  [server, bystander] = await Promise.all([
    startServer(flags, nodeFlags),
    startServer(flags, nodeFlags),
  ]);
  const { pid = 0 } = server.child;
  const before = openSockets(pid);
  const plan = { seed: SEED, requests: REQUESTS, apart: false, turns: TURNS };
  trial = await stormTrial(server, bystander, { ...plan, aloneRounds: REQUESTS / TURNS / 40 });
  const deadlineMs = performance.now() + SETTLE_WITHIN_MS;
  do {
    await new Promise((resolve) => setTimeout(resolve, 100));
    leftOpen = openSockets(pid) - before;
  } while (leftOpen > 0 && performance.now() < deadlineMs);
  const { tookMs, statuses, closes } = trial.outcome;
  const shown = {
    tookMs: Math.round(tookMs),
    statuses,
    closes,
    residentMb: Math.round(residentMb(pid)),
    honest: slowdown(trial),
  };
  process.stdout.write(`${JSON.stringify(shown, null, 1)}\n`);
}, 900_000);

afterAll(async () => {
  await Promise.all([server?.stop('SIGKILL'), bystander?.stop('SIGKILL')]);
});

describe('after a storm of hostile requests', () => {
  test('every request was answered as planned', () => {
    const { statuses, closes } = trial.outcome;
    const { cut = 0, ...answered } = statuses;
    expect(Object.keys(answered).filter((status) => !PLANNED_STATUSES.includes(status))).toEqual(
      [],
    );
    expect(Object.keys(closes).filter((code) => !PLANNED_CLOSES.includes(code))).toEqual([]);
    // Only a body too long, which is refused while it is still being sent, may miss its answer.
    expect(cut).toBeLessThan(REQUESTS / 100);
    expect(answered['422']).toBeGreaterThan(REQUESTS / 20);
  });

  test('nothing was logged as an error', () => {
    const isError = /"level":(50|60)|Unhandled|Error:/;
    const errors = server
      .stderr()
      .split('\n')
      .filter((line) => isError.test(line));
    expect(errors.slice(0, 3)).toEqual([]);
  });

  test('the honest client was served all the time, and correctly', () => {
    expect(trial.duringMs.length).toBeGreaterThan(0);
  });

  test('the memory is bounded', () => {
    expect(residentMb(server.child.pid ?? 0)).toBeLessThan(MAX_RESIDENT_MB);
  });

  test('no connection is left open', () => {
    expect(leftOpen).toBeLessThanOrEqual(0);
  });

  test('the server still stops as it should', async () => {
    expect(await server.stop('SIGTERM')).toBe(0);
  });
});
