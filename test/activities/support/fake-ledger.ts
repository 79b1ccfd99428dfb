/** The ledger's port in memory: the same rules as the real one, and it can be taken away. */

import type { Envelope } from '../../../activities/ports/envelope.ts';
import { OverLimit, StoreUnavailable } from '../../../activities/ports/errors.ts';
import type {
  DecisionRecord,
  LedgerPort,
  OpenOrderRow,
  ParentRow,
  SessionRow,
} from '../../../activities/ports/ledger.ts';
import type { FundingPayment, VenueAccount, VenueFill } from '../../../activities/ports/venue.ts';
import { type OrderView, TERMINAL_STATUSES } from '../../../domain/execution/order-view.ts';
import type { LegNews } from '../../../domain/execution/parents/leg-news.ts';
import { isOpenParent } from '../../../domain/execution/parents/parent-view.ts';
import { decimal, plain, ZERO } from '../../../domain/kernel/decimal.ts';
import type { Cloid } from '../../../domain/kernel/ids.ts';
import type { RuleViolation } from '../../../domain/kernel/outcome.ts';
import { signOf } from '../../../domain/market/side.ts';
import type { ExposureClaim } from '../../../domain/risk/reservation.ts';

export interface FakeLedger extends LedgerPort {
  /** Every write, in the order in which it happened. */
  readonly writes: string[];
  /** Names of methods that fail as if the store were away. */
  readonly away: Set<keyof LedgerPort>;
  readonly envelopes: Map<Cloid, Envelope>;
  /** What was reserved, in order. */
  readonly claims: ExposureClaim[];
  /** Why no claim fits; undefined while all do. */
  noRoom: RuleViolation | undefined;
  readonly decisions: Map<string, DecisionRecord>;
  readonly fills: Map<string, VenueFill>;
  readonly funding: FundingPayment[];
  readonly samples: VenueAccount[];
  readonly sessions: SessionRow[];
  readonly views: OrderView[];
  readonly legs: LegNews[];
  readonly marks: Map<string, number>;
  readonly statements: Readonly<Record<string, unknown>>[];
  open: OpenOrderRow[];
  parents: ParentRow[];
  equity: string | undefined;
}

type Facts = Omit<FakeLedger, keyof LedgerPort>;

function envelopeMethods(facts: Facts) {
  const { envelopes, writes } = facts;
  let nonce = 0;
  const nextNonce = (nowMs: number): number => {
    nonce = Math.max(nonce + 1, nowMs);
    return nonce;
  };
  return {
    prepareEnvelope: async ({ nowMs, intent: _intent, claim, countsAsSent, ...draft }) => {
      const known = envelopes.get(draft.cloid);
      if (known !== undefined) return { envelope: known, inserted: false };
      if (claim !== undefined && facts.noRoom !== undefined) throw new OverLimit(facts.noRoom);
      if (claim !== undefined) facts.claims.push(claim);
      const envelope: Envelope = { ...draft, nonce: nextNonce(nowMs), sends: countsAsSent ? 1 : 0 };
      envelopes.set(draft.cloid, envelope);
      writes.push(`envelope ${draft.intentId}`);
      return { envelope, inserted: true };
    },
    noteSend: async (cloid) => {
      const known = envelopes.get(cloid);
      if (known === undefined) return undefined;
      const counted = { ...known, sends: known.sends + 1 };
      envelopes.set(cloid, counted);
      writes.push(`send ${counted.sends}`);
      return counted;
    },
    envelope: async (cloid) => envelopes.get(cloid),
    nextNonce: async (_signer, nowMs) => nextNonce(nowMs),
    workflowsOf: async (cloids) =>
      new Map(
        cloids.flatMap((cloid): [Cloid, string][] => {
          const known = envelopes.get(cloid);
          return known === undefined ? [] : [[cloid, known.workflowId]];
        }),
      ),
  } satisfies Partial<LedgerPort>;
}

function accountMethods(facts: Facts) {
  const { fills, funding, samples, writes } = facts;
  return {
    recordFills: async (_account, heard) => {
      const before = fills.size;
      for (const fill of heard) fills.set(`${fill.asset}:${fill.timeMs}:${fill.tid}`, fill);
      writes.push(`fills ${heard.map((fill) => fill.tid).join(',')}`);
      return fills.size - before;
    },
    fillsOf: async (_account, sinceMs) =>
      [...fills.values()].filter((fill) => fill.timeMs >= sinceMs),
    netFills: async () => {
      const net = new Map<string, string>();
      for (const { asset, side, sizeBase } of fills.values()) {
        const signed = decimal(sizeBase).times(signOf(side));
        net.set(asset, plain(decimal(net.get(asset) ?? plain(ZERO)).plus(signed)));
      }
      return net;
    },
    recordFunding: async (_account, payments) => {
      funding.push(...payments);
      return payments.length;
    },
    recordAccount: async (_account, state) => {
      samples.push(state);
    },
    equityAt: async () => facts.equity,
  } satisfies Partial<LedgerPort>;
}

function recordMethods(facts: Facts) {
  const { decisions, marks, sessions, statements, views, writes } = facts;
  return {
    endedOrder: async (account, intentId) => {
      const view = views.findLast(
        ({ intent }) => intent.account === account && intent.intentId === intentId,
      );
      return view !== undefined && TERMINAL_STATUSES.includes(view.status) ? view : undefined;
    },
    recordOrder: async (view) => {
      views.push(view);
    },
    openOrders: async () => facts.open,
    recordDecisions: async (records) => {
      for (const record of records) {
        if (!decisions.has(record.decisionId)) decisions.set(record.decisionId, record);
      }
      writes.push(`decisions ${records.length}`);
      return records.map((record) => decisions.get(record.decisionId) ?? record);
    },
    decision: async (id) => decisions.get(id),
    recordSession: async (row) => {
      sessions.push(row);
    },
    recordReconciliation: async (_account, _atMs, statement) => {
      statements.push(statement);
    },
    watermark: async (_account, kind) => marks.get(kind),
    advanceWatermark: async (_account, kind, toMs) => {
      marks.set(kind, Math.max(marks.get(kind) ?? 0, toMs));
      writes.push(`mark ${kind} ${toMs}`);
    },
  } satisfies Partial<LedgerPort>;
}

function parentMethods(facts: Facts) {
  return {
    recordParent: async (view, workflowId, _version, atMs) => {
      const others = facts.parents.filter((row) => row.workflowId !== workflowId);
      facts.parents = [...others, { view, workflowId, createdMs: atMs, updatedMs: atMs }];
    },
    parent: async (_account, id) => facts.parents.find(({ view }) => view.intent.intentId === id),
    openParents: async () => facts.parents.filter(({ view }) => isOpenParent(view.status)),
    legsOf: async () => facts.legs,
  } satisfies Partial<LedgerPort>;
}

/** Lets every method fail while its name is in `away`. */
function withAbsence(methods: LedgerPort, away: ReadonlySet<string>): LedgerPort {
  return new Proxy(methods, {
    get(target, name, receiver) {
      if (typeof name === 'string' && away.has(name)) {
        return () => Promise.reject(new StoreUnavailable(`${name}: the store is away`));
      }
      return Reflect.get(target, name, receiver);
    },
  });
}

export function fakeLedger(): FakeLedger {
  const facts: Facts = {
    writes: [],
    away: new Set(),
    envelopes: new Map(),
    claims: [],
    noRoom: undefined,
    decisions: new Map(),
    fills: new Map(),
    funding: [],
    samples: [],
    sessions: [],
    views: [],
    legs: [],
    marks: new Map(),
    statements: [],
    open: [],
    parents: [],
    equity: undefined,
  };
  const ledger = Object.assign(facts, {
    ...envelopeMethods(facts),
    ...accountMethods(facts),
    ...recordMethods(facts),
    ...parentMethods(facts),
  });
  return withAbsence(ledger, facts.away) as FakeLedger;
}
