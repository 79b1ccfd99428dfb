/**
 * Compares, once everything has come to rest, what the venue did, what the ledger holds and what the
 * workflows say. Knows the promises, not the code that keeps them.
 */
import type { OrderView } from '../../../domain/execution/order-view.ts';
import { TERMINAL_STATUSES } from '../../../domain/execution/order-view.ts';
import { decimal, sizeBase, ZERO } from '../../../domain/kernel/decimal.ts';
import { type DeploymentTag, deriveCloid, orderWorkflowId } from '../../../domain/kernel/ids.ts';
import type { Server } from '../temporal/server.ts';
import type { Planned } from './scenario.ts';
import type { Acceptance, VenueDesk } from './venue-desk.ts';

/** More epochs than any order of the simulation has. */
const MOST_EPOCHS = 40;

export interface LedgerFacts {
  readonly orders: ReadonlyMap<string, OrderView>;
  readonly fillKeys: ReadonlySet<string>;
  readonly netFills: ReadonlyMap<string, string>;
}

export interface Evidence {
  readonly account: string;
  readonly tag: DeploymentTag;
  readonly scenario: readonly Planned[];
  readonly server: Server;
  readonly desk: VenueDesk;
  readonly ledger: LedgerFacts;
  /** Workflows with a stored envelope. */
  readonly prepared: ReadonlySet<string>;
}

const fillKeyOf = (asset: string, oid: number, tid: number, timeMs: number): string =>
  `${asset}:${oid}:${tid}:${timeMs}`;

/** Orders that an intent has on the venue. */
function judgeAcceptances(
  { intent }: Planned,
  accepted: readonly Acceptance[],
  tag: DeploymentTag,
): string[] {
  const found: string[] = [];
  const { network, account, strategy, intentId, leg } = intent;
  const epochOf = new Map<string, number>();
  const isNamed = ({ cloid }: Acceptance): boolean => epochOf.has(cloid);
  for (let epoch = 0; epoch < MOST_EPOCHS && !accepted.every(isNamed); epoch += 1) {
    epochOf.set(deriveCloid({ tag, network, account, strategy, intentId, leg, epoch }), epoch);
  }
  const seen = new Set<string>();
  for (const { cloid } of accepted) {
    if (!epochOf.has(cloid)) found.push(`I1 an order under a foreign name ${cloid}`);
    if (seen.has(cloid)) found.push(`I1 epoch ${epochOf.get(cloid)} was accepted twice`);
    seen.add(cloid);
  }
  return found;
}

type AtVenue = ReturnType<VenueDesk['venue']['orderByOid']>;

/** Whether an order is told at the prices that the venue has it at. */
function judgePrices({ cloid, intent }: OrderView, atVenue: AtVenue): string[] {
  if (atVenue === undefined || atVenue.order.cloid !== cloid) return [];
  const { limitPx, triggerPx } = atVenue.order;
  const pairs = [
    ['limit', intent.limitPx, limitPx],
    ['trigger', intent.triggerPx, triggerPx],
  ] as const;
  return pairs.flatMap(([name, told, placed]) =>
    told === undefined || decimal(told).eq(decimal(placed))
      ? []
      : [`I3 told at the ${name} ${told}, placed at ${placed}`],
  );
}

/** Whether the workflow's result is what the venue did. */
function judgeResult(
  view: OrderView,
  accepted: readonly Acceptance[],
  desk: VenueDesk,
  account: string,
): string[] {
  const found: string[] = [];
  const { status, filledBase } = view;
  const oids = new Set(accepted.map(({ oid }) => oid));
  const fills = [...oids].flatMap((oid) => desk.fillsOf.get(oid) ?? []);
  const sum = fills.reduce((total, { sz }) => total.plus(decimal(sz)), ZERO);
  if (!sum.eq(decimal(filledBase))) {
    found.push(`I3 ${status} says ${filledBase} was filled, the venue filled ${sizeBase(sum)}`);
  }
  const keysOf = (keys: readonly string[]): string => [...keys].sort().join();
  const atVenue = keysOf(fills.map(({ coin, oid, tid, time }) => fillKeyOf(coin, oid, tid, time)));
  const { asset } = view.intent;
  const known = keysOf(
    view.fills.map(({ oid, tid, timeMs }) => fillKeyOf(asset, oid, tid, timeMs)),
  );
  if (atVenue !== known) found.push(`I3 ${status}: other executions than the venue's`);
  if (!TERMINAL_STATUSES.includes(status)) found.push(`I7 ended as ${status}`);
  // Of an order that was amended, only what came last was not placed.
  const neverPlaced = ['DENIED', 'EXPIRED'].includes(status) && view.placedAs === undefined;
  if (neverPlaced && accepted.length > 0) found.push(`I1 ${status}, but the venue accepted it`);
  if (view.foundLate) found.push('I4 found on the venue after it was proven absent');
  const last = accepted.at(-1);
  const atTheVenue = last && desk.venue.orderByOid(account, last.oid);
  const truth = atTheVenue?.status;
  if (status === 'FILLED' && truth !== 'filled' && !sum.gte(decimal(view.intent.sizeBase))) {
    found.push(`I4 FILLED, but the venue says ${truth}`);
  }
  found.push(...judgePrices(view, atTheVenue));
  // An amendment that was withdrawn before it was placed ends the order where the venue knows nothing.
  const isVenueCancel = status === 'CANCELLED' && last !== undefined && view.cloid === last.cloid;
  if (isVenueCancel && !String(truth).toLowerCase().includes('cancel')) {
    found.push(`I4 CANCELLED, but the venue says ${truth}`);
  }
  return found;
}

function judgeOrder(evidence: Evidence, planned: Planned): string[] {
  const { server, desk, tag, ledger, account } = evidence;
  const { intent } = planned;
  const id = orderWorkflowId(intent.account, intent.intentId);
  const run = server.newest.get(id);
  const accepted = desk.acceptances.filter(({ origin }) => origin === id);
  const found = judgeAcceptances(planned, accepted, tag);
  const row = ledger.orders.get(intent.intentId);
  const isTold = row !== undefined && TERMINAL_STATUSES.includes(row.status);
  if (run?.status === 'terminated' && (isTold || !evidence.prepared.has(id))) {
    // An operator ended what only waited for late executions, or had not begun.
    return found.map((text) => `${intent.intentId} ${intent.type}: ${text}`);
  }
  if (run?.status !== 'completed' || run.resultJson === undefined) {
    found.push(`I7 the workflow is ${run?.status ?? 'missing'}`);
  } else {
    const view = JSON.parse(run.resultJson) as OrderView;
    found.push(...judgeResult(view, accepted, desk, account));
    if (row?.status !== view.status || row.filledBase !== view.filledBase) {
      found.push(`I3 the ledger says ${row?.status} ${row?.filledBase}, not ${view.status}`);
    }
  }
  return found.map((text) => `${intent.intentId} ${intent.type}: ${text}`);
}

function judgeAccount({ desk, account, ledger }: Evidence): string[] {
  const found: string[] = [];
  for (const order of desk.venue.openOrders(account)) {
    found.push(`I2 an orphan is on the venue: ${order.cloid} ${order.sz} at ${order.limitPx}`);
  }
  const atVenue = desk.fills.map(({ coin, oid, tid, time }) => fillKeyOf(coin, oid, tid, time));
  const missing = atVenue.filter((key) => !ledger.fillKeys.has(key));
  if (missing.length > 0) found.push(`I3 the ledger lacks ${missing.length} executions`);
  if (ledger.fillKeys.size > atVenue.length) found.push('I3 the ledger has too many executions');
  const { assetPositions } = desk.venue.accountSummary(account);
  const held = new Map(assetPositions.map(({ position }) => [position.coin, position.szi]));
  for (const asset of new Set([...held.keys(), ...ledger.netFills.keys()])) {
    const [position, net] = [held.get(asset) ?? '0', ledger.netFills.get(asset) ?? '0'];
    if (!decimal(position).eq(decimal(net))) {
      found.push(`I3 ${asset}: position ${position}, sum of executions ${net}`);
    }
  }
  const { difference } = desk.venue.conservation();
  if (!decimal(difference).isZero()) found.push(`the venue lost ${difference}`);
  return found;
}

/** Everything that is not as promised. */
export function judge(evidence: Evidence): readonly string[] {
  const origins = new Set(
    evidence.scenario.map(({ intent }) => orderWorkflowId(intent.account, intent.intentId)),
  );
  const foreign = evidence.desk.acceptances.filter(({ origin }) => !origins.has(origin));
  return [
    ...evidence.scenario.flatMap((planned) => judgeOrder(evidence, planned)),
    ...judgeAccount(evidence),
    ...foreign.map(({ cloid }) => `I1 nobody's order ${cloid}`),
    ...evidence.desk.overlaps,
    ...evidence.desk.excesses,
  ];
}
