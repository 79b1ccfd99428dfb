/** What a run of chaos came to, as lines for people. It judges nothing. */
import type { Kill, RunFacts } from './facts.ts';

/** How long something took after one kill. */
export interface Recovery {
  readonly target: string;
  readonly afterMs: number;
}

const OUTCOMES = ['venueStatus', 'rejected', 'denied', 'withdrawn', 'provenAbsent'];

/** From each kill to the first of the moments that follows it; kills without one are left out. */
const firstAfter = (
  kills: readonly Kill[],
  momentAfter: (killMs: number) => number | undefined,
): readonly Recovery[] =>
  kills.flatMap(({ target, atMs }) => {
    const moment = momentAfter(atMs);
    return moment === undefined ? [] : [{ target, afterMs: moment - atMs }];
  });

/** Until an order that was started after the kill was on the venue, or had ended. */
export function orderRecoveries({ kills, workflows, ledger }: RunFacts): readonly Recovery[] {
  const settled = new Map<string, number>();
  for (const { intentId, atMs, what } of ledger.steps) {
    if (!OUTCOMES.includes(what)) continue;
    settled.set(intentId, Math.min(atMs, settled.get(intentId) ?? atMs));
  }
  return firstAfter(kills, (killMs) => {
    const later = workflows.orders.filter(({ startedMs }) => startedMs > killMs);
    const moments = later.flatMap(({ intentId }) => settled.get(intentId) ?? []);
    return moments.length === 0 ? undefined : Math.min(...moments);
  });
}

/** Until the session decided its next bar. */
const barRecoveries = ({ kills, ledger }: RunFacts): readonly Recovery[] =>
  firstAfter(kills, (killMs) => ledger.decidedMs.find((decidedMs) => decidedMs > killMs));

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
    ['recovery, next order', spread(orders)],
    ['  by target, p50/most ms', byTarget(orders)],
    ['recovery, next bar', spread(bars)],
    ['  by target, p50/most ms', byTarget(bars)],
    ['orders', `${workflows.orders.length} (${countBy(ledger.orders, ({ status }) => status)})`],
    ['of the session', String(ledger.orders.filter(({ session }) => session !== undefined).length)],
    ['fills', `${venue.fills.length} on the venue`],
    ['ever in doubt', `${doubts.size} orders`],
    [
      'resends',
      `${resends}; the venue saw ${venue.sent.length} sends of ${new Set(venue.sent.map(({ cloid }) => cloid)).size} orders`,
    ],
    ['duplicate nonces', String(duplicates.length)],
    ['session', `${ledger.decidedMs.length} decisions in ${workflows.session.runs.length} runs`],
  ];
  return lines.map(([name, value]) => `${name.padEnd(26)}${value}`).join('\n');
}
