/**
 * The independent judge: compares what the venue, the ledger and the workflows say after a run and
 * names every broken promise. It shares no code with what it judges but decimal arithmetic.
 */
import { decimal, plain } from '../../domain/kernel/decimal.ts';
import type { Execution, RunFacts } from './facts.ts';
import { allClosed, foreignUntouched, parentsLeaveNothing } from './judge/closing.ts';
import { endsStand } from './judge/ends.ts';
import { noDuplicate, noOverfill } from './judge/epochs.ts';
import { endedByHand, isRunning, type Violation, violation } from './judge/violation.ts';
import { unprotectedSpells } from './protection.ts';

/**
 * Bounds on the liveness of a recovery, not targets: how fast it is, is measured and printed. An
 * envelope of a stop lives 30 s and its absence takes about 15 s to prove; starved machines take more.
 */
export interface Graces {
  /** How long a position may be without a stop while nothing is being killed. */
  readonly protectionMs: number;
  /** How long a session may take to decide its next bar after a kill. */
  readonly barMs: number;
  /** How long after the last fault a workflow may stay open. */
  readonly closedMs: number;
}

const GRACES: Graces = { protectionMs: 120_000, barMs: 120_000, closedMs: 120_000 };

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
function fillsAgree(facts: RunFacts): Violation[] {
  const { venue, ledger, workflows } = facts;
  const onVenue = venue.fills.map(fillText);
  const inLedger = ledger.fills.map(fillText);
  // A result names the newest epoch only; which order an execution is of, its oid says.
  const cloidOf = new Map(venue.changes.map(({ oid, cloid }) => [oid, cloid]));
  const results: Execution[] = workflows.orders.flatMap(({ result }) =>
    (result?.fills ?? []).map((fill) => ({
      ...fill,
      cloid: cloidOf.get(fill.oid),
      coin: result?.intent.asset ?? '',
      side: result?.intent.side ?? 'buy',
    })),
  );
  // What was ended by hand could not say what it had executed: the ledger speaks for it.
  const silent = endedByHand(facts);
  const intentOf = new Map(ledger.envelopes.map(({ cloid, intentId }) => [cloid, intentId]));
  results.push(...ledger.fills.filter(({ cloid }) => silent.has(intentOf.get(cloid ?? '') ?? '')));
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

/** I5: nothing reaches the venue whose envelope was not stored before: its nonce is drawn there. */
function envelopeFirst({ venue, ledger, foreign }: RunFacts): Violation[] {
  const stored = new Map(ledger.envelopes.map((envelope) => [envelope.cloid, envelope]));
  const others = new Set(foreign.map(({ cloid }) => cloid));
  const ours = venue.sent.filter(({ cloid }) => !others.has(cloid));
  return ours.flatMap(({ cloid, nonce, expiresAfterMs, action }) => {
    const envelope = stored.get(cloid);
    if (envelope === undefined) return [violation('I5', cloid, 'sent without an envelope')];
    const same =
      envelope.nonce === nonce &&
      envelope.expiresAfterMs === expiresAfterMs &&
      envelope.action === action;
    return same ? [] : [violation('I5', cloid, 'sent with other bytes than its envelope has')];
  });
}

/** Nothing is sent by a session after it was stopped. */
function silentAfterStop({ venue, ledger, sessionStoppedSeq }: RunFacts): Violation[] {
  const sessionIntents = new Set(
    ledger.orders.filter(({ session }) => session !== undefined).map(({ intentId }) => intentId),
  );
  const intentOf = new Map(ledger.envelopes.map(({ cloid, intentId }) => [cloid, intentId]));
  return venue.sent
    .filter(({ seq, cloid }) => {
      return seq > sessionStoppedSeq && sessionIntents.has(intentOf.get(cloid) ?? '');
    })
    .map(({ cloid, seq }) =>
      violation(
        'stopped',
        cloid,
        `sent as entry ${seq}, the session ended by ${sessionStoppedSeq}`,
      ),
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
    noOverfill,
    noOrphan,
    fillsAgree,
    endsStand,
    envelopeFirst,
    allClosed,
    parentsLeaveNothing,
    foreignUntouched,
    silentAfterStop,
    protectedThroughout,
    sessionGoesOn,
  ].flatMap((rule) => rule(facts, graces));
