/**
 * A storm from one address while the venue's limits are on: who asks too much is kept waiting, and an
 * honest client at another address does not notice. Its times are printed, not judged.
 */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import {
  type ServerProcess,
  startServer,
  USER,
} from '../gateways/paper-exchange/server-process.ts';
import { slowdown, stormTrial, type Trial } from './trial.ts';

const REQUESTS = 1_000;
const ALONE_ROUNDS = REQUESTS / 2;
const SEED = Number(process.env.FUZZ_SEED ?? Math.floor(Math.random() * 2 ** 32));

let server: ServerProcess;
let bystander: ServerProcess;
let trial: Trial;

beforeAll(async () => {
  process.stdout.write(`FUZZ_SEED=${SEED}\n`);
  const flags = ['--fund', `${USER}=100000`, '--log-level', 'error', '--limits', 'venue'];
  [server, bystander] = await Promise.all([startServer(flags), startServer(flags)]);
  // Addresses of their own need the whole of 127.0.0.0/8, which other systems than Linux lack.
  const apart = process.platform === 'linux';
  const plan = { seed: SEED, requests: REQUESTS, apart, turns: 1, aloneRounds: ALONE_ROUNDS };
  trial = await stormTrial(server, bystander, plan);
  process.stdout.write(`${JSON.stringify(slowdown(trial))}\n`);
}, 180_000);

afterAll(async () => {
  await Promise.all([server?.stop('SIGKILL'), bystander?.stop('SIGKILL')]);
});

describe('a storm from one address under the limits', () => {
  test('is refused once it has asked too much', () => {
    expect(trial.outcome.statuses['429']).toBeGreaterThan(0);
  });

  test('leaves an honest client at another address served', () => {
    expect(trial.duringMs.length).toBeGreaterThan(0);
  });
});
