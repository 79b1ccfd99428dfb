/**
 * Where an order stands of which more epochs are stored than its run knows: it was amended by a run
 * that was lost, terminated or reset. The older epochs are dead, since none is opened before that is
 * proven; what became of the newest one is for the run to find out.
 */
import type { OrderIntent } from '../domain/execution/intent.ts';
import {
  type Amendment,
  filledOverall,
  type Resumption,
} from '../domain/execution/order-epochs.ts';
import type { OrderFacts } from '../domain/execution/order-facts.ts';
import { fillFact, fillKey, newOrderFacts } from '../domain/execution/order-facts.ts';
import type { OrderView } from '../domain/execution/order-view.ts';
import { type Decimal, decimal, sizeBase, ZERO } from '../domain/kernel/decimal.ts';
import type { Cloid, DeploymentTag } from '../domain/kernel/ids.ts';
import { cloidOf } from './order-envelope.ts';
import { askedBase, askedChange, type Envelope, isSealed } from './ports/envelope.ts';
import type { LedgerPort } from './ports/ledger.ts';
import type { VenueFill, VenuePort } from './ports/venue.ts';

const UNKNOWN = 'the run that placed it is gone';
/** An envelope lands at most half a minute before it expires, and clocks may differ by as much. */
const FILL_LOOKBACK_MS = 90_000;

/** Whether the venue never had the order: nothing can be asked there of how it ended. */
export const wasNeverTaken = ({ oid, filledBase }: OrderView): boolean =>
  oid === undefined && decimal(filledBase).isZero();

/** Why the venue refused this envelope, if that is how the order ended. */
export const refusalOf = (end: OrderView | undefined, cloid: Cloid): string | undefined =>
  end?.status === 'REJECTED' && wasNeverTaken(end) && end.cloid === cloid
    ? (end.reason ?? 'refused')
    : undefined;

export interface EpochPorts {
  readonly venue: Pick<VenuePort, 'orderStatus' | 'fillsSince'>;
  readonly ledger: Pick<LedgerPort, 'endedOrder' | 'envelope' | 'fillsOf' | 'recordFills'>;
  readonly tag: DeploymentTag;
}

/** The number of the newest stored epoch. @param from one that is known to be stored, or 0 */
export async function newestEpoch(
  { ledger, tag }: Pick<EpochPorts, 'ledger' | 'tag'>,
  intent: OrderIntent,
  from: number,
): Promise<number> {
  for (let epoch = from; ; epoch += 1) {
    const next = await ledger.envelope(cloidOf(tag, intent, epoch + 1));
    if (next === undefined || isSealed(next)) return epoch;
  }
}

const factsOf = ({ cloid, epoch, sends, ...envelope }: Envelope, intent: OrderIntent) => ({
  ...newOrderFacts(askedBase({ cloid, epoch, sends, ...envelope }) ?? intent.sizeBase),
  cloid,
  epoch,
  sends: Math.max(1, sends),
});

/** An epoch that is over, with everything that venue and ledger know of it. */
async function pastOf(
  { venue }: EpochPorts,
  intent: OrderIntent,
  envelope: Envelope,
  fills: readonly VenueFill[],
): Promise<OrderFacts> {
  const own = fills.filter(({ cloid }) => cloid === envelope.cloid);
  const status = (await venue.orderStatus(intent.account, envelope.cloid))?.fact;
  return {
    ...factsOf(envelope, intent),
    ...(status === undefined ? { unknown: UNKNOWN } : { venue: status }),
    fills: Object.fromEntries(own.map((fill) => [fillKey(fill), fillFact(fill)])),
  };
}

/** Whether the order ended as an amendment that got no envelope: denied, or withdrawn before. */
export const endedBehind = (end: OrderView | undefined): end is OrderView =>
  end !== undefined && end.cloid === undefined;

/** The epoch that got no envelope, as its end was told. */
function unstoredEnd(
  { intent, reason, denial }: OrderView,
  past: readonly OrderFacts[],
  { epoch }: Envelope,
): OrderFacts {
  const filled = filledOverall(past, newOrderFacts(sizeBase(0)));
  const left: Decimal = decimal(intent.sizeBase).minus(filled);
  return {
    ...newOrderFacts(sizeBase(left.gt(ZERO) ? left : ZERO)),
    epoch: epoch + 1,
    ...(denial === undefined ? { withdrawn: reason ?? UNKNOWN } : { denied: denial }),
  };
}

/** The prices and the kind at which an order stands: of its newest envelope, or as its end was told. */
function changeOf(
  intent: OrderIntent,
  last: Envelope,
  end: OrderView | undefined,
): Amendment | undefined {
  if (!endedBehind(end)) return askedChange(last, intent);
  const { type, limitPx, triggerPx } = end.intent;
  return {
    ...(limitPx === undefined ? {} : { limitPx }),
    ...(triggerPx === undefined ? {} : { triggerPx }),
    ...(type === 'MARKET' ? { type } : {}),
  };
}

/** What became of the newest envelope: as its end was told, unless the venue can say it. */
async function outcomeOf(
  { venue }: EpochPorts,
  { account }: OrderIntent,
  { cloid }: Envelope,
  end: OrderView | undefined,
): Promise<Pick<OrderFacts, 'unknown' | 'rejected' | 'withdrawn'>> {
  const refusal = refusalOf(end, cloid);
  if (refusal !== undefined) return { rejected: refusal };
  const isOurs = end?.status === 'REJECTED' || end?.status === 'CANCELLED';
  if (!isOurs || end.cloid !== cloid) return { unknown: UNKNOWN };
  if ((await venue.orderStatus(account, cloid)) !== undefined) return { unknown: UNKNOWN };
  const reason = end.reason ?? UNKNOWN;
  return end.status === 'REJECTED' ? { rejected: reason } : { withdrawn: reason };
}

/**
 * What a run needs to go on from an epoch. An order whose end was told stands at that end.
 * @param newest its number
 * @throws VenueUnreachable, StoreUnavailable: nothing is known then
 */
export async function standingAt(
  ports: EpochPorts,
  intent: OrderIntent,
  newest: number,
): Promise<Resumption> {
  const { ledger, venue, tag } = ports;
  const { account } = intent;
  const envelopes: Envelope[] = [];
  for (let epoch = 0; epoch <= newest; epoch += 1) {
    const envelope = await ledger.envelope(cloidOf(tag, intent, epoch));
    if (envelope !== undefined) envelopes.push(envelope);
  }
  const [first, last] = [envelopes[0], envelopes.at(-1)];
  if (first === undefined || last === undefined) {
    throw new RangeError(`intent ${intent.intentId}: epoch ${newest} is not stored`);
  }
  const sinceMs = first.expiresAfterMs - FILL_LOOKBACK_MS;
  const known = await ledger.fillsOf(account, 0);
  const shown = await venue.fillsSince(account, sinceMs);
  const cloids = new Set(envelopes.map(({ cloid }) => cloid));
  const own = shown.filter(({ cloid }) => cloid !== undefined && cloids.has(cloid));
  // As in a look-up: an order knows no execution that the ledger lacks.
  if (own.length > 0) await ledger.recordFills(account, own);
  const fills = [...known, ...shown];
  const end = await ledger.endedOrder(account, intent.intentId);
  const past: OrderFacts[] = [];
  for (const envelope of endedBehind(end) ? envelopes : envelopes.slice(0, -1)) {
    past.push(await pastOf(ports, intent, envelope, fills));
  }
  const change = changeOf(intent, last, end);
  return {
    facts: endedBehind(end)
      ? unstoredEnd(end, past, last)
      : { ...factsOf(last, intent), ...(await outcomeOf(ports, intent, last, end)) },
    past,
    expiresAfterMs: last.expiresAfterMs,
    // Executions are looked for from a while before the envelope expired; see `resolve-doubt.ts`.
    startedMs: last.expiresAfterMs,
    ...(change === undefined ? {} : { change }),
  };
}
