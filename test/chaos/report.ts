/** What a run of chaos came to, as lines for people. It judges nothing. */
import type { Kill, RunFacts } from './facts.ts';

/** Milliseconds from a kill until an order that was started after it was on the venue or ended. */
export function recoveriesOf({ kills, workflows, ledger }: RunFacts): readonly number[] {
  const settled = new Map<string, number>();
  for (const { intentId, atMs, what } of ledger.steps) {
    const isOutcome = ['venueStatus', 'rejected', 'denied', 'withdrawn', 'provenAbsent'].includes(
      what,
    );
    if (isOutcome) settled.set(intentId, Math.min(atMs, settled.get(intentId) ?? atMs));
  }
  return kills.flatMap(({ atMs }) => {
    const next = workflows.orders
      .filter(({ startedMs }) => startedMs > atMs)
      .map(({ intentId }) => settled.get(intentId) ?? Number.POSITIVE_INFINITY);
    const firstMs = Math.min(...next);
    return Number.isFinite(firstMs) ? [firstMs - atMs] : [];
  });
}

/** Milliseconds from a kill until the session decided its next bar. */
function decisionGapsOf({ kills, ledger }: RunFacts): readonly number[] {
  return kills.flatMap(({ atMs }) => {
    const next = ledger.decidedMs.find((decidedMs) => decidedMs > atMs);
    return next === undefined ? [] : [next - atMs];
  });
}

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

const spread = (sample: readonly number[]): string =>
  `p50 ${percentile(sample, 0.5)} ms, p99 ${percentile(sample, 0.99)} ms, of ${sample.length}`;

function byTarget(kills: readonly Kill[], sample: readonly number[]): string {
  const targets = [...new Set(kills.map(({ target }) => target))].sort();
  return targets
    .map((target) => {
      const own = sample.filter((_ms, index) => kills[index]?.target === target);
      return `${target} ${percentile(own, 0.5)}/${percentile(own, 1)}`;
    })
    .join(', ');
}

/** The table of one run. */
export function describeRun(facts: RunFacts): string {
  const { kills, ledger, venue, workflows } = facts;
  const recoveries = recoveriesOf(facts);
  const gaps = decisionGapsOf(facts);
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
    ['recovery, next order', spread(recoveries)],
    ['  by target, p50/most ms', byTarget(kills, recoveries)],
    ['recovery, next bar', spread(gaps)],
    ['  by target, p50/most ms', byTarget(kills, gaps)],
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
