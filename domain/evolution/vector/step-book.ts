/**
 * One side after the other of the modelled book at one moment of a bar, in whole numbers: what
 * `matching/market/candle-market` writes as text, made level by level as far as an order walks.
 * Depth that was taken stays taken until the next moment.
 */
import { createRng, seedOf, seedWith } from '../../kernel/rng.ts';
import {
  BOOK_LEVELS,
  bestPair,
  type CandlePrices,
  drawWeight,
  fewestLots,
  levelLots,
  nextLevelPx,
  pathPx,
} from '../../matching/market/candle-market.ts';
import type { Micro } from '../../matching/state/fixed-point.ts';
import { type ModelTerms, spreadOf } from '../backtest/candle-model.ts';
import type { MarketNumbers } from './market-numbers.ts';

interface Side {
  readonly isBid: boolean;
  readonly px: Float64Array;
  /** Left of each level. */
  readonly lots: Float64Array;
  /** Levels made so far; the first with anything left. */
  made: number;
  first: number;
  /** Whether a price of 0 ended the side. */
  isWhole: boolean;
}

const emptySide = (isBid: boolean): Side => ({
  isBid,
  px: new Float64Array(BOOK_LEVELS),
  lots: new Float64Array(BOOK_LEVELS),
  made: 0,
  first: 0,
  isWhole: false,
});

export class StepBook {
  readonly #numbers: MarketNumbers;
  readonly #terms: ModelTerms;
  readonly #weights = new Int32Array(2 * BOOK_LEVELS);
  readonly #bids = emptySide(true);
  readonly #asks = emptySide(false);
  #bar = -1;
  #step = -1;
  #prices: CandlePrices = { open: 0, high: 0, low: 0, close: 0 };
  #pricesBar = -1;
  #isMade = false;
  #minuteLots = 0;
  markPx: Micro = 0;

  /** As `modelStep` seeds it: run, asset, bar, moment. */
  readonly #marketSeed: number;
  readonly #stepWords: readonly string[];
  readonly #spreadBps: number;
  #seedBar = -1;
  #barSeed = 0;

  constructor(numbers: MarketNumbers, terms: ModelTerms) {
    this.#numbers = numbers;
    this.#terms = terms;
    this.#spreadBps = spreadOf(terms, numbers.name);
    this.#marketSeed = seedOf(terms.seed, numbers.name, '');
    this.#stepWords = Array.from({ length: terms.stepsPerBar }, (_, step) => `${step}|book`);
  }

  /** Whether this very moment is shown, with whatever was taken of it. */
  shows(bar: number, step: number): boolean {
    return this.#bar === bar && this.#step === step;
  }

  show(bar: number, step: number): void {
    if (this.#pricesBar !== bar) {
      this.#pricesBar = bar;
      this.#prices = this.#numbers.prices(bar);
    }
    this.#bar = bar;
    this.#step = step;
    this.#isMade = false;
    this.markPx = pathPx(this.#numbers.grid, this.#prices, step, this.#terms.stepsPerBar);
  }

  #make(): void {
    if (this.#isMade) return;
    this.#isMade = true;
    const { grid, market } = this.#numbers;
    if (this.#seedBar !== this.#bar) {
      this.#seedBar = this.#bar;
      this.#barSeed = seedWith(this.#marketSeed, `${market.bars.openTimeMs[this.#bar]}|`);
    }
    const rng = createRng(seedWith(this.#barSeed, this.#stepWords[this.#step] ?? ''));
    const [bid, ask] = bestPair(grid, this.markPx, this.#spreadBps, rng);
    for (let i = 0; i < this.#weights.length; i += 1) this.#weights[i] = drawWeight(rng);
    this.#minuteLots = this.#numbers.minuteLots(this.#bar);
    this.#begin(this.#bids, bid);
    this.#begin(this.#asks, ask);
  }

  #begin(side: Side, best: Micro): void {
    side.made = 0;
    side.first = 0;
    side.isWhole = best <= 0;
    if (side.isWhole) return;
    side.px[0] = best;
    this.#fill(side);
  }

  /** Size of the level whose price is known. */
  #fill(side: Side): void {
    const rank = side.made;
    const px = side.px[rank] as number;
    const weight = this.#weights[side.isBid ? rank : BOOK_LEVELS + rank] as number;
    const lots = levelLots(this.#minuteLots, rank, weight);
    side.lots[rank] = Math.max(lots, fewestLots(this.#numbers.grid, px));
    side.made = rank + 1;
  }

  /** The best level with something left that a buyer (or seller) takes from; -1: none. */
  #best(side: Side): number {
    this.#make();
    while (side.first < side.made && side.lots[side.first] === 0) side.first += 1;
    if (side.first < side.made) return side.first;
    if (side.isWhole || side.made === BOOK_LEVELS) return -1;
    const before = side.px[side.made - 1] as number;
    const px = nextLevelPx(this.#numbers.grid, side.px[0] as number, before, side.isBid);
    if (px <= 0) {
      side.isWhole = true;
      return -1;
    }
    side.px[side.made] = px;
    this.#fill(side);
    return side.first;
  }

  #contra = (takerBuys: boolean): Side => (takerBuys ? this.#asks : this.#bids);

  /** Best price that a buyer (or seller) can trade at; 0: nobody is there. */
  bestPx(takerBuys: boolean): Micro {
    const side = this.#contra(takerBuys);
    const at = this.#best(side);
    return at < 0 ? 0 : (side.px[at] as number);
  }

  /** Takes up to `lots` from the best level that a buyer (or seller) meets. */
  take(takerBuys: boolean, lots: number): number {
    const side = this.#contra(takerBuys);
    const at = this.#best(side);
    if (at < 0) return 0;
    const taken = Math.min(side.lots[at] as number, lots);
    side.lots[at] = (side.lots[at] as number) - taken;
    return taken;
  }

  /** The middle of best bid and ask, cut off to a millionth; 0 when a side is empty. */
  midPx(): Micro {
    const ask = this.bestPx(true);
    const bid = this.bestPx(false);
    return ask === 0 || bid === 0 ? 0 : Math.trunc((bid + ask) / 2);
  }
}
