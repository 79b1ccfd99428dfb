/** What a run of chaos came to, as lines for people. It judges nothing. */
import type { Kill, RunFacts } from './facts.ts';
import { wasStartedOver } from './judge/split.ts';

/** How long something took after one kill. */
export interface Recovery {
  readonly target: string;
  readonly afterMs: number;
}

/** The venue has answered for the order, whatever it said. */
const ACKNOWLEDGED = ['venueStatus', 'rejected'];

/** Workers are of one kind, whatever their number. */
const partOf = (target: string): string => target.replace(/^trading-worker.*$/, 'worker');

/** From each kill to the first of the moments that follows it; kills without one are left out. */
const firstAfter = (
  kills: readonly Kill[],
  momentAfter: (kill: Kill) => number | undefined,
): readonly Recovery[] =>
  kills.flatMap((kill) => {
    const moment = momentAfter(kill);
    return moment === undefined
      ? []
      : [{ target: partOf(kill.target), afterMs: moment - kill.atMs }];
  });

/**
 * Until an order was acknowledged through the part that was killed. Every order goes through the
 * venue, the ledger and Temporal: the first one that was started after the kill. Through a worker
 * goes what its new process worked on first.
 */
export function orderRecoveries({ kills, workflows, ledger }: RunFacts): readonly Recovery[] {
  const acknowledged = new Map<string, number>();
  for (const { intentId, atMs, what } of ledger.steps) {
    if (!ACKNOWLEDGED.includes(what)) continue;
    acknowledged.set(intentId, Math.min(atMs, acknowledged.get(intentId) ?? atMs));
  }
  return firstAfter(kills, ({ target, atMs, pid }) => {
    const isWorker = partOf(target) === 'worker';
    const through = workflows.orders.filter(({ startedMs, firstPid }) =>
      isWorker && pid !== undefined ? firstPid === pid : startedMs > atMs,
    );
    const moments = through
      .flatMap(({ intentId }) => acknowledged.get(intentId) ?? [])
      .filter((moment) => moment > atMs);
    return moments.length === 0 ? undefined : Math.min(...moments);
  });
}

/** Until the session decided its next bar. */
const barRecoveries = ({ kills, ledger }: RunFacts): readonly Recovery[] =>
  firstAfter(kills, ({ atMs }) => ledger.decidedMs.find((decidedMs) => decidedMs > atMs));

/** The value below which a share of the sample lies (nearest rank). */
export function percentile(sample: readonly number[], share: number): number | undefined {
  const sorted = [...sample].sort((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)];
}

function countBy<Item>(items: readonly Item[], keyOf: (item: Item) => string): string {
  const counts = new Map<string, number>();
  for (const item of items) counts.set(keyOf(item), (counts.get(keyOf(item)) ?? 0) + 1);
  return [...counts].map(([key, count]) => `${key} ${count}`).join(', ');
}

function spread(recoveries: readonly Recovery[]): string {
  const times = recoveries.map(({ afterMs }) => afterMs);
  return `p50 ${percentile(times, 0.5)} ms, p99 ${percentile(times, 0.99)} ms, of ${times.length}`;
}

function byTarget(recoveries: readonly Recovery[]): string {
  const targets = [...new Set(recoveries.map(({ target }) => target))].sort();
  return targets
    .map((target) => {
      const own = recoveries.filter((one) => one.target === target).map(({ afterMs }) => afterMs);
      return `${target} ${percentile(own, 0.5)}/${percentile(own, 1)}`;
    })
    .join(', ');
}

/** How many faults of each kind were carried out. */
export const describeFaults = ({ faults }: RunFacts): string => countBy(faults, ({ kind }) => kind);

/** The table of one run. */
export function describeRun(facts: RunFacts): string {
  const { kills, ledger, venue, workflows } = facts;
  const [orders, bars] = [orderRecoveries(facts), barRecoveries(facts)];
  const doubts = new Set(
    ledger.steps.filter(({ what }) => what === 'outcomeUnknown').map(({ intentId }) => intentId),
  );
  const duplicates = ledger.steps.filter(({ detail }) =>
    /duplicate nonce/.test(String(detail.reason)),
  );
  const resends = ledger.envelopes.reduce((sum, { sends }) => sum + Math.max(0, sends - 1), 0);
  const lines: readonly (readonly [string, string])[] = [
    [
      'kills',
      `${countBy(kills, ({ target }) => target)}; aimed ${kills.filter(({ aimed }) => aimed).length}`,
    ],
    ['faults', `${facts.faults.length}: ${describeFaults(facts)}`],
    ['recovery, next order', spread(orders)],
    ['  by target, p50/most ms', byTarget(orders)],
    ['recovery, next bar', spread(bars)],
    ['  by target, p50/most ms', byTarget(bars)],
    ['orders', `${workflows.orders.length} (${countBy(ledger.orders, ({ status }) => status)})`],
    ['parents', countBy(workflows.parents, ({ result }) => result?.intent.spec.kind ?? 'open')],
    [
      'amended',
      String(
        new Set(ledger.envelopes.filter(({ epoch }) => epoch > 0).map(({ intentId }) => intentId))
          .size,
      ),
    ],
    ['of the session', String(ledger.orders.filter(({ session }) => session !== undefined).length)],
    ['fills', `${venue.fills.length} on the venue`],
    ['ever in doubt', `${doubts.size} orders`],
    [
      'resends',
      `${resends}; the venue saw ${venue.sent.length} sends of ${new Set(venue.sent.map(({ cloid }) => cloid)).size} orders`,
    ],
    ['duplicate nonces', String(duplicates.length)],
    [
      'split, started over',
      String([...workflows.orders, workflows.session].filter(wasStartedOver).length),
    ],
    ['session', `${ledger.decidedMs.length} decisions in ${workflows.session.runs.length} runs`],
  ];
  return lines.map(([name, value]) => `${name.padEnd(26)}${value}`).join('\n');
}
