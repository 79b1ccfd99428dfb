/** I4: an end is an end: story, ledger, every result and the venue agree on it. */
import { decimal, ZERO } from '../../../domain/kernel/decimal.ts';
import type { OrderWorkflowFact, RecordedStep, RunFacts } from '../facts.ts';
import {
  endedByHand,
  endOf,
  groups,
  newestCloids,
  type Violation,
  violation,
} from './violation.ts';

const ENDS_WITHOUT_VENUE = ['EXPIRED', 'DENIED', 'CANCELLED', 'REJECTED'];

const factOf = ({ detail }: RecordedStep) =>
  detail.fact as { readonly status?: string; readonly oid?: number } | undefined;

/** The end that a line of the story claims, if it claims one. */
export function claimOf(step: RecordedStep): string | undefined {
  const { what } = step;
  if (what === 'rejected') return 'REJECTED';
  if (what === 'denied') return 'DENIED';
  if (what === 'withdrawn' || what === 'provenGone') return 'CANCELLED';
  if (what === 'provenAbsent') return 'EXPIRED';
  const status = factOf(step)?.status;
  return what === 'venueStatus' && status !== undefined ? endOf(status) : undefined;
}

/** An amendment, and a refusal that is waited out, are followed by the order's next epoch. */
const OPENING: readonly string[] = ['amended', 'waits'];

/** What the story claims of the newest epoch: what came before it was opened ended an earlier one. */
function claimsOf(story: readonly RecordedStep[], oids: ReadonlySet<number>): readonly string[] {
  const opened = story.findLastIndex(({ what }) => OPENING.includes(what));
  return story
    .slice(opened + 1)
    .filter((step) => {
      const oid = factOf(step)?.oid;
      return oid === undefined || oids.size === 0 || oids.has(oid);
    })
    .flatMap((step) => claimOf(step) ?? []);
}

/** Whether the newest epoch was withdrawn or denied before it had an envelope: the venue knows an earlier one. */
function isUnplaced({ facts, stories }: Sight, intentId: string): boolean {
  const opened = stories.get(intentId)?.findLast(({ what }) => OPENING.includes(what));
  const epochs = facts.ledger.envelopes.filter((each) => each.intentId === intentId);
  const placed = Math.max(0, ...epochs.map(({ epoch }) => epoch));
  return Number(opened?.detail.epoch ?? 0) > placed;
}

interface Sight {
  readonly facts: RunFacts;
  readonly stories: ReadonlyMap<string, readonly RecordedStep[]>;
  readonly newest: ReadonlyMap<string, string>;
}

/** One order: its last word everywhere, with what earlier epochs have executed counted in. */
function judgeOrder(sight: Sight, order: OrderWorkflowFact): Violation[] {
  const { facts, stories, newest } = sight;
  const { venue, ledger } = facts;
  const { intentId, result, ends } = order;
  if (result === undefined) return [];
  const cloid = newest.get(intentId);
  const own = cloid === undefined ? [] : venue.changes.filter((change) => change.cloid === cloid);
  const word = own.at(-1)?.status;
  const story = stories.get(intentId) ?? [];
  const claims = claimsOf(story, new Set(own.map(({ oid }) => oid)));
  const isSaid = word !== undefined && !isUnplaced(sight, intentId);
  const onVenue = isSaid ? [endOf(word) ?? `open (${word})`] : [];
  const row = ledger.orders.find((each) => each.intentId === intentId);
  const filled = result.fills.reduce((sum, { sizeBase }) => sum.plus(decimal(sizeBase)), ZERO);
  const isAmended = ledger.envelopes.some((each) => each.intentId === intentId && each.epoch > 0);
  // Cancelled or absent at last, but filled over all epochs, to the size that was wanted then.
  const isFilledOverall = isAmended && filled.gt(0) && filled.gte(decimal(result.intent.sizeBase));
  const said = isFilledOverall ? [] : [...claims, ...onVenue];
  const told = new Set([...said, row?.status ?? 'no row', result.status]);
  for (const { status } of ends) told.add(status);
  const found: Violation[] = [];
  if (told.size > 1) found.push(violation('I4', intentId, [...told].join(', ')));
  if (isFilledOverall && result.status !== 'FILLED') {
    found.push(violation('I4', intentId, `${result.status}, but all of it is filled`));
  }
  if (word === undefined && !isFilledOverall && !ENDS_WITHOUT_VENUE.includes(result.status)) {
    found.push(violation('I4', intentId, `${result.status}, but the venue never had it`));
  }
  if (row && !decimal(row.filledBase).eq(filled)) {
    found.push(violation('I4', intentId, `ledger ${row.filledBase} filled, result ${filled}`));
  }
  return found;
}

/** One that was ended by hand has no result: ledger, story and venue have to agree. */
function judgeRecorded(sight: Sight, intentId: string): Violation[] {
  const { facts, stories, newest } = sight;
  const row = facts.ledger.orders.find((each) => each.intentId === intentId);
  const cloid = newest.get(intentId);
  const own = facts.venue.changes.filter((change) => change.cloid === cloid);
  const claims = claimsOf(stories.get(intentId) ?? [], new Set(own.map(({ oid }) => oid)));
  const word = own.at(-1)?.status;
  const isSaid = word !== undefined && !isUnplaced(sight, intentId);
  const onVenue = isSaid ? [endOf(word) ?? `open (${word})`] : [];
  const told = new Set([...claims, ...onVenue, row?.status ?? 'no row']);
  return told.size > 1 ? [violation('I4', intentId, [...told].join(', '))] : [];
}

export function endsStand(facts: RunFacts): Violation[] {
  const stories = groups(facts.ledger.steps, ({ intentId }) => intentId);
  const sight = { facts, stories, newest: newestCloids(facts) };
  const recorded = [...endedByHand(facts)];
  return [
    ...facts.workflows.orders.flatMap((order) => judgeOrder(sight, order)),
    ...recorded.flatMap((intentId) => judgeRecorded(sight, intentId)),
  ];
}
