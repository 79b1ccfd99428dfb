/** What a long run left behind: its histories, whether its books agree, and how its memory grew. */
import { Worker } from '@temporalio/worker';
import { TERMINAL_STATUSES } from '../../domain/execution/order-view.ts';
import { decimal, ZERO } from '../../domain/kernel/decimal.ts';
import { replaceWorkflowThreads } from '../../workers/workflow-threads.ts';
import type { Measure } from './link.ts';
import { ACCOUNT, type LongRun } from './long-run.ts';

type History = Awaited<ReturnType<ReturnType<LongRun['handle']>['fetchHistory']>>;

export interface RunHistory {
  readonly workflowId: string;
  readonly history: History;
  readonly events: number;
  readonly bytes: number;
}

/** Every run of a workflow that handed over to the next, oldest first. */
export async function runsOf(
  run: LongRun,
  workflowId: string,
  firstRunId?: string,
): Promise<readonly RunHistory[]> {
  const runs: RunHistory[] = [];
  let runId = firstRunId;
  do {
    const history = await run.env.client.workflow.getHandle(workflowId, runId).fetchHistory();
    const events = history.events ?? [];
    const bytes = events.reduce((sum, event) => sum + Buffer.byteLength(JSON.stringify(event)), 0);
    runs.push({ workflowId, history, events: events.length, bytes });
    const next = events.at(-1)?.workflowExecutionContinuedAsNewEventAttributes;
    runId = next?.newExecutionRunId ?? undefined;
  } while (runId !== undefined && runId !== '');
  return runs;
}

/** @returns the workflows whose histories do not replay, with the reason */
export async function notReplaying(
  codePath: string,
  histories: readonly RunHistory[],
): Promise<readonly string[]> {
  replaceWorkflowThreads(() => {
    throw new Error('workflow code does not return');
  });
  const iterable = histories.map(({ workflowId, history }) => ({ workflowId, history }));
  const results = Worker.runReplayHistories({ workflowBundle: { codePath } }, iterable);
  const failed: string[] = [];
  for await (const { workflowId, error } of results) {
    if (error !== undefined) failed.push(`${workflowId}: ${error.message}`);
  }
  return failed;
}

/** What the venue's own log of fills adds up to, by asset; assets without a position are left out. */
function sumOfFills({ venue }: LongRun): ReadonlyMap<string, string> {
  const sums = new Map<string, typeof ZERO>();
  for (const { coin, side, sz } of venue.fills) {
    const held = sums.get(coin) ?? ZERO;
    sums.set(coin, side === 'B' ? held.plus(decimal(sz)) : held.minus(decimal(sz)));
  }
  return new Map(
    [...sums].filter(([, sum]) => !sum.isZero()).map(([coin, sum]) => [coin, sum.toFixed()]),
  );
}

const sorted = (positions: ReadonlyMap<string, string>): readonly string[] =>
  [...positions]
    .filter(([, size]) => !decimal(size).isZero())
    .map(([asset, size]) => `${asset} ${decimal(size).toFixed()}`)
    .toSorted();

/** Differences between venue, ledger and the orders' own accounts of themselves. */
export async function disagreements(run: LongRun): Promise<readonly string[]> {
  const found: string[] = [];
  const held = sorted(run.venue.positions());
  const filled = sorted(sumOfFills(run));
  const booked = sorted(await run.ledger.netFills(ACCOUNT));
  if (held.join() !== filled.join()) found.push(`venue holds ${held}, its fills sum to ${filled}`);
  if (held.join() !== booked.join()) found.push(`venue holds ${held}, the ledger ${booked}`);
  if (run.ledger.fills.size !== run.venue.fills.length) {
    found.push(`${run.venue.fills.length} fills, ${run.ledger.fills.size} of them in the ledger`);
  }
  const told = [...run.ledger.orders.values()].reduce(
    (sum, { view }) => sum + view.fills.length,
    0,
  );
  if (told !== run.venue.fills.length) found.push(`orders know of ${told} fills`);
  if (run.ledger.fundings !== run.venue.payments.length) {
    found.push(`${run.venue.payments.length} payments, ${run.ledger.fundings} in the ledger`);
  }
  const resting = run.venue.venue.openOrders(ACCOUNT).map(({ cloid }) => cloid);
  const open = (await run.ledger.openOrders(ACCOUNT)).map(({ cloid }) => cloid);
  if (resting.toSorted().join() !== open.toSorted().join()) {
    found.push(`the venue shows ${resting}, the ledger ${open}`);
  }
  return found;
}

/** Positions of the session that no resting stop covers. */
export function unprotected({ venue }: LongRun): readonly string[] {
  const stops = venue.venue.openOrders(ACCOUNT).filter(({ isTrigger }) => isTrigger);
  return [...venue.positions()]
    .filter(([asset]) => asset !== 'SOL')
    .filter(([asset, size]) => {
      const side = decimal(size).gt(0) ? 'A' : 'B';
      return !stops.some(
        (stop) =>
          stop.coin === asset && stop.side === side && decimal(stop.sz).gte(decimal(size).abs()),
      );
    })
    .map(([asset, size]) => `${asset} ${size}`);
}

export const countOf = ({ ledger }: LongRun): Readonly<Record<string, number>> => {
  const counts: Record<string, number> = {};
  for (const { view } of ledger.orders.values()) {
    const kind = TERMINAL_STATUSES.includes(view.status) ? view.status : 'open';
    const key = `${view.intent.leg} ${kind}`;
    counts[key] = (counts[key] ?? 0) + 1;
  }
  return counts;
};

/**
 * Slope of a quantity per measurement by least squares, over several stretches that may start at
 * different levels, as memory does when the process is another.
 */
export function slopeOf(
  stretches: readonly (readonly Measure[])[],
  of: (measure: Measure) => number,
): number {
  let [covariance, variance] = [0, 0];
  for (const stretch of stretches) {
    const values = stretch.map(of);
    const middle = (values.length - 1) / 2;
    const mean = values.reduce((a, b) => a + b, 0) / values.length;
    values.forEach((value, index) => {
      covariance += (index - middle) * (value - mean);
      variance += (index - middle) ** 2;
    });
  }
  return variance === 0 ? 0 : covariance / variance;
}

/**
 * By how much the most of the last third exceeds the most of what was before. Memory that is given back to
 * the system and taken again, as V8 does now and then by fifty megabytes, is no growth: its slope would be.
 */
export function risenBy(measures: readonly Measure[], of: (measure: Measure) => number): number {
  const values = measures.map(of);
  const from = Math.floor((values.length * 2) / 3);
  return Math.max(...values.slice(from)) - Math.max(...values.slice(0, from));
}
