/**
 * What a storm of hostile requests costs an honest client: the times of its replies while nothing else
 * happens, while the same storm hits another server on this machine, and while it hits its own. What
 * the second costs is the machine's doing, whose processors all share; what the third costs beyond
 * it is the server's. The three take turns, so that whatever else the machine does hits them alike.
 * It says what happened and judges nothing.
 */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { type Quantiles, quantiles, round } from '../../bench/statistics.ts';
import type { ServerProcess } from '../gateways/paper-exchange/server-process.ts';
import type { Command, Report } from './honest-trader.ts';
import { type StormOutcome, type StormPlan, storm } from './storm.ts';

const TRADER = fileURLToPath(new URL('./honest-trader.ts', import.meta.url));

/** The honest client's process. */
export class HonestTrader {
  readonly #child: ChildProcess;
  readonly #ended: Promise<never>;

  /** `from`: the first three parts of the addresses to come from, else it comes from one. */
  constructor(url: string, from?: string) {
    this.#child = fork(TRADER, from === undefined ? [url] : [url, from], {
      execArgv: [],
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    });
    let words = '';
    this.#child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      words += text;
    });
    this.#ended = once(this.#child, 'close').then(([code]) => {
      throw new Error(`the honest client ended with ${code}: ${words}`);
    });
    this.#ended.catch(() => undefined); // told to whoever waits for a report
  }

  /** So many rounds of an order, a cancel and a question; the times of the replies in ms. */
  async rounds(count: number): Promise<readonly number[]> {
    this.#tell({ kind: 'rounds', count });
    return this.#report();
  }

  start(): void {
    this.#tell({ kind: 'start' });
  }

  async stop(): Promise<readonly number[]> {
    this.#tell({ kind: 'stop' });
    return this.#report();
  }

  end(): void {
    this.#child.disconnect();
  }

  #tell(command: Command): void {
    this.#child.send(command);
  }

  async #report(): Promise<readonly number[]> {
    const heard = once(this.#child, 'message') as Promise<[Report]>;
    const [{ latenciesMs }] = await Promise.race([heard, this.#ended]);
    return latenciesMs;
  }
}

export interface Trial {
  /** Times of the honest client's replies in ms: in peace, */
  readonly aloneMs: readonly number[];
  /** in a storm on another server, */
  readonly besideMs: readonly number[];
  /** and in a storm on its own. */
  readonly duringMs: readonly number[];
  /** What the storms on its own server were answered. */
  readonly outcome: StormOutcome;
}

export interface TrialPlan extends StormPlan {
  /** Into how many turns the storms are cut. */
  readonly turns: number;
  /** Rounds of the honest client in peace, in each turn. */
  readonly aloneRounds: number;
}

const HONEST_ADDRESSES = '127.0.2';
const WARM_UP_ROUNDS = 100;

const NOTHING: StormOutcome = { statuses: {}, closes: {}, frames: 0, rawConnections: 0, tookMs: 0 };

type Counts = Readonly<Record<string, number>>;

function added(one: Counts, other: Counts): Counts {
  const sum: Record<string, number> = { ...one };
  for (const [what, count] of Object.entries(other)) sum[what] = (sum[what] ?? 0) + count;
  return sum;
}

const joined = (one: StormOutcome, other: StormOutcome): StormOutcome => ({
  statuses: added(one.statuses, other.statuses),
  closes: added(one.closes, other.closes),
  frames: one.frames + other.frames,
  rawConnections: one.rawConnections + other.rawConnections,
  tookMs: one.tookMs + other.tookMs,
});

/** The honest client trades with `server`; `bystander` is another one like it. */
export async function stormTrial(
  server: ServerProcess,
  bystander: ServerProcess,
  { turns, aloneRounds, ...plan }: TrialPlan,
): Promise<Trial> {
  const trader = new HonestTrader(server.url, plan.apart ? HONEST_ADDRESSES : undefined);
  const aloneMs: number[] = [];
  const besideMs: number[] = [];
  const duringMs: number[] = [];
  let outcome = NOTHING;
  const stormOn = async ({ url, wsUrl }: ServerProcess, turn: number): Promise<StormOutcome> =>
    storm(url, wsUrl, { ...plan, seed: plan.seed + turn, requests: plan.requests / turns });
  try {
    await trader.rounds(WARM_UP_ROUNDS);
    for (let turn = 0; turn < turns; turn += 1) {
      aloneMs.push(...(await trader.rounds(aloneRounds)));
      trader.start();
      await stormOn(bystander, turn);
      besideMs.push(...(await trader.stop()));
      trader.start();
      outcome = joined(outcome, await stormOn(server, turn));
      duringMs.push(...(await trader.stop()));
    }
    // Once more, to see that all is well.
    await trader.rounds(5);
    return { aloneMs, besideMs, duringMs, outcome };
  } finally {
    trader.end();
  }
}

export interface Slowdown {
  readonly alone: Quantiles;
  readonly beside: Quantiles;
  readonly during: Quantiles;
  /** How many times longer the slowest percent takes in the storm than in peace, */
  readonly p99OverAlone: number;
  /** and than in the same storm on another server of this machine. */
  readonly p99OverBeside: number;
}

export function slowdown({ aloneMs, besideMs, duringMs }: Trial): Slowdown {
  const [alone, beside, during] = [quantiles(aloneMs), quantiles(besideMs), quantiles(duringMs)];
  return {
    alone,
    beside,
    during,
    p99OverAlone: round(during.p99Ms / alone.p99Ms),
    p99OverBeside: round(during.p99Ms / beside.p99Ms),
  };
}
