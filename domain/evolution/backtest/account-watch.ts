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
  /** Whether one of them covers the whole position. */
  readonly isCovered: boolean;
}

/** A stop this near to the bar's extremes may trigger: prices of the path are rounded to ticks. */
const REACH_TICKS = 2;
/** Equity below this many maintenance margins is looked at step by step. */
const SAFE_MARGINS = 3;

/** The price from which on one of the stops may trigger, tick rounding considered. */
export function stopReach(pxStep: Micro, isLong: boolean, stopPx: readonly number[]): number {
  const reaches = stopPx.map((stop) => {
    const apart = (REACH_TICKS * tickAt({ pxStep }, Math.round(stop * MICRO))) / MICRO;
    return isLong ? stop + apart : stop - apart;
  });
  return isLong ? Math.max(...reaches) : Math.min(...reaches);
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
      stopPx: this.#desk.stopPrices(coin),
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

  /** Whether a stop of the asset can trigger between these prices. A position without one: yes. */
  mayTrigger({ asset, sizeBase, stopPx }: Held, low: number, high: number): boolean {
    if (stopPx.length === 0) return true;
    const reach = stopReach(this.#desk.pxStepOf(asset), sizeBase > 0, stopPx);
    return sizeBase > 0 ? low <= reach : high >= reach;
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
