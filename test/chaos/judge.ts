/**
 * The independent judge: compares what the venue, the ledger and the workflows say after a run and
 * names every broken promise. It shares no code with what it judges but decimal arithmetic.
 */
import { decimal, plain, ZERO } from '../../domain/kernel/decimal.ts';
import type { Execution, RunFacts, WorkflowFact } from './facts.ts';
import { unprotectedSpells } from './protection.ts';

export interface Violation {
  readonly invariant: string;
  readonly subject: string;
  readonly detail: string;
}

/**
 * Bounds on the liveness of a recovery, not targets: how fast it is, is measured and printed. An
 * envelope of a stop lives 30 s and its absence takes about 15 s to prove; starved machines take more.
 */
export interface Graces {
  /** How long a position may be without a stop while nothing is being killed. */
  readonly protectionMs: number;
  /** How long a session may take to decide its next bar after a kill. */
  readonly barMs: number;
}

const GRACES: Graces = { protectionMs: 120_000, barMs: 120_000 };

const TERMINAL_WORDS: readonly (readonly [RegExp, string])[] = [
  [/^filled$/, 'FILLED'],
  [/Rejected$|^rejected$/, 'REJECTED'],
  [/[cC]anceled$/, 'CANCELLED'],
];

/** What a word of the venue says of the order's end; undefined while it is open. */
export const endOf = (word: string): string | undefined =>
  TERMINAL_WORDS.find(([pattern]) => pattern.test(word))?.[1];

function groups<Item>(items: readonly Item[], keyOf: (item: Item) => string): Map<string, Item[]> {
  const found = new Map<string, Item[]>();
  for (const item of items) {
    const key = keyOf(item);
    const group = found.get(key);
    if (group === undefined) found.set(key, [item]);
    else group.push(item);
  }
  return found;
}

const violation = (invariant: string, subject: string, detail: string): Violation => ({
  invariant,
  subject,
  detail,
});

/** I1: at most one order on the venue per intent and per client order id. */
function noDuplicate({ venue, ledger }: RunFacts): Violation[] {
  const found: Violation[] = [];
  const intentOf = new Map(ledger.envelopes.map(({ cloid, intentId }) => [cloid, intentId]));
  const ours = venue.changes.filter(({ cloid }) => cloid !== undefined);
  const byIntent = groups(ours, ({ cloid }) => intentOf.get(cloid ?? '') ?? String(cloid));
  for (const [intent, changes] of byIntent) {
    const oids = new Set(changes.map(({ oid }) => oid));
    if (oids.size > 1) found.push(violation('I1', intent, `orders ${[...oids].join(', ')}`));
  }
  for (const [cloid, sends] of groups(venue.sent, (send) => send.cloid)) {
    const bytes = new Set(
      sends.map((send) => `${send.nonce}|${send.expiresAfterMs}|${send.action}`),
    );
    if (bytes.size > 1) found.push(violation('I1', cloid, `${bytes.size} different envelopes`));
  }
  return found;
}

const isRunning = ({ runs }: WorkflowFact): boolean => runs.at(-1) === 'RUNNING';

/** I2: no live order on the venue without an open workflow. */
function noOrphan({ venue, ledger, workflows }: RunFacts): Violation[] {
  const running = new Set(workflows.orders.filter(isRunning).map(({ intentId }) => intentId));
  const intentOf = new Map(ledger.envelopes.map(({ cloid, intentId }) => [cloid, intentId]));
  return venue.openCloids
    .filter((cloid) => !running.has(intentOf.get(cloid ?? '') ?? ''))
    .map((cloid) => violation('I2', cloid ?? 'no cloid', 'rests without an open workflow'));
}

const fillText = ({ tid, oid, cloid, sizeBase, px, timeMs }: Execution): string =>
  [tid, oid, cloid, plain(decimal(sizeBase)), plain(decimal(px)), timeMs].join('|');

function missing(from: readonly string[], of: readonly string[], what: string): Violation[] {
  const known = new Set(from);
  return of.filter((one) => !known.has(one)).map((one) => violation('I3', one, what));
}

function net(fills: readonly Execution[]): Map<string, string> {
  const sums = new Map<string, string>();
  for (const { coin, side, sizeBase } of fills) {
    const signed = side === 'buy' ? decimal(sizeBase) : decimal(sizeBase).negated();
    sums.set(coin, plain(signed.plus(decimal(sums.get(coin) ?? '0'))));
  }
  return sums;
}

/** I3: venue, ledger and workflows tell the same executions, and positions are their sum. */
function fillsAgree({ venue, ledger, workflows }: RunFacts): Violation[] {
  const onVenue = venue.fills.map(fillText);
  const inLedger = ledger.fills.map(fillText);
  const results = workflows.orders.flatMap(({ result }) =>
    (result?.fills ?? []).map((fill) => ({
      ...fill,
      cloid: result?.cloid,
      coin: result?.intent.asset ?? '',
      side: result?.intent.side ?? 'buy',
    })),
  );
  const inResults = results.map(fillText);
  const found = [
    ...missing(inLedger, onVenue, 'on the venue, not in the ledger'),
    ...missing(onVenue, inLedger, 'in the ledger, not on the venue'),
    ...missing(inResults, onVenue, 'on the venue, in no workflow result'),
    ...missing(onVenue, inResults, 'in a workflow result, not on the venue'),
  ];
  const sums: readonly (readonly [string, Map<string, string>, number])[] = [
    ['venue', net(venue.fills), onVenue.length],
    ['ledger', net(ledger.fills), inLedger.length],
    ['workflow', net(results), inResults.length],
  ];
  for (const [source, sum, count] of sums) {
    if (count !== onVenue.length) {
      found.push(violation('I3', source, `${count} fills, the venue has ${onVenue.length}`));
    }
    for (const coin of new Set([...sum.keys(), ...Object.keys(venue.positions)])) {
      const [held, filled] = [venue.positions[coin] ?? '0', sum.get(coin) ?? '0'];
      if (decimal(held).eq(decimal(filled))) continue;
      found.push(violation('I3', coin, `${held} held, ${source} fills sum to ${filled}`));
    }
  }
  return found;
}

/** The ends that an order's story claims, in the order in which they were learnt. */
function claimsOf({ what, detail }: RunFacts['ledger']['steps'][number]): string | undefined {
  if (what === 'rejected') return 'REJECTED';
  if (what === 'denied') return 'DENIED';
  if (what === 'withdrawn') return 'CANCELLED';
  if (what === 'provenAbsent') return 'EXPIRED';
  const fact = detail.fact as { readonly status?: string } | undefined;
  return what === 'venueStatus' && fact?.status !== undefined ? endOf(fact.status) : undefined;
}

/** I4: an end is an end: story, ledger, result and venue agree on it. */
function endsStand({ venue, ledger, workflows }: RunFacts): Violation[] {
  const found: Violation[] = [];
  const stories = groups(ledger.steps, ({ intentId }) => intentId);
  const recorded = new Map(ledger.orders.map((order) => [order.intentId, order]));
  const words = new Map(venue.changes.map(({ cloid, status }) => [cloid, status]));
  for (const { intentId, result } of workflows.orders) {
    if (result === undefined) continue;
    const claims = (stories.get(intentId) ?? []).map(claimsOf).filter((end) => end !== undefined);
    const row = recorded.get(intentId);
    const word = result.cloid === undefined ? undefined : words.get(result.cloid);
    const onVenue = word === undefined ? [] : [endOf(word) ?? `open (${word})`];
    const told = new Set([...claims, row?.status ?? 'no row', result.status, ...onVenue]);
    if (told.size > 1) found.push(violation('I4', intentId, [...told].join(', ')));
    if (
      word === undefined &&
      !['EXPIRED', 'DENIED', 'CANCELLED', 'REJECTED'].includes(result.status)
    ) {
      found.push(violation('I4', intentId, `${result.status}, but the venue never had it`));
    }
    const filled = result.fills.reduce((sum, fill) => sum.plus(decimal(fill.sizeBase)), ZERO);
    if (row && !decimal(row.filledBase).eq(filled)) {
      found.push(violation('I4', intentId, `ledger ${row.filledBase} filled, result ${filled}`));
    }
  }
  return found;
}

/** I5: nothing reaches the venue whose envelope was not stored before: its nonce is drawn there. */
function envelopeFirst({ venue, ledger }: RunFacts): Violation[] {
  const stored = new Map(ledger.envelopes.map((envelope) => [envelope.cloid, envelope]));
  return venue.sent.flatMap(({ cloid, nonce, expiresAfterMs, action }) => {
    const envelope = stored.get(cloid);
    if (envelope === undefined) return [violation('I5', cloid, 'sent without an envelope')];
    const same =
      envelope.nonce === nonce &&
      envelope.expiresAfterMs === expiresAfterMs &&
      envelope.action === action;
    return same ? [] : [violation('I5', cloid, 'sent with other bytes than its envelope has')];
  });
}

const ENDS_WELL = ['CONTINUED_AS_NEW', 'COMPLETED'];

function workflowEnded(workflow: WorkflowFact): Violation[] {
  const { workflowId, runs, codeFaults } = workflow;
  const found = codeFaults.map((fault) => violation('I7', workflowId, `task failed: ${fault}`));
  if (runs.at(-1) !== 'COMPLETED' || !runs.every((run) => ENDS_WELL.includes(run))) {
    found.push(violation('I7', workflowId, `runs ended as ${runs.join(', ')}`));
  }
  // A second start of the same work would show as a run that follows a completed one.
  if (runs.filter((run) => run === 'COMPLETED').length > 1) {
    found.push(violation('I7', workflowId, `was started ${runs.length} times`));
  }
  return found;
}

/** I7: every workflow closed by itself, exactly once, and whatever was asked for was done. */
function allClosed({ workflows, asked }: RunFacts): Violation[] {
  const known = new Set(workflows.orders.map(({ intentId }) => intentId));
  return [
    ...[...workflows.orders, workflows.session].flatMap(workflowEnded),
    ...asked
      .filter((intentId) => !known.has(intentId))
      .map((intentId) => violation('I7', intentId, 'was asked for and lost')),
  ];
}

/** Nothing is sent by a session after it was stopped. */
function silentAfterStop({ venue, ledger, sessionStoppedMs }: RunFacts): Violation[] {
  const sessionIntents = new Set(
    ledger.orders.filter(({ session }) => session !== undefined).map(({ intentId }) => intentId),
  );
  const intentOf = new Map(ledger.envelopes.map(({ cloid, intentId }) => [cloid, intentId]));
  return venue.sent
    .filter(({ atMs, cloid }) => {
      return atMs > sessionStoppedMs && sessionIntents.has(intentOf.get(cloid) ?? '');
    })
    .map(({ cloid, atMs }) =>
      violation('stopped', cloid, `sent ${atMs - sessionStoppedMs} ms after the session's end`),
    );
}

/** A position is not without a stop for longer than the grace while nobody kills. */
function protectedThroughout(
  { venue, kills, sessionStoppedMs }: RunFacts,
  { protectionMs }: Graces,
): Violation[] {
  const disturbances = kills.map(({ atMs }) => atMs);
  return unprotectedSpells(venue, disturbances, sessionStoppedMs)
    .filter(({ fromMs, toMs }) => toMs - fromMs > protectionMs)
    .map(({ coin, fromMs, toMs }) =>
      violation('stops', coin, `no stop for ${toMs - fromMs} ms from ${new Date(fromMs).toJSON()}`),
    );
}

/** The session goes on: a bar is decided within the grace after the last of any row of kills. */
function sessionGoesOn({ ledger, kills }: RunFacts, { barMs }: Graces): Violation[] {
  return kills
    .filter(({ atMs }, index) => {
      const nextKillMs = kills[index + 1]?.atMs ?? Number.POSITIVE_INFINITY;
      const next = ledger.decidedMs.find((decidedMs) => decidedMs > atMs);
      const lateMs = Math.min(next ?? Number.POSITIVE_INFINITY, nextKillMs) - atMs;
      return lateMs > barMs;
    })
    .map(({ target, atMs }) =>
      violation('goes on', target, `no bar was decided after ${new Date(atMs).toJSON()}`),
    );
}

/** What cannot be judged is a violation too. */
function judgeable({ venue, workflows }: RunFacts): Violation[] {
  const found: Violation[] = [];
  if (!venue.isComplete) found.push(violation('evidence', 'venue', 'its log is not complete'));
  if (workflows.orders.length === 0) found.push(violation('evidence', 'orders', 'there are none'));
  return found;
}

/** Every broken promise of a run; empty when all were kept. */
export const judge = (facts: RunFacts, graces: Graces = GRACES): readonly Violation[] =>
  [
    judgeable,
    noDuplicate,
    noOrphan,
    fillsAgree,
    endsStand,
    envelopeFirst,
    allClosed,
    silentAfterStop,
    protectedThroughout,
    sessionGoesOn,
  ].flatMap((rule) => rule(facts, graces));
