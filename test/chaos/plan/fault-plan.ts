/**
 * What goes wrong in one seed, drawn up front: which faults, of what, when and for how long. Nothing
 * here makes anything happen. What was not carried out counts as not done, so the plan holds more
 * than has to be done.
 */
import { createRng, type Rng, seedOf } from '../../../domain/kernel/rng.ts';

export type Family = 'kill' | 'process' | 'machine' | 'network' | 'venue' | 'operator';

export interface PlannedFault {
  /** Counted from 0 in the order of time. */
  readonly number: number;
  readonly family: Family;
  readonly kind: string;
  /** The process, link or coin that is hit; empty where the kind says it all. */
  readonly target: string;
  /** From the start of the trading. */
  readonly atMs: number;
  /** How long it lasts; 0 for what happens at once. */
  readonly forMs: number;
  /** A number in [0, 1) for what the kind leaves open. */
  readonly draw: number;
}

interface Kind {
  readonly family: Family;
  readonly kind: string;
  readonly targets: readonly string[];
  readonly count: number;
  readonly forMs: readonly [number, number];
}

export const WORKERS = ['trading-worker', 'trading-worker-2', 'trading-worker-3'] as const;
/** The links through the proxy: worker by number, then what it talks to. */
const to = (part: string): readonly string[] => WORKERS.map((worker) => `${worker}>${part}`);
const LINKS = [...to('exchange'), ...to('exchange'), ...to('temporal'), ...to('ledger')];
const VENUE_LINKS = to('exchange');

const kind = (
  family: Family,
  name: string,
  count: number,
  forMs: readonly [number, number] = [0, 0],
  targets: readonly string[] = [''],
): Kind => ({ family, kind: name, targets, count, forMs });

const KINDS: readonly Kind[] = [
  kind('kill', 'killWorker', 9, [0, 0], WORKERS),
  kind('kill', 'killTemporal', 4, [0, 0], ['temporal']),
  kind('kill', 'killExchange', 3, [0, 0], ['paper-exchange']),
  kind('kill', 'killLedger', 3, [0, 0], ['ledger']),
  kind('kill', 'killWatchdog', 1, [0, 0], ['watchdog']),
  // Longer than an activity may take: what the process does afterwards is a zombie's work.
  kind('process', 'stopWorker', 3, [4_000, 10_000], WORKERS),
  kind('process', 'stopExchange', 2, [1_000, 4_000], ['paper-exchange']),
  kind('process', 'stopLedger', 2, [1_000, 4_000], ['ledger']),
  kind('process', 'stopTemporal', 2, [1_000, 5_000], ['temporal']),
  kind('process', 'deploySwap', 1),
  kind('machine', 'diskFull', 1, [3_000, 5_000], ['ledger']),
  kind('machine', 'clockStep', 3, [3_000, 8_000], WORKERS),
  kind('network', 'drop', 3, [500, 3_000], LINKS),
  kind('network', 'reset', 5, [0, 500], LINKS),
  kind('network', 'halfClose', 4, [200, 2_000], LINKS),
  kind('network', 'slow', 4, [1_000, 4_000], LINKS),
  kind('network', 'blackHole', 4, [1_000, 6_000], LINKS),
  kind('network', 'loseReplies', 4, [500, 3_000], VENUE_LINKS),
  kind('venue', 'delay', 4, [1_000, 4_000]),
  kind('venue', 'dropRequest', 4, [500, 3_000]),
  kind('venue', 'dropReply', 5, [500, 3_000]),
  kind('venue', 'duplicateRequest', 4, [1_000, 4_000]),
  kind('venue', 'tooManyRequests', 3, [500, 2_000]),
  kind('venue', 'tooManyButAccepted', 3, [500, 2_000]),
  kind('venue', 'serverError', 3, [500, 2_000]),
  kind('venue', 'serverErrorButAccepted', 4, [500, 2_000]),
  kind('venue', 'maintenance', 2, [500, 2_500]),
  kind('venue', 'postOnly', 3, [1_000, 3_000]),
  kind('venue', 'delayEvents', 3, [1_000, 4_000]),
  kind('venue', 'duplicateEvents', 4, [1_000, 4_000]),
  kind('venue', 'reorderEvents', 4, [1_000, 4_000]),
  kind('venue', 'gap', 3, [500, 3_000]),
  kind('venue', 'disconnect', 4, [200, 500]),
  kind('venue', 'staleFeed', 3, [1_000, 4_000]),
  kind('venue', 'freeze', 2, [500, 2_000]),
  kind('venue', 'clockSkew', 2, [2_000, 5_000]),
  kind('venue', 'partialFills', 2, [1_000, 4_000]),
  kind('venue', 'priceSpike', 2, [500, 2_000]),
  kind('operator', 'terminate', 4),
  kind('operator', 'terminateParent', 1),
  kind('operator', 'reset', 4),
  kind('operator', 'duplicateStart', 4),
  kind('operator', 'foreignOrder', 1),
];

/** At least so many of these kinds must have been carried out, and so much in all. */
export const REQUIRED = {
  faults: 120,
  kinds: 14,
  byKind: {
    killWorker: 8,
    killTemporal: 4,
    killExchange: 2,
    killLedger: 2,
    stopWorker: 2,
    deploySwap: 1,
    diskFull: 1,
    clockStep: 1,
  },
} as const;

const between = (rng: Rng, [low, high]: readonly [number, number]): number =>
  Math.round(low + rng.next() * (high - low));

/** Spread over the time, each in a part of it of its own, so that no kind comes in one heap. */
function drawKind(rng: Rng, drawn: Kind, lastingMs: number): Omit<PlannedFault, 'number'>[] {
  const { family, kind: name, targets, count, forMs } = drawn;
  const first = rng.int(targets.length);
  return Array.from({ length: count }, (_, index) => ({
    family,
    kind: name,
    target: targets[(first + index) % targets.length] ?? '',
    atMs: Math.round(((index + rng.next()) / count) * lastingMs),
    forMs: between(rng, forMs),
    draw: rng.next(),
  }));
}

/** @param lastingMs how long the trading takes that the faults are spread over */
export function drawPlan(seed: number, lastingMs: number): readonly PlannedFault[] {
  const rng = createRng(seedOf('faults', seed));
  return KINDS.flatMap((each) => drawKind(rng, each, lastingMs))
    .sort((a, b) => a.atMs - b.atMs)
    .map((fault, number) => ({ ...fault, number }));
}

/** What of the requirements a run did not meet; empty when all were. */
export function unmet(kindsDone: readonly string[]): readonly string[] {
  const counts = new Map<string, number>();
  for (const done of kindsDone) counts.set(done, (counts.get(done) ?? 0) + 1);
  const missing = Object.entries(REQUIRED.byKind)
    .filter(([name, least]) => (counts.get(name) ?? 0) < least)
    .map(([name, least]) => `${name}: ${counts.get(name) ?? 0} of at least ${least}`);
  if (kindsDone.length < REQUIRED.faults) {
    missing.push(`faults: ${kindsDone.length} of at least ${REQUIRED.faults}`);
  }
  if (counts.size < REQUIRED.kinds) {
    missing.push(`kinds: ${counts.size} of at least ${REQUIRED.kinds}`);
  }
  return missing;
}

/** One line for each kind of the plan, in the order of its first fault. */
export function describePlan(plan: readonly PlannedFault[]): string {
  const kinds = [...new Set(plan.map((fault) => fault.kind))];
  const lines = kinds.map((name) => {
    const own = plan.filter((fault) => fault.kind === name);
    const moments = own.map(
      ({ atMs, forMs }) => `${atMs / 1_000}${forMs > 0 ? `+${forMs / 1_000}` : ''}`,
    );
    return `  ${name.padEnd(24)}${moments.join(' ')}`;
  });
  return [`plan: ${plan.length} faults of ${kinds.length} kinds (seconds+duration)`, ...lines].join(
    '\n',
  );
}
