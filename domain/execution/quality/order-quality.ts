/**
 * How well one order was executed, against the prices at its decision and at its arrival.
 *
 * Signs: every cost is positive when it is a cost, negative when it is a gain. With side sign s (+1
 * buy, -1 sell), size Q, fills (q_i, p_i) that sum to q, decision price P_d, arrival mid P_a and the mid
 * when the order ended P_e, in USD:
 *
 *   delay        = s q (P_a - P_d)            the market moved before the order arrived
 *   trading      = s sum q_i (p_i - P_a)      what was paid against the mid at arrival
 *   fees         = sum of the venue's fees
 *   opportunity  = s (Q - q) (P_e - P_d)      what did not fill, at the price it could have had
 *   shortfall    = delay + trading + fees + opportunity
 *
 * Source: A. Perold, "The Implementation Shortfall: Paper Versus Reality", Journal of Portfolio
 * Management 14(3), 1988; the split into delay and trading follows R. Kissell, "The Expanded
 * Implementation Shortfall", Journal of Trading 1(3), 2006.
 */
import type { Decimal, Px, SizeBase, Usd } from '../../kernel/decimal.ts';
import { decimal, plain, px, sizeBase, usd, ZERO } from '../../kernel/decimal.ts';
import type { Side } from '../../market/side.ts';
import { signOf } from '../../market/side.ts';
import { isTrigger, type OrderType } from '../intent.ts';
import type { FillFact } from '../order-facts.ts';
import type { Arrival } from './arrival.ts';
import { HORIZONS_MS, isInTime, type Markout, type PriceMark } from './markout.ts';

/** A number of basis points as plain decimal text, rounded to six decimals. */
export type Bps = string;

export interface MarkedFill extends FillFact {
  readonly markouts: readonly Markout[];
}

/** What is known of an order. */
export interface OrderEvidence {
  readonly side: Side;
  readonly type: OrderType;
  /** The whole size, as amended last. */
  readonly sizeBase: SizeBase;
  readonly hasEnded: boolean;
  readonly triggerPx?: Px;
  /** The mid when the session decided; absent for an order of a person. */
  readonly decisionPx?: Px;
  readonly arrival?: Arrival;
  /** The mid when it ended; wanted when something was left unfilled. */
  readonly end?: PriceMark;
  readonly fills: readonly MarkedFill[];
  /** From sending to the venue's reply, by our own clock. */
  readonly ackMs?: number;
}

export interface MarkoutCost {
  readonly horizonMs: number;
  /** Size-weighted over the fills whose mid was taken in time; absent without one. */
  readonly bps?: Bps;
  readonly fills: number;
  /** The same over the fills whose price was taken late, or is no mid. */
  readonly lateBps?: Bps;
  readonly late: number;
  /** Fills of whose moment no price was found. */
  readonly missing: number;
}

export interface OrderQuality {
  /** What costs are measured from: the decision, the arrival, or the trigger of a stop. */
  readonly benchmark: 'decision' | 'arrival' | 'trigger' | 'none';
  readonly benchmarkPx?: Px;
  readonly arrivalPx?: Px;
  readonly averagePx?: Px;
  readonly filledBase: SizeBase;
  readonly notionalUsd: Usd;
  /** Filled part of the size, 0 to 1. */
  readonly fillRatio: string;
  /** Part of the filled notional that rested in the book, 0 to 1; absent without a fill. */
  readonly makerShare?: string;
  readonly feeUsd: Usd;
  readonly feeBps?: Bps;
  readonly delayUsd?: Usd;
  readonly tradingUsd?: Usd;
  /** 0 when everything filled; absent while the order is open or the mid at its end is not known. */
  readonly opportunityUsd?: Usd;
  /** Absent while a part of it is not known. */
  readonly shortfallUsd?: Usd;
  /** Of the whole size at the benchmark price. */
  readonly shortfallBps?: Bps;
  /** Average price against the mid at arrival. */
  readonly slippageMidBps?: Bps;
  /** Average price against what the visible book would have given for the whole size at arrival. */
  readonly slippageBookBps?: Bps;
  /** Half the spread at arrival, of the mid. */
  readonly halfSpreadBps?: Bps;
  readonly markouts: readonly MarkoutCost[];
  readonly ackMs?: number;
  /** Venue's clock of the first and last fill, less its clock at arrival (measured within 30 s). */
  readonly firstFillMs?: number;
  readonly lastFillMs?: number;
}

const RATIO_DECIMALS = 6;
const TEN_THOUSAND = decimal(10_000);

export const bpsOf = (part: Decimal, whole: Decimal): Bps =>
  plain(part.div(whole).times(TEN_THOUSAND).toDecimalPlaces(RATIO_DECIMALS));
const ratioOf = (part: Decimal, whole: Decimal): string =>
  plain(part.div(whole).toDecimalPlaces(RATIO_DECIMALS));

const sumOf = <Item>(items: readonly Item[], pick: (item: Item) => Decimal): Decimal =>
  items.reduce((sum, item) => sum.plus(pick(item)), ZERO);

const notionalOf = (fill: FillFact): Decimal => decimal(fill.px).times(decimal(fill.sizeBase));

/** Leaves out what is undefined, so that an absent measure is an absent key. */
const known = <Fields extends object>(
  fields: {
    readonly [Key in keyof Fields]: Fields[Key] | undefined;
  },
): Partial<Fields> =>
  Object.fromEntries(
    Object.entries(fields).filter(([, value]) => value !== undefined),
  ) as Partial<Fields>;

interface PricedFill {
  readonly fill: MarkedFill;
  readonly markout: Markout;
  readonly mid: Decimal;
}

/** Undefined without a fill. */
function costAgainst(side: Side, priced: readonly PricedFill[]): Bps | undefined {
  if (priced.length === 0) return undefined;
  const cost = sumOf(priced, ({ fill, mid }) =>
    decimal(fill.px).minus(mid).times(decimal(fill.sizeBase)).times(signOf(side)),
  );
  return bpsOf(
    cost,
    sumOf(priced, ({ fill }) => notionalOf(fill)),
  );
}

/**
 * Cost of the fills against the mid m_i a while later, s sum q_i (p_i - m_i) / sum q_i p_i: positive
 * when the market turned against the fill, that is, when it was picked off.
 */
export function markoutCost(
  side: Side,
  fills: readonly MarkedFill[],
  horizonMs: number,
): MarkoutCost {
  const marked = fills.flatMap((fill) => {
    const markout = fill.markouts.find((each) => each.horizonMs === horizonMs);
    return markout === undefined ? [] : [{ fill, markout }];
  });
  const priced = marked.flatMap(({ fill, markout }): PricedFill[] =>
    markout.px === undefined ? [] : [{ fill, markout, mid: decimal(markout.px) }],
  );
  const inTime = priced.filter(({ fill, markout }) => isInTime(fill.timeMs, markout));
  const late = priced.filter(({ fill, markout }) => !isInTime(fill.timeMs, markout));
  return {
    horizonMs,
    fills: inTime.length,
    late: late.length,
    missing: marked.length - priced.length,
    ...known({ bps: costAgainst(side, inTime), lateBps: costAgainst(side, late) }),
  };
}

interface Benchmark {
  readonly benchmark: OrderQuality['benchmark'];
  readonly px?: Px;
}

/** A stop is meant to trade at its trigger, whatever the market was when it was placed. */
function benchmarkOf({ type, triggerPx, decisionPx, arrival }: OrderEvidence): Benchmark {
  if (isTrigger(type) && triggerPx !== undefined) return { benchmark: 'trigger', px: triggerPx };
  if (decisionPx !== undefined) return { benchmark: 'decision', px: decisionPx };
  if (arrival !== undefined) return { benchmark: 'arrival', px: arrival.midPx };
  return { benchmark: 'none' };
}

/** The four parts of the shortfall; what is not known is absent, and then the whole is too. */
function shortfall(evidence: OrderEvidence, { benchmark, px: at }: Benchmark, filled: Decimal) {
  const { side, arrival, end, fills, hasEnded } = evidence;
  if (at === undefined) return {};
  const sign = signOf(side);
  const start = decimal(at);
  // A trigger's price is what it arrives at: there is neither a delay nor a missed chance before it.
  const isStop = benchmark === 'trigger';
  const arrivedAt = isStop ? start : arrival && decimal(arrival.midPx);
  const rest = decimal(evidence.sizeBase).minus(filled);
  const delay = arrivedAt?.minus(start).times(filled).times(sign);
  const trading =
    arrivedAt &&
    sumOf(fills, (fill) =>
      decimal(fill.px).minus(arrivedAt).times(decimal(fill.sizeBase)).times(sign),
    );
  const isMissed = rest.gt(0) && !isStop;
  const missed = end?.px && decimal(end.px).minus(start).times(rest).times(sign);
  const opportunity = hasEnded ? (isMissed ? missed : ZERO) : undefined;
  const executed = sumOf(fills, (fill) =>
    decimal(fill.px).minus(start).times(decimal(fill.sizeBase)).times(sign),
  );
  const total =
    opportunity && executed.plus(sumOf(fills, (fill) => decimal(fill.feeUsd))).plus(opportunity);
  const whole = start.times(decimal(evidence.sizeBase));
  return known({
    delayUsd: delay && usd(delay),
    tradingUsd: trading && usd(trading),
    opportunityUsd: opportunity && usd(opportunity),
    shortfallUsd: total && usd(total),
    shortfallBps: total && whole.gt(0) ? bpsOf(total, whole) : undefined,
  });
}

/** Average price against arrival: (average - reference) / reference, as a cost of the side. */
function slippage(evidence: OrderEvidence, average: Decimal | undefined) {
  const { side, arrival, type } = evidence;
  if (arrival === undefined || isTrigger(type)) return {};
  const { midPx, bidPx, askPx, book } = arrival;
  const against = (reference: Px): Bps | undefined =>
    average && bpsOf(average.minus(decimal(reference)).times(signOf(side)), decimal(reference));
  const isDeep = book !== undefined && decimal(book.sizeBase).gte(decimal(evidence.sizeBase));
  return known({
    slippageMidBps: against(midPx),
    slippageBookBps: isDeep ? against(book.px) : undefined,
    halfSpreadBps:
      bidPx === undefined || askPx === undefined
        ? undefined
        : bpsOf(decimal(askPx).minus(decimal(bidPx)).div(2), decimal(midPx)),
  });
}

function times({ arrival, fills, ackMs, type }: OrderEvidence) {
  const moments = fills.map((fill) => fill.timeMs);
  const since = (timeMs: number): number | undefined =>
    arrival === undefined || fills.length === 0 || isTrigger(type)
      ? undefined
      : timeMs - arrival.atMs;
  return known({
    ackMs,
    firstFillMs: since(Math.min(...moments)),
    lastFillMs: since(Math.max(...moments)),
  });
}

/** Measures an order. Total: what the evidence does not tell is absent from the answer. */
export function orderQuality(evidence: OrderEvidence): OrderQuality {
  const { fills, side, arrival } = evidence;
  const filled = sumOf(fills, (fill) => decimal(fill.sizeBase));
  const notional = sumOf(fills, notionalOf);
  const fees = sumOf(fills, (fill) => decimal(fill.feeUsd));
  const resting = fills.filter((fill) => !fill.crossed);
  const average = filled.gt(0) ? notional.div(filled) : undefined;
  const size = decimal(evidence.sizeBase);
  const from = benchmarkOf(evidence);
  return {
    benchmark: from.benchmark,
    filledBase: sizeBase(filled),
    notionalUsd: usd(notional),
    fillRatio: size.gt(0) ? ratioOf(filled, size) : '0',
    feeUsd: usd(fees),
    markouts: HORIZONS_MS.map((horizonMs) => markoutCost(side, fills, horizonMs)),
    ...known({
      benchmarkPx: from.px,
      arrivalPx: arrival?.midPx,
      averagePx: average && px(average.toSignificantDigits(20)),
      makerShare: average && ratioOf(sumOf(resting, notionalOf), notional),
      feeBps: average && bpsOf(fees, notional),
    }),
    ...shortfall(evidence, from, filled),
    ...slippage(evidence, average),
    ...times(evidence),
  };
}

/**
 * A parent order measured as one: everything that its legs filled, against the mid when the first of
 * them arrived. Undefined when its legs filled on both sides, or none arrived.
 * @param legs oldest first
 * @param size of the parent; of its filled legs when it has none of its own
 */
export function parentQuality(
  legs: readonly OrderEvidence[],
  size: SizeBase | undefined,
): OrderQuality | undefined {
  const filled = legs.filter(({ fills }) => fills.length > 0);
  const first = legs.find(({ arrival }) => arrival !== undefined);
  const side = filled[0]?.side ?? first?.side;
  if (first?.arrival === undefined || side === undefined) return undefined;
  if (filled.some((leg) => leg.side !== side)) return undefined;
  const fills = filled.flatMap((leg) => leg.fills);
  const total = sumOf(fills, (fill) => decimal(fill.sizeBase));
  const end = legs.findLast((leg) => leg.end !== undefined)?.end;
  return orderQuality({
    side,
    // Slices are measured as one order that was worked, whatever each of them was.
    type: 'LIMIT',
    sizeBase: size ?? sizeBase(total),
    hasEnded: legs.every(({ hasEnded }) => hasEnded),
    arrival: { atMs: first.arrival.atMs, midPx: first.arrival.midPx },
    ...(end === undefined ? {} : { end }),
    fills,
  });
}
