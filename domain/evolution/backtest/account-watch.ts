/**
 * What the account holds, kept up to date by the venue's events and read anew only after one. Equity
 * between events follows from raw USD and sizes, which only fills, fees and funding change.
 */
import { tickAt } from '../../matching/orders/order-validation.ts';
import { MICRO, type Micro } from '../../matching/state/fixed-point.ts';
import type { VenueDesk } from './venue-desk.ts';

export interface Held {
  readonly asset: string;
  /** Signed. */
  readonly sizeBase: number;
  /** Prices at which the venue's protective stops trigger. */
  readonly stopPx: readonly number[];
  /** Those at which its targets do. */
  readonly targetPx: readonly number[];
  /** Whether one of them covers the whole position. */
  readonly isCovered: boolean;
}

/** A stop or a target this near to the bar's extremes may trigger: prices of the path are rounded to ticks. */
const REACH_TICKS = 2;
/** Equity below this many maintenance margins is looked at step by step. */
const SAFE_MARGINS = 3;

/**
 * The price from which on one of the triggers may fire, tick rounding considered.
 * @param isBelow whether they fire on the way down: stops of a long, targets of a short
 */
export function triggerReach(pxStep: Micro, isBelow: boolean, prices: readonly number[]): number {
  const reaches = prices.map((price) => {
    const apart = (REACH_TICKS * tickAt({ pxStep }, Math.round(price * MICRO))) / MICRO;
    return isBelow ? price + apart : price - apart;
  });
  return isBelow ? Math.max(...reaches) : Math.min(...reaches);
}

export class AccountWatch {
  readonly #desk: VenueDesk;
  #isStale = true;
  #rawUsd = 0;
  #held: readonly Held[] = [];

  constructor(desk: VenueDesk) {
    this.#desk = desk;
  }

  touch(): void {
    this.#isStale = true;
  }

  #refresh(): void {
    if (!this.#isStale) return;
    this.#isStale = false;
    const { marginSummary, assetPositions } = this.#desk.summary();
    this.#rawUsd = Number(marginSummary.totalRawUsd);
    this.#held = assetPositions.map(({ position: { coin, szi } }) => ({
      asset: coin,
      sizeBase: Number(szi),
      stopPx: this.#desk.triggerPrices(coin, false),
      targetPx: this.#desk.triggerPrices(coin, true),
      isCovered: this.#desk.isCovered(coin, Number(szi)),
    }));
  }

  get held(): readonly Held[] {
    this.#refresh();
    return this.#held;
  }

  get rawUsd(): number {
    this.#refresh();
    return this.#rawUsd;
  }

  /** -1, 0 or 1. */
  signOf(asset: string): number {
    return Math.sign(this.held.find((held) => held.asset === asset)?.sizeBase ?? 0);
  }

  /** Whether the asset is held without a stop for all of it. */
  isBare(asset: string): boolean {
    return this.held.some((held) => held.asset === asset && !held.isCovered);
  }

  /** Equity with every position valued at `pxOf` its asset. */
  equityAt(pxOf: (asset: string) => number): number {
    return this.held.reduce(
      (sum, { asset, sizeBase }) => sum + sizeBase * pxOf(asset),
      this.rawUsd,
    );
  }

  /**
   * Whether a stop or target of the asset can trigger between these prices. A position without a stop:
   * yes.
   */
  mayTrigger({ asset, sizeBase, stopPx, targetPx }: Held, low: number, high: number): boolean {
    if (stopPx.length === 0) return true;
    const isLong = sizeBase > 0;
    const pxStep = this.#desk.pxStepOf(asset);
    const stop = triggerReach(pxStep, isLong, stopPx);
    // Without targets there is nothing to reach: the reach is beyond all prices.
    const target = triggerReach(pxStep, !isLong, targetPx);
    return isLong ? low <= stop || high >= target : high >= stop || low <= target;
  }

  /** Whether the worst prices that the bars hold bring the account near its liquidation. */
  mayBeLiquidated(worstPxOf: (held: Held) => number): boolean {
    let equity = this.rawUsd;
    let maintenance = 0;
    for (const held of this.held) {
      const value = held.sizeBase * worstPxOf(held);
      equity += value;
      maintenance += Math.abs(value) / (2 * this.#desk.assetOf(held.asset).maxLeverage);
    }
    return equity < SAFE_MARGINS * maintenance;
  }
}
