/** All that is known of one order, in lines for people: for whoever has to find out why it broke a promise. */
import type { RunFacts } from './facts.ts';

const MOST_LETTERS = 400;
const short = (value: unknown): string => JSON.stringify(value).slice(0, MOST_LETTERS);

/** @param subject an intent, or one of its cloids; of anything else there is nothing to tell */
export function storyOf({ ledger, venue, workflows }: RunFacts, subject: string): string[] {
  const intentId = ledger.envelopes.find(({ cloid }) => cloid === subject)?.intentId ?? subject;
  const envelopes = ledger.envelopes.filter((each) => each.intentId === intentId);
  const cloids = new Set<string | undefined>(envelopes.map(({ cloid }) => cloid));
  const order = workflows.orders.find((each) => each.intentId === intentId);
  if (order === undefined) return [];
  const { runs, ends, result } = order;
  return [
    `runs: ${runs.join(', ')}; ends: ${ends.map(({ status }) => status).join(', ')}; ${short(result?.intent)}`,
    ...ledger.steps
      .filter((step) => step.intentId === intentId)
      .map(({ atMs, what, detail }) => `${atMs} ${what} ${short(detail)}`),
    ...envelopes.map(({ cloid, epoch, sends }) => `epoch ${epoch}: ${cloid}, sent ${sends} times`),
    ...venue.sent
      .filter(({ cloid }) => cloids.has(cloid))
      .map(({ seq, atMs }) => `venue: heard of as entry ${seq} at ${atMs}`),
    ...venue.changes
      .filter(({ cloid }) => cloids.has(cloid))
      .map((change) => `venue: ${short(change)}`),
  ];
}
