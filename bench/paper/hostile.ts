/**
 * What a storm of hostile requests costs an honest client of the same server, without the venue's
 * limits: its slowest percent in peace, beside the same storm on another server of this machine (the
 * reference: what the storm's clients and a busy process take of the processors), and during it.
 */
import { type Slowdown, slowdown, stormTrial } from '../../test/fuzz/trial.ts';
import { startServer, USER } from '../../test/gateways/paper-exchange/server-process.ts';

const PLAN = { seed: 7, requests: 12_000, apart: false, turns: 4, aloneRounds: 150 };

export interface HostileResult extends Slowdown {
  readonly requests: number;
  readonly aimP99Ratio: number;
}

export async function measureHostile(): Promise<HostileResult> {
  const flags = ['--fund', `${USER}=100000`, '--log-level', 'error'];
  const [server, bystander] = await Promise.all([startServer(flags), startServer(flags)]);
  try {
    const trial = await stormTrial(server, bystander, PLAN);
    return { requests: PLAN.requests, ...slowdown(trial), aimP99Ratio: 2 };
  } finally {
    await Promise.all([server.stop('SIGTERM'), bystander.stop('SIGTERM')]);
  }
}
