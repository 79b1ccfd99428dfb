/**
 * StrategySignal + equity + policy -> SizedIntent, or NoSize with its reason. The only mint of
 * SizedIntent. It knows neither the portfolio nor the limits: risk decides what is allowed.
 *
 * Fees and slippage past the stop come on top of the loss that `risk-per-trade` plans for.
 */
import type { Decimal, Px, SizeBase, Usd } from '../kernel/decimal.ts';
import {
  decimal,
  isDecimalText,
  ONE,
  plain,
  ROUND_DOWN,
  ROUND_UP,
  sizeBase,
  usd,
} from '../kernel/decimal.ts';
import { checkNotional, roundPrice, roundSizeDown } from '../market/asset.ts';
import { YEAR_MS } from '../market/interval.ts';
import type { MarketSnapshot } from '../market/snapshot.ts';
import type { StrategySignal } from '../signals/signal.ts';
import { type ExitTerms, exitTermsOf } from './exit-terms.ts';
import type { SizingPolicy } from './sizing-genes.ts';

declare const mint: unique symbol;

export interface SizedIntent {
  readonly kind: 'sized';
  readonly asset: string;
  readonly signal: StrategySignal;
  /** The position to hold, signed (positive is long), in whole lots. */
  readonly targetSizeBase: SizeBase;
  /** The price that the size was computed at: the mid price of the snapshot. */
  readonly referencePx: Px;
  /** Value of the target at the reference price; unsigned. */
  readonly notionalUsd: Usd;
  /** Trigger of the protective stop: a legal price, never nearer than the signal's distance. */
  readonly stopPx: Px;
  /** Stop and targets, when the signal has targets. */
  readonly exits?: ExitTerms;
  /** What is lost when the stop fills at its trigger. */
  readonly lossAtStopUsd: Usd;
  readonly reason: string;
  readonly [mint]: 'SizedIntent';
}

type SizedFacts = Omit<SizedIntent, typeof mint>;

export interface NoSize {
  readonly kind: 'noSize';
  readonly asset: string;
  readonly reason: string;
}

export interface SizingInput {
  readonly signal: StrategySignal;
  readonly snapshot: MarketSnapshot;
  readonly equityUsd: Usd;
  readonly policy: SizingPolicy;
}

/** Sizes the position that a long or short signal asks for. */
export function sizePosition(input: SizingInput): SizedIntent | NoSize {
  const { signal, snapshot, equityUsd, policy } = input;
  const asset = snapshot.asset;
  const noSize = (reason: string): NoSize => ({ kind: 'noSize', asset: asset.name, reason });
  const obstacle = obstacleTo(input);
  if (obstacle !== undefined) return noSize(obstacle);

  const price = decimal(snapshot.midPx);
  const stopPx = stopPriceOf(signal, snapshot);
  if (stopPx === undefined) return noSize('the stop would lie at or below 0');
  const stopDistancePx = price.minus(decimal(stopPx)).abs();
  const equity = decimal(equityUsd);
  const wanted = wantedNotional(input, stopDistancePx);
  if (typeof wanted === 'string') return noSize(wanted);

  const cap = equity.times(decimal(policy.maxPositionFraction));
  const capped = wanted.notional.gt(cap);
  const size = roundSizeDown(asset, (capped ? cap : wanted.notional).div(price));
  const tooSmall = checkNotional(snapshot.midPx, size, false);
  if (tooSmall) return noSize(`${wanted.reason}: ${tooSmall.value} ${tooSmall.rule}`);
  const magnitude = decimal(size);
  const isLong = signal.stance === 'long';
  const exits = signal.exits && exitTermsOf(signal.exits, asset, isLong, snapshot.midPx, stopPx);
  const facts: SizedFacts = {
    kind: 'sized',
    asset: asset.name,
    signal,
    targetSizeBase: sizeBase(isLong ? magnitude : magnitude.negated()),
    referencePx: snapshot.midPx,
    notionalUsd: usd(magnitude.times(price)),
    stopPx,
    ...(exits === undefined ? {} : { exits }),
    lossAtStopUsd: usd(magnitude.times(stopDistancePx)),
    reason: capped
      ? `${wanted.reason}, capped at ${policy.maxPositionFraction} of equity (${cents(cap)} USD)`
      : wanted.reason,
  };
  return facts as SizedIntent;
}

function obstacleTo({ signal, snapshot, equityUsd, policy }: SizingInput): string | undefined {
  if (signal.asset !== snapshot.asset.name) {
    return `the signal is about ${signal.asset}, the snapshot about ${snapshot.asset.name}`;
  }
  if (signal.stance === 'flat') return 'a flat stance has no size';
  if (!isDecimalText(equityUsd) || decimal(equityUsd).lte(0)) {
    return `equity ${equityUsd} USD: must be greater than 0`;
  }
  if (decimal(signal.strength).lt(decimal(policy.minStrength))) {
    return `strength ${signal.strength} is below the least of ${policy.minStrength}`;
  }
  return undefined;
}

/** The stop price, rounded away from the entry so that the distance is never less than asked. */
function stopPriceOf(signal: StrategySignal, snapshot: MarketSnapshot): Px | undefined {
  const distance = decimal(signal.stopDistanceFraction);
  const price = decimal(snapshot.midPx);
  if (signal.stance === 'short') {
    return roundPrice(snapshot.asset, price.times(ONE.plus(distance)), ROUND_UP);
  }
  const below = price.times(ONE.minus(distance));
  if (below.lte(0)) return undefined;
  const rounded = roundPrice(snapshot.asset, below, ROUND_DOWN);
  return decimal(rounded).gt(0) ? rounded : undefined;
}

/**
 * The notional that the method asks for, before the cap, or why it asks for none.
 *
 * risk-per-trade ("percent risk", V. Tharp, Trade Your Way to Financial Freedom, 1998):
 *   size = equity x risk / |entry - stop|.
 * volatility-target (Moreira and Muir, Volatility-Managed Portfolios, Journal of Finance 2017):
 *   notional = equity x target / (volatility per bar x sqrt(bars in a 365-day year)).
 */
function wantedNotional(
  { signal, snapshot, equityUsd, policy }: SizingInput,
  stopDistancePx: Decimal,
): { readonly notional: Decimal; readonly reason: string } | string {
  const equity = decimal(equityUsd);
  if (decimal(signal.stopDistanceFraction).lte(0) || stopDistancePx.lte(0)) {
    return 'the stop distance is 0: the market has not moved';
  }
  if (policy.method === 'risk-per-trade') {
    const risk = equity.times(decimal(policy.riskPerTradeFraction));
    const notional = risk.times(decimal(snapshot.midPx)).div(stopDistancePx);
    const reason = `risks ${cents(risk)} USD over a stop distance of ${plain(stopDistancePx)} USD`;
    return { notional, reason };
  }
  const perBar = decimal(signal.volatilityPerBar);
  if (perBar.lte(0)) return 'the volatility is 0: the market has not moved';
  const perYear = perBar.times(decimal(YEAR_MS).div(snapshot.series.intervalMs).sqrt());
  const target = policy.volatilityTargetAnnual;
  const notional = equity.times(decimal(target)).div(perYear);
  const volatility = plain(perYear.toSignificantDigits(4));
  const reason = `targets ${target} a year at a volatility of ${volatility}`;
  return { notional, reason };
}

const cents = (amount: Decimal): string => plain(amount.toDecimalPlaces(2));
