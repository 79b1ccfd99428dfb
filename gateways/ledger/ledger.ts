/** The ledger as activities see it: the port's methods over one pool of connections. */
import type { Pool } from 'pg';
import type { LedgerPort } from '../../activities/ports/ledger.ts';
import * as facts from './account-facts.ts';
import * as envelopes from './envelopes.ts';
import * as orders from './orders.ts';
import * as parents from './parents.ts';
import * as sessions from './sessions.ts';

/** The pool stays the caller's: whoever opened it ends it. */
export function createLedger(pool: Pool): LedgerPort {
  return {
    prepareEnvelope: (draft) => envelopes.prepareEnvelope(pool, draft),
    noteSend: (cloid) => envelopes.noteSend(pool, cloid),
    envelope: (cloid) => envelopes.findEnvelope(pool, cloid),
    nextNonce: (signer, nowMs) => envelopes.nextNonce(pool, signer, nowMs),
    workflowsOf: (cloids) => envelopes.workflowsOf(pool, cloids),
    recordOrder: (...order) => orders.recordOrder(pool, ...order),
    endedOrder: (account, intentId) => orders.endedOrder(pool, account, intentId),
    openOrders: (account) => orders.openOrders(pool, account),
    recordParent: (...parent) => parents.recordParent(pool, ...parent),
    parent: (account, intentId) => parents.findParent(pool, account, intentId),
    openParents: (account) => parents.openParents(pool, account),
    legsOf: (...legs) => parents.legsOf(pool, ...legs),
    recordFills: (account, fills) => facts.recordFills(pool, account, fills),
    fillsOf: (account, sinceMs) => facts.fillsOf(pool, account, sinceMs),
    netFills: (account) => facts.netFills(pool, account),
    recordFunding: (account, payments) => facts.recordFunding(pool, account, payments),
    recordAccount: (account, state) => facts.recordAccount(pool, account, state),
    equityAt: (account, atMs) => facts.equityAt(pool, account, atMs),
    recordDecisions: (records) => sessions.recordDecisions(pool, records),
    decision: (decisionId) => sessions.findDecision(pool, decisionId),
    recordSession: (row) => sessions.recordSession(pool, row),
    recordReconciliation: (...statement) => sessions.recordReconciliation(pool, ...statement),
    watermark: (account, kind) => sessions.watermark(pool, account, kind),
    advanceWatermark: (account, kind, toMs) => sessions.advanceWatermark(pool, account, kind, toMs),
  };
}
