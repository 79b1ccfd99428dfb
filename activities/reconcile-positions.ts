/**
 * Protection of open positions as reconciliation sees it: which stops rest, which positions lack
 * one, and the guard that stands in while nobody else protects. A guard only ever reduces.
 */
import type { OrderIntent } from '../domain/execution/intent.ts';
import { planProtection } from '../domain/execution/protection.ts';
import type { Decimal } from '../domain/kernel/decimal.ts';
import { decimal, sizeBase, ZERO } from '../domain/kernel/decimal.ts';
import type { AccountAddress } from '../domain/kernel/ids.ts';
import { intentId } from '../domain/kernel/ids.ts';
import type { AssetSpec } from '../domain/market/asset.ts';
import { markPxOf } from './portfolio.ts';
import type { OpenOrderRow } from './ports/ledger.ts';
import type { VenueOrder, VenuePosition } from './ports/venue.ts';
import type { Look, ReconcilePorts } from './reconcile-look.ts';
import { liveSessions } from './reconcile-look.ts';

/** The strategy that guards carry: part of their identity. */
export const GUARD_STRATEGY = 'guard';
/** Asking twice within this time starts one guard. */
const GUARD_SPAN_MS = 60_000;

/** A reduce-only trigger on the losing side of the price; on the other side it takes profit. */
export function isStopOf(position: VenuePosition, order: VenueOrder): boolean {
  const { asset, side, isTrigger, reduceOnly, triggerPx } = order;
  if (asset !== position.asset || !isTrigger || !reduceOnly || triggerPx === undefined)
    return false;
  const [trigger, mark] = [decimal(triggerPx), decimal(markPxOf(position))];
  return decimal(position.sizeBase).gt(0)
    ? side === 'sell' && trigger.lte(mark)
    : side === 'buy' && trigger.gte(mark);
}

/** How much of a position the orders stop out, in base units. */
export const coveredBase = (position: VenuePosition, orders: readonly VenueOrder[]): Decimal =>
  orders
    .filter((order) => isStopOf(position, order))
    .reduce((sum, order) => sum.plus(decimal(order.remainingBase)), ZERO);

/** Whether the order is a stop of something that is held now. */
export const protectsSomething = (seen: Look, order: VenueOrder): boolean =>
  seen.account.positions.some((position) => isStopOf(position, order));

/** Whether an order of ours may be what stands between a position and its loss. */
export function mayProtect(seen: Look, { intent }: OpenOrderRow): boolean {
  const { asset, side, type, reduceOnly } = intent;
  const held = seen.account.positions.find((position) => position.asset === asset);
  const faces = held !== undefined && (side === 'sell') === decimal(held.sizeBase).gt(0);
  return faces && reduceOnly && type === 'STOP_LOSS';
}

/** Whether the policy wants a guard for a position without a stop. */
export function wantsGuard(ports: ReconcilePorts, seen: Look, asset: string): boolean {
  const trading = liveSessions(seen).filter((session) => session.assets.includes(asset));
  // A session that runs protects its own; so does a stop that is on its way.
  if (trading.some((session) => seen.running.has(session.workflowId))) return false;
  const onItsWay = ({ intent }: OpenOrderRow) => intent.leg === 'protect' && intent.asset === asset;
  if (seen.ledgerOrders.some(onItsWay)) return false;
  if (ports.protect === 'all') return true;
  return ports.protect === 'sessions' && (trading.length > 0 || seen.forgottenAssets.has(asset));
}

/** The stop of a position whose decision nobody knows: from its entry, or from the mark if passed. */
function stopOf(asset: AssetSpec, position: VenuePosition) {
  const markPx = markPxOf(position);
  const fromEntry = planProtection(asset, { ...position, markPx }, undefined, []).start;
  if (fromEntry?.atOnce !== true) return fromEntry;
  return planProtection(asset, { ...position, entryPx: markPx, markPx }, undefined, []).start;
}

/** @returns the guard's intent, or undefined when the venue does not list the asset */
export async function guardIntent(
  ports: ReconcilePorts,
  account: AccountAddress,
  seen: Look,
  position: VenuePosition,
): Promise<OrderIntent | undefined> {
  const name = position.asset;
  const asset = (await ports.venue.assets(name)).get(name);
  const stop = asset && stopOf(asset, position);
  if (stop === undefined) return undefined;
  const bare = decimal(position.sizeBase).abs().minus(coveredBase(position, seen.venueOrders));
  const span = Math.floor(seen.exchangeTimeMs / GUARD_SPAN_MS);
  return {
    network: ports.network,
    account,
    intentId: intentId(`guard/${name}/${span.toString(36)}`),
    strategy: GUARD_STRATEGY,
    leg: 'protect',
    asset: name,
    side: stop.side,
    type: 'STOP_LOSS',
    sizeBase: sizeBase(bare),
    reduceOnly: true,
    triggerPx: stop.stopPx,
  };
}

/** Whether it is the stop of a session that the ledger knows; one that it forgot may run. */
const isSessionStop = (seen: Look, { leg, session }: OrderIntent): boolean =>
  leg === 'protect' && seen.sessions.some(({ name }) => name === session);

/** Stops and targets whose positions are gone, and that no session which runs looks after. */
export function spentExits(seen: Look): readonly OpenOrderRow[] {
  const running = liveSessions(seen).filter(({ workflowId }) => seen.running.has(workflowId));
  return seen.ledgerOrders.filter(({ intent }) => {
    const { leg, asset, side } = intent;
    if (leg !== 'target' && !isSessionStop(seen, intent)) return false;
    if (running.some(({ assets }) => assets.includes(asset))) return false;
    const held = seen.account.positions.find((position) => position.asset === asset);
    return held === undefined || (side === 'sell') !== decimal(held.sizeBase).gt(0);
  });
}

/** Guards that are no longer needed: nothing is held, or other stops cover all of it. */
export function spentGuards(seen: Look): readonly OpenOrderRow[] {
  const guards = seen.ledgerOrders.filter(({ intent }) => intent.strategy === GUARD_STRATEGY);
  const theirs = new Set(guards.map(({ cloid }) => cloid));
  const others = seen.venueOrders.filter(({ cloid }) => cloid === undefined || !theirs.has(cloid));
  return guards.filter(({ intent }) => {
    const held = seen.account.positions.find(({ asset }) => asset === intent.asset);
    if (held === undefined) return true;
    const size = decimal(held.sizeBase);
    const faces = (intent.side === 'sell') === size.gt(0);
    return !faces || coveredBase(held, others).gte(size.abs());
  });
}
