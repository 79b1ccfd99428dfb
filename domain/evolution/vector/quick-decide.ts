/**
 * The answer of `decideExactly` in floats, where floats leave no doubt: every rounding and every
 * comparison is further from its boundary than all errors together could carry it. What is nearer is
 * not answered, and the very functions of sessions decide (a floating-point filter; J. R. Shewchuk,
 * "Adaptive Precision Floating-Point Arithmetic", 1997). Errors are at most some 1e-12 of a value:
 * signals are rounded to 12 decimals, everything else to 53 bits.
 */
import { MIN_NOTIONAL_USD } from '../../market/asset.ts';
import { YEAR_MS } from '../../market/interval.ts';
import { tickAt } from '../../matching/orders/order-validation.ts';
import { MICRO, type Micro } from '../../matching/state/fixed-point.ts';
import { parseRiskLimits } from '../../risk/limits.ts';
import type { SignalNumbers } from '../../signals/evaluate.ts';
import type { ExitRules } from '../../signals/exit-rules.ts';
import type { AssetSignals } from '../backtest/signal-source.ts';
import type { DecisionTerms, Holdings, Situation, Verdict, WantedStep } from './decide.ts';
import { exitNumbers, type RuleNumbers, ruleNumbers } from './exit-numbers.ts';
import type { MarketNumbers } from './market-numbers.ts';

/** A rounding is not answered this near to a whole number of ticks or lots. */
const NEAR_WHOLE = 1e-5;
/** Nor a comparison this near to equality. */
const NEAR_EQUAL = 1e-9;
/** Signals below this are not answered: their twelve decimals are too few. */
const LEAST_SIGNAL = 1e-5;

const UNCERTAIN = Number.NaN;

/** Rounded down (or up), or {@link UNCERTAIN}. `error` is what the value may be off by. */
function wholeBelow(value: number, error: number, up: boolean): number {
  const nearest = Math.round(value);
  if (!(Math.abs(value - nearest) > Math.max(NEAR_WHOLE, error)) || value > 1e12) return UNCERTAIN;
  return up ? Math.ceil(value) : Math.floor(value);
}

/** 1: at most, 0: more, NaN: too near to say. */
function atMost(value: number, limit: number): number {
  if (Math.abs(value - limit) <= NEAR_EQUAL * Math.abs(limit)) return UNCERTAIN;
  return value < limit ? 1 : 0;
}

const NO_STEPS: Verdict = { steps: [], refusedBy: null };

export class QuickDecider {
  readonly #markets: readonly MarketNumbers[];
  readonly #isReadable: boolean;
  readonly #isByRisk: boolean;
  readonly #risk: number;
  readonly #target: number;
  readonly #maxPosition: number;
  readonly #minStrength: number;
  readonly #barsPerYear: number;
  readonly #rules = new Map<ExitRules, RuleNumbers>();
  readonly #limits: Readonly<
    Record<'order' | 'position' | 'gross' | 'dailyLoss' | 'positions' | 'leverage', number>
  >;

  constructor(markets: readonly MarketNumbers[], { policy, limits, decisionMs }: DecisionTerms) {
    this.#markets = markets;
    this.#isReadable = parseRiskLimits(limits).ok;
    this.#isByRisk = policy.method === 'risk-per-trade';
    this.#risk = Number(policy.riskPerTradeFraction);
    this.#target = Number(policy.volatilityTargetAnnual);
    this.#maxPosition = Number(policy.maxPositionFraction);
    this.#minStrength = Number(policy.minStrength);
    this.#barsPerYear = YEAR_MS / (decisionMs ?? markets[0]?.market.intervalMs ?? YEAR_MS);
    this.#limits = {
      order: Number(limits.maxOrderNotionalUsd),
      position: Number(limits.maxPositionFraction),
      gross: Number(limits.maxGrossExposureFraction),
      dailyLoss: Number(limits.maxDailyLossFraction),
      positions: limits.maxOpenPositions,
      leverage: limits.maxLeverage,
    };
  }

  /** The verdict, or undefined when it is not certain. */
  decide(
    signals: AssetSignals,
    situation: Situation,
    holdings: Holdings,
    dayStartUsd: Micro,
  ): Verdict | undefined {
    const { bar, heldLots } = situation;
    const stance = signals.stance[bar] as number;
    if (stance * heldLots > 0 || stance === 2) return NO_STEPS;
    const leaving: WantedStep[] = [];
    if (heldLots !== 0) {
      const lots = Math.abs(heldLots);
      leaving.push({ kind: 'close', isBuy: heldLots < 0, lots, stopPx: UNCERTAIN });
    }
    const left: Verdict = { steps: leaving, refusedBy: null };
    if (stance === 0 || signals.mayOpen[bar] !== 1) return left;
    const { numbers } = signals;
    if (numbers === undefined || !this.#isReadable) return undefined;
    const sized = this.#entry(numbers, situation, stance);
    const entry = sized && this.#withExits(sized, signals, situation);
    if (entry === undefined) return undefined;
    if (entry === null) return left;
    const refusedBy = this.#refusal(situation, entry, holdings, dayStartUsd);
    if (refusedBy === undefined) return undefined;
    if (refusedBy !== null) return { steps: leaving, refusedBy };
    leaving.push(entry);
    return left;
  }

  /** The entry that sizing asks for; null: none, undefined: not certain. */
  #entry(
    signal: SignalNumbers,
    situation: Situation,
    stance: number,
  ): WantedStep | null | undefined {
    const { bar, midPx, equityUsd } = situation;
    if (equityUsd <= 0) return null;
    if (this.#minStrength > 0) {
      const strength = signal.strength[bar] as number;
      if (Math.abs(strength - this.#minStrength) < NEAR_EQUAL) return undefined;
      if (strength < this.#minStrength) return null;
    }
    const stopPx = this.#stopPx(signal.stopDistanceFraction[bar] as number, situation, stance);
    if (stopPx === null || Number.isNaN(stopPx)) return stopPx === null ? null : undefined;
    const distancePx = Math.abs(midPx - stopPx);
    if (distancePx === 0) return undefined;
    const volatility = signal.volatilityPerBar[bar] as number;
    if (!this.#isByRisk && volatility < LEAST_SIGNAL) return undefined;
    const { lot } = this.#of(situation).terms;
    const wanted = this.#isByRisk
      ? (equityUsd * this.#risk) / distancePx
      : (equityUsd * this.#target) / (volatility * Math.sqrt(this.#barsPerYear)) / midPx;
    const most = (equityUsd * this.#maxPosition) / midPx;
    const size = (Math.min(wanted, most) * MICRO) / lot;
    const error = this.#isByRisk ? size * 1e-12 : (size * 1e-12) / volatility;
    const lots = wholeBelow(size, error, false);
    if (Number.isNaN(lots)) return undefined;
    if (midPx * (lots * lot) < MIN_NOTIONAL_USD * MICRO * MICRO) return null;
    return { kind: 'open', isBuy: stance > 0, lots, stopPx };
  }

  #withExits(entry: WantedStep, { exits }: AssetSignals, situation: Situation) {
    if (exits === undefined) return entry;
    const rules = this.#rules.get(exits) ?? ruleNumbers(exits);
    this.#rules.set(exits, rules);
    const { isBuy, stopPx } = entry;
    const found = exitNumbers(this.#of(situation), rules, isBuy, situation.midPx, stopPx);
    // None within reach: the stop alone.
    if (found === null) return entry;
    return found && { ...entry, exits: found };
  }

  #of({ market }: Situation): MarketNumbers {
    return this.#markets[market] as MarketNumbers;
  }

  /** Rounded away from the entry; null: at or below 0, NaN: not certain. */
  #stopPx(distance: number, situation: Situation, stance: number): Micro | null {
    if (!(distance > LEAST_SIGNAL)) return UNCERTAIN;
    if (stance > 0 && distance > 0.999) return UNCERTAIN;
    const value = situation.midPx * (stance > 0 ? 1 - distance : 1 + distance);
    const tick = tickAt(this.#of(situation).terms, Math.trunc(value));
    const ticks = wholeBelow(value / tick, 0, stance < 0);
    return ticks === 0 ? null : ticks * tick;
  }

  /** The check of risk that refuses the entry; null: none, undefined: not certain. */
  #refusal(
    situation: Situation,
    { lots }: WantedStep,
    holdings: Holdings,
    dayStartUsd: Micro,
  ): string | null | undefined {
    const numbers = this.#of(situation);
    const { terms } = numbers;
    if (terms.spec.isDelisted) return undefined;
    const equity = situation.equityUsd / MICRO;
    if (dayStartUsd <= 0) return 'equity';
    const lost = 1 - situation.equityUsd / dayStartUsd;
    const { order, position, gross, dailyLoss, positions, leverage } = this.#limits;
    if (Math.abs(lost - dailyLoss) < NEAR_EQUAL) return undefined;
    if (lost > dailyLoss) return 'dailyLoss';
    let others = 0;
    let otherAssets = 0;
    for (const market of holdings.held) {
      if (market === situation.market) continue;
      const { lot } = (this.#markets[market] as MarketNumbers).terms;
      const size = ((holdings.lots[market] as number) * lot) / MICRO;
      others += Math.abs(size) * ((holdings.px[market] as number) / MICRO);
      otherAssets += 1;
    }
    const own = ((lots * terms.lot) / MICRO) * (situation.midPx / MICRO);
    const ownLeverage = Math.max(1, Math.min(leverage, terms.spec.maxLeverage));
    const checks: readonly (readonly [check: string, passes: number])[] = [
      ['orderNotional', atMost(own, order)],
      ['openPositions', otherAssets + 1 <= positions ? 1 : 0],
      ['positionSize', atMost(own, equity * position)],
      ['grossExposure', atMost(own + others, equity * gross)],
      ['leverage', atMost(own / ownLeverage + others / leverage, equity)],
    ];
    for (const [check, passes] of checks) {
      if (Number.isNaN(passes)) return undefined;
      if (passes === 0) return check;
    }
    return null;
  }
}
