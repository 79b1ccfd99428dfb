/**
 * What differs between venue, ledger and workflows in one look. Pure: it reports, and leaves to
 * others what to do about it.
 */
import { decimal, plain } from '../domain/kernel/decimal.ts';
import { carriesTag } from '../domain/kernel/ids.ts';
import { oursAmong } from './cancel-twaps.ts';
import type { BalanceStatement, Difference } from './interfaces/account.ts';
import type { OpenOrderRow } from './ports/ledger.ts';
import type { BalanceMark } from './ports/recovery.ts';
import type { Look, ReconcilePorts } from './reconcile-look.ts';
import { liveSessions } from './reconcile-look.ts';
import { coveredBase, mayProtect } from './reconcile-positions.ts';

/** The venue rounds every amount to 6 decimals; between two statements that stays below a cent. */
export const BALANCE_TOLERANCE_USD = '0.01';
/** Our idea of the venue's clock may be this far off. */
const CLOCK_TOLERANCE_MS = 60_000;

const reported = (kind: Difference['kind'], subject: string, detail: string): Difference => ({
  kind,
  subject,
  detail,
  action: 'reported',
});

function orderDifferences(ports: ReconcilePorts, seen: Look): Difference[] {
  const found: Difference[] = [];
  const remembered = new Set(seen.ledgerOrders.map((row) => row.workflowId));
  for (const order of seen.venueOrders) {
    const text = `${order.side} ${order.remainingBase} ${order.asset} at ${order.limitPx}`;
    if (!carriesTag(order.cloid, ports.tag) || order.cloid === undefined) {
      found.push(reported('foreignOrder', String(order.oid), `${text}: not placed by us`));
      continue;
    }
    const owner = seen.owners.get(order.cloid);
    if (owner === undefined) {
      found.push(reported('orphanOrder', order.cloid, `${text}: no envelope is stored for it`));
    } else if (!seen.running.has(owner) && !remembered.has(owner)) {
      found.push(
        reported('orphanOrder', order.cloid, `${text}: the ledger says that it has ended`),
      );
    }
  }
  return found;
}

/** TWAPs that the venue works for the account, and no parent of ours attends to. */
function twapDifferences({ venueTwaps, ourTwaps, openParents }: Look): Difference[] {
  const ours = oursAmong(venueTwaps, ourTwaps, openParents);
  const attended = new Set(openParents.map(({ view }) => view.venueTwap?.twapId));
  return venueTwaps.flatMap(({ twapId, side, sizeBase, asset, minutes }) => {
    const text = `${side} ${sizeBase} ${asset} over ${minutes} minutes`;
    const subject = String(twapId);
    if (!ours.has(twapId)) return [reported('foreignTwap', subject, `${text}: not started by us`)];
    if (!ourTwaps.has(twapId) || attended.has(twapId)) return [];
    return [reported('orphanTwap', subject, `${text}: the ledger says that it has ended`)];
  });
}

/** An open leg whose parent has ended: nobody wants it any more, unless it protects what is held. */
const isLeftBehind = (seen: Look, row: OpenOrderRow): boolean =>
  row.intent.parent !== undefined &&
  !seen.openParents.some(({ view }) => view.intent.intentId === row.intent.parent) &&
  !mayProtect(seen, row);

const RESTING: readonly string[] = ['SUBMITTED', 'PARTIALLY_FILLED'];

function workflowDifferences(seen: Look): Difference[] {
  const found: Difference[] = [];
  const resting = new Set(seen.venueOrders.map((order) => order.cloid));
  for (const row of seen.ledgerOrders) {
    const { workflowId, intent, status, cloid } = row;
    if (isLeftBehind(seen, row)) {
      const detail = `the ledger says ${status}, but its parent ${intent.parent} has ended`;
      found.push(reported('orphanLeg', intent.intentId, detail));
    } else if (!seen.running.has(workflowId)) {
      const detail = `the ledger says ${status}, but no workflow is running`;
      found.push(reported('workflowMissing', intent.intentId, detail));
    } else if (RESTING.includes(status) && cloid !== undefined && !resting.has(cloid)) {
      const detail = `the ledger says ${status}, but the venue has no such open order`;
      found.push(reported('orderNotOpen', intent.intentId, detail));
    }
  }
  for (const { view, workflowId } of seen.openParents) {
    if (seen.running.has(workflowId)) continue;
    const detail = `the ledger says ${view.status}, but no workflow is running`;
    found.push(reported('parentMissing', view.intent.intentId, detail));
  }
  for (const { name, workflowId, status } of liveSessions(seen)) {
    if (seen.running.has(workflowId)) continue;
    const detail = `the ledger says ${status}, but no workflow is running; it is not started by itself`;
    found.push(reported('sessionMissing', name, detail));
  }
  return found;
}

function positionDifferences(seen: Look): Difference[] {
  const found: Difference[] = [];
  const venue = new Map(seen.account.positions.map((each) => [each.asset, each.sizeBase]));
  for (const asset of new Set([...venue.keys(), ...seen.netFills.keys()])) {
    const [atVenue, inLedger] = [venue.get(asset) ?? '0', seen.netFills.get(asset) ?? '0'];
    if (decimal(atVenue).eq(decimal(inLedger))) continue;
    const detail = `venue ${atVenue}, sum of recorded fills ${inLedger}`;
    found.push(reported('positionMismatch', asset, detail));
  }
  for (const position of seen.account.positions) {
    const covered = coveredBase(position, seen.venueOrders);
    if (covered.gte(decimal(position.sizeBase).abs())) continue;
    const detail = `${position.sizeBase} held, stops rest for ${plain(covered)}`;
    found.push(reported('unprotectedPosition', position.asset, detail));
  }
  return found;
}

/** The money of one look, against the statement before. */
export function balanceOf(seen: Look, before: BalanceMark | undefined): BalanceStatement {
  const { account, flowsUsd } = seen;
  const cash = account.positions.reduce(
    (sum, position) => sum.minus(decimal(position.unrealizedPnlUsd)),
    decimal(account.equityUsd),
  );
  const now = { cashUsd: plain(cash), flowsUsd };
  if (before === undefined) return now;
  const explained = decimal(flowsUsd).minus(decimal(before.flowsUsd));
  const unexplained = cash.minus(decimal(before.cashUsd)).minus(explained);
  return { ...now, unexplainedUsd: plain(unexplained) };
}

function moneyDifferences(seen: Look, before: BalanceMark | undefined): Difference[] {
  const found: Difference[] = [];
  const { unexplainedUsd } = balanceOf(seen, before);
  if (unexplainedUsd !== undefined && decimal(unexplainedUsd).abs().gt(BALANCE_TOLERANCE_USD)) {
    // Named by its amount: only the same one, seen twice, is more than an execution in between.
    const amount = `${decimal(unexplainedUsd).toFixed(2)} USD`;
    const detail = 'since the statement before, and neither an execution nor funding explains it';
    found.push(reported('balanceMismatch', amount, detail));
  }
  const latestMs = seen.exchangeTimeMs + CLOCK_TOLERANCE_MS;
  const { fillsMs } = seen.marks;
  // Funding is on the market's clock, which on paper is another one: see decision 4.
  if (fillsMs !== undefined && fillsMs > latestMs) {
    const detail = `${fillsMs} is later than the venue's clock, ${seen.exchangeTimeMs}`;
    found.push(reported('watermarkAhead', 'fills', detail));
  }
  return found;
}

export const differencesOf = (
  ports: ReconcilePorts,
  seen: Look,
  before: BalanceMark | undefined,
): Difference[] => [
  ...orderDifferences(ports, seen),
  ...twapDifferences(seen),
  ...workflowDifferences(seen),
  ...positionDifferences(seen),
  ...moneyDifferences(seen, before),
];
