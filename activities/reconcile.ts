/**
 * The three-way comparison of venue, ledger and workflows. The three cannot be read at one instant,
 * so a difference counts only when a second look still shows it. What came of it is a statement that
 * carries its own hash and is kept.
 */
import { type AccountAddress, canonicalJson, sha256Hex } from '../domain/kernel/ids.ts';
import { catchUpFills, catchUpFunding, createFactsRouter } from './account-stream.ts';
import type { Difference, ReconciliationStatement } from './interfaces/account.ts';
import type { BalanceMark } from './ports/recovery.ts';
import { BALANCE_TOLERANCE_USD, balanceOf, differencesOf } from './reconcile-differences.ts';
import type { Look, ReconcilePorts } from './reconcile-look.ts';
import { look } from './reconcile-look.ts';
import { mend, retireSpent } from './reconcile-mend.ts';

const SECOND_LOOK_MS = 1_500;

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
    const { cloid } = row;
    await ports.workflows.tellOrder(row.workflowId, { cloid, statuses: [status.fact], fills: [] });
  }
}

/** What the stream did not tell reaches the ledger and then the orders. */
async function catchUp(ports: ReconcilePorts, account: AccountAddress) {
  const caught = await catchUpFills(ports, account);
  await createFactsRouter(ports, account).route(caught.fills);
  await catchUpFunding(ports, account);
  return caught;
}

interface Finding {
  readonly seen: Look;
  readonly differences: readonly Difference[];
}

async function compare(
  ports: ReconcilePorts,
  account: AccountAddress,
  before: BalanceMark | undefined,
): Promise<Finding> {
  const first = await look(ports, account);
  await tellQuietOrders(ports, account, first);
  const doubts = differencesOf(ports, first, before);
  if (doubts.length === 0) return { seen: first, differences: [] };
  await ports.pause(SECOND_LOOK_MS);
  await catchUp(ports, account);
  const shown = new Set(doubts.map(({ kind, subject }) => `${kind}:${subject}`));
  const seen = await look(ports, account);
  const differences: Difference[] = [];
  for (const difference of differencesOf(ports, seen, before)) {
    if (!shown.has(`${difference.kind}:${difference.subject}`)) continue;
    differences.push(await mend(ports, account, seen, difference));
  }
  return { seen, differences };
}

function positionsOf({ account, netFills }: Look): ReconciliationStatement['positions'] {
  const held = new Map(account.positions.map((each) => [each.asset, each.sizeBase]));
  return [...new Set([...held.keys(), ...netFills.keys()])].map((asset) => ({
    asset,
    venueBase: held.get(asset) ?? '0',
    ledgerBase: netFills.get(asset) ?? '0',
  }));
}

export async function reconcileAccount(
  ports: ReconcilePorts,
  account: AccountAddress,
  trigger: string,
): Promise<ReconciliationStatement> {
  const before = await ports.recovery.lastBalance(account, BALANCE_TOLERANCE_USD);
  const { fills, added } = await catchUp(ports, account);
  const { seen, differences } = await compare(ports, account, before);
  await retireSpent(ports, account, seen);
  const statement = {
    account,
    atMs: Date.now(),
    trigger,
    ok: differences.every((difference) => difference.action !== 'reported'),
    equityUsd: seen.account.equityUsd,
    openOrders: {
      venue: seen.venueOrders.length,
      ledger: seen.ledgerOrders.length,
      workflows: seen.ledgerOrders.filter((row) => seen.running.has(row.workflowId)).length,
    },
    fills: { checked: fills.length, added },
    positions: positionsOf(seen),
    balance: balanceOf(seen, before),
    watermarks: seen.marks,
    differences,
  };
  const signed = { ...statement, digest: sha256Hex(canonicalJson(statement)) };
  await ports.ledger.recordReconciliation(account, statement.atMs, signed);
  return signed;
}
