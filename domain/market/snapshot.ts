/**
 * MarketSnapshot: everything of the market that one decision on one bar may read. Minted here only.
 *
 * Two clocks, never compared with each other: `asOfMs` and bar times are the market's (a tape may
 * run at any speed), `receivedAtMs` is ours.
 */
import type { Fraction, Px } from '../kernel/decimal.ts';
import { decimal, fraction, isDecimalText, px } from '../kernel/decimal.ts';
import { canonicalJson, sha256Hex } from '../kernel/ids.ts';
import type { Outcome, RuleViolation } from '../kernel/outcome.ts';
import { err, ok, shownValue } from '../kernel/outcome.ts';
import type { AssetSpec } from './asset.ts';
import type { CandleSeries } from './candles.ts';
import { barsFrom, checkSeries } from './candles.ts';
import type { FundingSeries, SentimentSeries } from './side-series.ts';
import { checkTimed } from './side-series.ts';

declare const mint: unique symbol;

/** What a snapshot is made from, as a gateway hears it. */
export interface MarketFacts {
  readonly asset: AssetSpec;
  readonly series: CandleSeries;
  readonly midPx: string;
  readonly markPx: string;
  /** The rate that will be paid at the next hour, as a fraction of notional per hour. */
  readonly fundingRatePerHour?: string;
  /** Past payments, for strategies that read them. */
  readonly funding?: FundingSeries;
  readonly sentiment?: SentimentSeries;
  /** Closed bars of other assets by name, of the same interval. */
  readonly others?: Readonly<Record<string, CandleSeries>>;
  /** When the prices were heard, on our clock. */
  readonly receivedAtMs: number;
  /** The moment the facts describe, on the market's clock. */
  readonly asOfMs: number;
}

export interface MarketSnapshot {
  readonly asset: AssetSpec;
  /** Closed bars only, at least one. */
  readonly series: CandleSeries;
  readonly midPx: Px;
  readonly markPx: Px;
  readonly fundingRatePerHour?: Fraction;
  readonly funding?: FundingSeries;
  readonly sentiment?: SentimentSeries;
  readonly others?: Readonly<Record<string, CandleSeries>>;
  /** Open time of the last closed bar, on the market's clock. */
  readonly barOpenTimeMs: number;
  readonly receivedAtMs: number;
  readonly asOfMs: number;
  readonly [mint]: 'MarketSnapshot';
}

/** Mints a snapshot, or names the first broken rule. */
export function marketSnapshot(facts: MarketFacts): Outcome<MarketSnapshot, RuleViolation> {
  const { asset, series } = facts;
  const barOpenTimeMs = series.openTimeMs.at(-1);
  const violation =
    checkSeries(series) ?? checkPrices(facts) ?? checkTimes(facts) ?? checkBeside(facts);
  if (violation) return err(violation);
  if (series.asset !== asset.name) {
    return err({ field: 'series.asset', value: series.asset, rule: `must be ${asset.name}` });
  }
  if (barOpenTimeMs === undefined) {
    return err({ field: 'series', value: 'no bars', rule: 'must have at least one closed bar' });
  }
  if (barOpenTimeMs + series.intervalMs > facts.asOfMs) {
    const rule = `must have closed at ${facts.asOfMs}: decisions see closed bars only`;
    return err({ field: 'series', value: `bar at ${barOpenTimeMs}`, rule });
  }
  const { fundingRatePerHour, funding, sentiment, others } = facts;
  const snapshot: Omit<MarketSnapshot, typeof mint> = {
    asset,
    series,
    midPx: px(facts.midPx),
    markPx: px(facts.markPx),
    ...(fundingRatePerHour === undefined
      ? {}
      : { fundingRatePerHour: fraction(fundingRatePerHour) }),
    ...(funding === undefined ? {} : { funding }),
    ...(sentiment === undefined ? {} : { sentiment }),
    ...(others === undefined ? {} : { others }),
    barOpenTimeMs,
    receivedAtMs: facts.receivedAtMs,
    asOfMs: facts.asOfMs,
  };
  return ok(snapshot as MarketSnapshot);
}

function checkPrices(facts: MarketFacts): RuleViolation | undefined {
  for (const field of ['midPx', 'markPx'] as const) {
    const value = facts[field];
    if (typeof value !== 'string' || !isDecimalText(value) || decimal(value).lte(0)) {
      return { field, value: shownValue(value), rule: 'must be a plain decimal number above 0' };
    }
  }
  const funding = facts.fundingRatePerHour;
  if (funding === undefined || isDecimalText(funding)) return undefined;
  return { field: 'fundingRatePerHour', value: funding, rule: 'must be a plain decimal number' };
}

function checkBeside(facts: MarketFacts): RuleViolation | undefined {
  for (const field of ['funding', 'sentiment'] as const) {
    const series = facts[field];
    const violation = series && checkTimed(field, series);
    if (violation) return violation;
  }
  for (const [asset, series] of Object.entries(facts.others ?? {})) {
    const violation = checkSeries(series);
    if (violation) return { ...violation, field: `others.${asset}.${violation.field}` };
    if (series.intervalMs !== facts.series.intervalMs) {
      const rule = `must be ${facts.series.intervalMs}`;
      return { field: `others.${asset}.intervalMs`, value: `${series.intervalMs}`, rule };
    }
  }
  return undefined;
}

function checkTimes(facts: MarketFacts): RuleViolation | undefined {
  for (const field of ['receivedAtMs', 'asOfMs'] as const) {
    if (!Number.isSafeInteger(facts[field])) {
      return { field, value: `${facts[field]}`, rule: 'must be whole milliseconds' };
    }
  }
  return undefined;
}

/**
 * Why the snapshot is too old to open a position on, or undefined when it is fresh: its prices
 * were heard more than `maxAgeMs` ago (or claim to come from the future, by our clock `nowMs`), or
 * more than one bar closed after its last one (by the market's clock).
 */
export function staleness(
  snapshot: MarketSnapshot,
  nowMs: number,
  maxAgeMs: number,
): RuleViolation | undefined {
  const ageMs = nowMs - snapshot.receivedAtMs;
  if (!(Math.abs(ageMs) <= maxAgeMs)) {
    const rule = `must be at most ${maxAgeMs} ms`;
    return { field: 'snapshot age', value: `${ageMs} ms`, rule };
  }
  const closedBars = Math.floor(
    (snapshot.asOfMs - snapshot.barOpenTimeMs) / snapshot.series.intervalMs,
  );
  if (closedBars <= 2) return undefined;
  return {
    field: 'last bar',
    value: `${closedBars - 1} newer bars have closed`,
    rule: `at most 1 bar may have closed since ${snapshot.barOpenTimeMs}`,
  };
}

/** SHA-256 over what a decision reads: bars from `fromMs` on, the prices, and all that lies beside. */
export function snapshotHash(
  snapshot: MarketSnapshot,
  fromMs: number = Number.NEGATIVE_INFINITY,
): string {
  const { asset, midPx, markPx, fundingRatePerHour, funding, sentiment, others } = snapshot;
  const plainSeries = (timed: FundingSeries | undefined) =>
    timed && { timeMs: [...timed.timeMs], value: [...timed.value] };
  const beside =
    others &&
    Object.fromEntries(
      Object.entries(others).map(([name, series]) => [name, barsFrom(series, fromMs)]),
    );
  return sha256Hex(
    canonicalJson({
      asset,
      series: barsFrom(snapshot.series, fromMs),
      midPx,
      markPx,
      fundingRatePerHour,
      funding: plainSeries(funding),
      sentiment: plainSeries(sentiment),
      others: beside,
    }),
  );
}
