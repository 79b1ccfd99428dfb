/**
 * A storm from one address while the venue's limits are on: who asks too much is kept waiting, and an
 * honest client at another address does not notice. Its times are printed, not judged.
 */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { quantiles, round } from '../../bench/statistics.ts';
import {
  type ServerProcess,
  startServer,
  USER,
} from '../gateways/paper-exchange/server-process.ts';
import { stormTrial, type Trial } from './storm.ts';

const REQUESTS = Number(process.env.FUZZ_REQUESTS ?? 0) >= 100_000 ? 1_000 : 250;
const SEED = Number(process.env.FUZZ_SEED ?? Math.floor(Math.random() * 2 ** 32));

let server: ServerProcess;
let trial: Trial;

beforeAll(async () => {
  process.stdout.write(`FUZZ_SEED=${SEED}\n`);
  server = await startServer([
    ...['--fund', `${USER}=100000`, '--log-level', 'error', '--limits', 'venue'],
  ]);
  // Addresses of their own need the whole of 127.0.0.0/8, which other systems than Linux lack.
  const apart = process.platform === 'linux';
  trial = await stormTrial(server, { seed: SEED, requests: REQUESTS, apart });
  const [alone, during] = [quantiles(trial.aloneMs), quantiles(trial.duringMs)];
  const p99Ratio = round(during.p99Ms / alone.p99Ms);
  process.stdout.write(`${JSON.stringify({ alone, during, p99Ratio })}\n`);
}, 180_000);

afterAll(async () => {
  await server?.stop('SIGKILL');
});

describe('a storm from one address under the limits', () => {
  test('is refused once it has asked too much', () => {
    expect(trial.outcome.statuses['429']).toBeGreaterThan(0);
  });

  test('leaves an honest client at another address served', () => {
    expect(trial.duringMs.length).toBeGreaterThan(0);
  });
});
