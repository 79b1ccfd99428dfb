/**
 * The three-way comparison of venue, ledger and workflows. The three cannot be read at one instant,
 * so a difference counts only when a second look still shows it. Mends what needs no guess: a
 * missing order workflow is started again and adopts its order; an order of ours that nobody
 * attends to is cancelled unless it only reduces. What is foreign is reported, never touched.
 */
import { decimal, plain } from '../domain/kernel/decimal.ts';
import type { AccountAddress, Cloid, DeploymentTag } from '../domain/kernel/ids.ts';
import { carriesTag } from '../domain/kernel/ids.ts';
import type { AccountPorts } from './account-stream.ts';
import { catchUpFills, createFactsRouter } from './account-stream.ts';
import type { Difference, ReconciliationStatement } from './interfaces/account.ts';
import { markPxOf } from './portfolio.ts';
import type { OpenOrderRow } from './ports/ledger.ts';
import type { VenueAccount, VenueOrder, VenuePosition } from './ports/venue.ts';

export interface ReconcilePorts extends AccountPorts {
  readonly tag: DeploymentTag;
  readonly signer: AccountAddress;
  /** Waits between the two looks. */
  readonly pause: (ms: number) => Promise<void>;
}

const SECOND_LOOK_MS = 1_500;

interface Look {
  readonly account: VenueAccount;
  readonly venueOrders: readonly VenueOrder[];
  readonly ledgerOrders: readonly OpenOrderRow[];
  readonly running: ReadonlySet<string>;
  readonly netFills: ReadonlyMap<string, string>;
  readonly owners: ReadonlyMap<Cloid, string>;
}

async function look(ports: ReconcilePorts, address: AccountAddress): Promise<Look> {
  const [account, venueOrders, ledgerOrders] = await Promise.all([
    ports.venue.account(address),
    ports.venue.openOrders(address),
    ports.ledger.openOrders(address),
  ]);
  const ours = venueOrders.flatMap(({ cloid }) =>
    cloid && carriesTag(cloid, ports.tag) ? [cloid] : [],
  );
  const owners = await ports.ledger.workflowsOf(ours);
  const ids = new Set([...ledgerOrders.map((row) => row.workflowId), ...owners.values()]);
  const running = await ports.workflows.running([...ids]);
  return {
    account,
    venueOrders,
    ledgerOrders,
    running,
    owners,
    netFills: await ports.ledger.netFills(address),
  };
}

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
  for (const row of seen.ledgerOrders) {
    if (seen.running.has(row.workflowId)) continue;
    const detail = `the ledger says ${row.status}, but no workflow is running`;
    found.push(reported('workflowMissing', row.intent.intentId, detail));
  }
  return found;
}

/** A reduce-only trigger on the losing side of the price; on the other side it takes profit. */
function isStopOf(position: VenuePosition, order: VenueOrder): boolean {
  const { asset, side, isTrigger, reduceOnly, triggerPx } = order;
  if (asset !== position.asset || !isTrigger || !reduceOnly || triggerPx === undefined)
    return false;
  const [trigger, mark] = [decimal(triggerPx), decimal(markPxOf(position))];
  return decimal(position.sizeBase).gt(0)
    ? side === 'sell' && trigger.lte(mark)
    : side === 'buy' && trigger.gte(mark);
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
    const { asset, sizeBase } = position;
    const stops = seen.venueOrders.filter((order) => isStopOf(position, order));
    const covered = stops.reduce(
      (sum, order) => sum.plus(decimal(order.remainingBase)),
      decimal(0),
    );
    if (covered.gte(decimal(sizeBase).abs())) continue;
    const detail = `${sizeBase} held, stops rest for ${plain(covered)}`;
    found.push(reported('unprotectedPosition', asset, detail));
  }
  return found;
}

const differencesOf = (ports: ReconcilePorts, seen: Look): Difference[] => [
  ...orderDifferences(ports, seen),
  ...positionDifferences(seen),
];

async function mend(
  ports: ReconcilePorts,
  seen: Look,
  difference: Difference,
): Promise<Difference> {
  if (difference.kind === 'workflowMissing') {
    const row = seen.ledgerOrders.find((each) => each.intent.intentId === difference.subject);
    if (row === undefined) return difference;
    await ports.workflows.startOrder(row.intent, { revive: true });
    return { ...difference, action: 'revived' };
  }
  if (difference.kind === 'orphanOrder') {
    const order = seen.venueOrders.find((each) => each.cloid === difference.subject);
    if (order?.cloid === undefined || order.reduceOnly) return difference;
    const nowMs = await ports.venue.exchangeTimeMs();
    const nonce = await ports.ledger.nextNonce(ports.signer, nowMs);
    const outcome = await ports.venue.cancel(order.asset, order.cloid, nonce);
    return outcome.kind === 'cancelled' ? { ...difference, action: 'cancelled' } : difference;
  }
  return difference;
}

/** An order that rests nowhere although its workflow waits: the stream may have lost its end. */
async function tellQuietOrders(
  ports: ReconcilePorts,
  address: AccountAddress,
  seen: Look,
): Promise<void> {
  const resting = new Set(seen.venueOrders.map((order) => order.cloid));
  for (const row of seen.ledgerOrders) {
    if (row.cloid === undefined || resting.has(row.cloid)) continue;
    const status = await ports.venue.orderStatus(address, row.cloid);
    if (status === undefined || !seen.running.has(row.workflowId)) continue;
    await ports.workflows.tellOrder(row.workflowId, { statuses: [status.fact], fills: [] });
  }
}

/** Executions that the stream did not tell reach the ledger and then their orders. */
async function catchUp(ports: ReconcilePorts, account: AccountAddress) {
  const caught = await catchUpFills(ports, account);
  await createFactsRouter(ports, account).route(caught.fills);
  return caught;
}

export async function reconcileAccount(
  ports: ReconcilePorts,
  account: AccountAddress,
  trigger: string,
): Promise<ReconciliationStatement> {
  const { fills, added } = await catchUp(ports, account);
  let seen = await look(ports, account);
  await tellQuietOrders(ports, account, seen);
  let differences = differencesOf(ports, seen);
  if (differences.length > 0) {
    await ports.pause(SECOND_LOOK_MS);
    await catchUp(ports, account);
    const first = new Set(differences.map(({ kind, subject }) => `${kind}:${subject}`));
    seen = await look(ports, account);
    differences = [];
    for (const difference of differencesOf(ports, seen)) {
      if (!first.has(`${difference.kind}:${difference.subject}`)) continue;
      differences.push(await mend(ports, seen, difference));
    }
  }
  const assets = new Set([
    ...seen.account.positions.map((position) => position.asset),
    ...seen.netFills.keys(),
  ]);
  const held = new Map(seen.account.positions.map((each) => [each.asset, each.sizeBase]));
  const statement: ReconciliationStatement = {
    account,
    atMs: Date.now(),
    trigger,
    ok: differences.every((difference) => difference.action !== 'reported'),
    equityUsd: seen.account.equityUsd,
    openOrders: {
      venue: seen.venueOrders.length,
      ledger: seen.ledgerOrders.length,
      workflows: seen.running.size,
    },
    fills: { checked: fills.length, added },
    positions: [...assets].map((asset) => ({
      asset,
      venueBase: held.get(asset) ?? '0',
      ledgerBase: seen.netFills.get(asset) ?? '0',
    })),
    differences,
  };
  await ports.ledger.recordReconciliation(account, statement.atMs, { ...statement });
  return statement;
}
