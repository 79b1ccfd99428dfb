/**
 * The event-driven backtest: signals, sizing, risk, order pricing, protection and the venue's physics
 * are the very functions that paper and live trading run; only clock and transport are left out.
 *
 * A bar's signal is decided when the next bar opens, at its first prices: nothing of the bar that a
 * decision trades in is known to it but its open. Orders of one decision go out in their order, the
 * entry of a turned position after its close has filled. Within a bar prices follow the path that
 * `matching/market/candle-market` states, so that what comes first, stop or turn, is not assumed to
 * our advantage: a rising bar visits its low before its high.
 */

import { assertInvariant } from '../../kernel/assert.ts';
import type { Usd } from '../../kernel/decimal.ts';
import { sizeBase, usd } from '../../kernel/decimal.ts';
import { describeViolation } from '../../kernel/outcome.ts';
import { marketSnapshot } from '../../market/snapshot.ts';
import type { VenueEvent } from '../../matching/contract/venue-events.ts';
import type { StepDecision } from '../../risk/approve-plan.ts';
import { approvePlan } from '../../risk/approve-plan.ts';
import { planSignal } from '../../risk/plan.ts';
import type { PortfolioView } from '../../risk/portfolio.ts';
import { afterFill } from '../../risk/portfolio.ts';
import { AccountWatch, type Held } from './account-watch.ts';
import { type BacktestMarket, closedBar } from './backtest-market.ts';
import type { BacktestRun, BacktestSetup } from './backtest-run.ts';
import { type OpeningBar, type Tick, ticksOf } from './bar-clock.ts';
import { CandleModel } from './candle-model.ts';
import { checkMarkets, checkSteps, stepTime } from './check-setup.ts';
import { ExitKeeper } from './exit-keeper.ts';
import { FundingHours } from './funding-hours.ts';
import { type Moment, ShownMoments } from './shown-moments.ts';
import { wantsAnything } from './signal-source.ts';
import {
  AT_TARGET,
  type ExitCause,
  LIQUIDATED,
  STOPPED,
  TradeBook,
  tradeFillOf,
} from './trade-book.ts';
import { VenueDesk } from './venue-desk.ts';

const DAY_MS = 86_400_000;

interface Wanted {
  readonly market: BacktestMarket;
  readonly decisions: readonly StepDecision[];
  readonly reason: string;
}

interface Doing {
  readonly cause: ExitCause;
  readonly reason: string;
}

const ON_ITS_OWN: Doing = { cause: 'stop', reason: STOPPED };
const TAKES_PROFIT: Doing = { cause: 'target', reason: AT_TARGET };

export class EventBacktest {
  readonly #setup: BacktestSetup;
  readonly #desk: VenueDesk;
  readonly #watch: AccountWatch;
  readonly #model: CandleModel;
  readonly #funding: FundingHours;
  readonly #book = new TradeBook(LIQUIDATED);
  readonly #exits: ExitKeeper;
  readonly #exposed = new Set<string>();
  readonly #refusals: Record<string, number> = {};
  /** The newest price known of each asset: the open of the bar under way, or the last close. */
  readonly #lastPx = new Map<string, number>();
  readonly #shown: ShownMoments;
  readonly #stepMs: number;
  #doing: Doing = ON_ITS_OWN;
  #day = Number.NaN;
  #dayStartUsd: Usd;
  #counts = { orders: 0, fills: 0, feesUsd: 0, fundingUsd: 0, liquidations: 0 };

  /** @throws RangeError naming the broken rule of a market or of the setup */
  constructor(setup: BacktestSetup) {
    const { markets, stepsPerBar } = setup;
    checkSteps(stepsPerBar);
    const first = checkMarkets(markets);
    const startMs = Math.min(...markets.map(({ bars }) => bars.openTimeMs[0] ?? 0));
    this.#setup = setup;
    this.#shown = new ShownMoments(stepsPerBar);
    this.#stepMs = first.intervalMs / stepsPerBar;
    this.#dayStartUsd = setup.equityUsd;
    const { equityUsd, seed, marginTables, takerFeeRate, makerFeeRate } = setup;
    this.#desk = new VenueDesk(
      {
        assets: markets.map(({ asset }) => asset),
        equityUsd,
        seed,
        startMs,
        marginTables,
        ...(takerFeeRate === undefined ? {} : { takerFeeRate }),
        ...(makerFeeRate === undefined ? {} : { makerFeeRate }),
      },
      (event) => this.#hear(event),
    );
    this.#exits = new ExitKeeper(this.#desk, {
      sends: (cause) => {
        this.#counts.orders += 1;
        this.#doing = cause === 'target' ? TAKES_PROFIT : ON_ITS_OWN;
      },
      refuse: (why) => this.#refuse(why),
      isContent: (asset) => this.#exposed.delete(asset),
    });
    this.#watch = new AccountWatch(this.#desk);
    this.#model = new CandleModel(setup);
    this.#funding = new FundingHours(markets, this.#desk, this.#watch, this.#lastPx, startMs);
  }

  run(): BacktestRun {
    const { markets } = this.#setup;
    const interval = markets[0]?.intervalMs ?? 0;
    const curve = {
      time: [] as number[],
      equity: [] as number[],
      net: [] as number[],
      gross: [] as number[],
    };
    for (const tick of ticksOf(markets)) {
      this.#playBar(tick);
      if (tick.openMs < this.#setup.fromMs) continue;
      const equity = this.#watch.equityAt((asset) => this.#pxOf(asset));
      let [net, gross] = [0, 0];
      for (const { asset, sizeBase } of this.#watch.held) {
        const value = sizeBase * this.#pxOf(asset);
        net += value / equity;
        gross += Math.abs(value) / equity;
      }
      curve.time.push(tick.openMs + interval);
      curve.equity.push(equity);
      curve.net.push(net);
      curve.gross.push(gross);
    }
    const { difference, unbalancedCoins } = this.#desk.venue.conservation();
    assertInvariant(Number(difference) === 0 && unbalancedCoins.length === 0, 'money was made up');
    const { orders, fills, feesUsd, fundingUsd, liquidations } = this.#counts;
    return {
      trades: this.#book.closed,
      closeTimeMs: Float64Array.from(curve.time),
      equityUsd: Float64Array.from(curve.equity),
      netWeight: Float64Array.from(curve.net),
      grossWeight: Float64Array.from(curve.gross),
      orders,
      fills,
      feesUsd,
      fundingUsd,
      fundingHoursAssumed: this.#funding.hoursAssumed,
      refusals: this.#refusals,
      liquidations,
      openAtEnd: this.#heldAssets,
    };
  }

  /** What the venue says the account is worth, with all its digits. */
  get accountValueUsd(): Usd {
    return usd(this.#desk.summary().marginSummary.accountValue);
  }

  #pxOf(asset: string): number {
    return this.#lastPx.get(asset) ?? Number.NaN;
  }

  #marketOf(bar: OpeningBar): BacktestMarket {
    const market = this.#setup.markets[bar.market];
    assertInvariant(market !== undefined, `no market ${bar.market}`);
    return market;
  }

  #hear(event: VenueEvent): void {
    this.#watch.touch();
    this.#setup.hear?.(event);
    if (event.kind === 'funding') {
      const { coin, usdc } = event.payment.delta;
      this.#book.fund(coin, Number(usdc));
      this.#counts.fundingUsd += Number(usdc);
    } else if (event.kind === 'liquidation') {
      this.#counts.liquidations += 1;
    } else if (event.kind === 'fill') {
      const { fill } = event;
      this.#counts.fills += 1;
      this.#counts.feesUsd += Number(fill.fee);
      const markPx = Number(this.#desk.prices(fill.coin)?.markPx ?? fill.px);
      const equityUsd = Number(this.#desk.summary().marginSummary.accountValue);
      const doing = this.#desk.isTarget(fill.oid) ? TAKES_PROFIT : this.#doing;
      this.#book.fill(tradeFillOf(fill), { ...doing, markPx, equityUsd });
      this.#exposed.add(fill.coin);
    }
  }

  /** One bar of all markets that have one: funding, first prices, decisions, the rest of its path. */
  #playBar(tick: Tick): void {
    this.#funding.payUntil(tick.openMs);
    const atMs = stepTime(tick.openMs, 0, this.#stepMs);
    const stepped = this.#steppedBars(tick);
    // Where one market is stepped through, what is held beside it counts with its prices of just
    // before: an account is liquidated as a whole.
    if (stepped.length > 0) this.#show(this.#shown.unseen(this.#heldAssets), atMs);
    for (const bar of tick.bars) {
      const { asset, bars } = this.#marketOf(bar);
      this.#lastPx.set(asset.name, bars.open[bar.index] ?? Number.NaN);
      this.#shown.opens(asset.name, bar);
    }
    for (const bar of stepped) this.#show([{ bar, step: 0 }], atMs);
    // Only now: a stop that the first prices triggered makes room for an entry.
    const deciding = tick.bars.filter((bar) => bar.follows && tick.openMs >= this.#setup.fromMs);
    const wanting = this.#eager ? deciding : deciding.filter((bar) => this.#wants(bar));
    const day = Math.floor(tick.openMs / DAY_MS);
    const newDay = deciding.length > 0 && day !== this.#day;
    if (newDay || wanting.length > 0) this.#showValued(tick, stepped, wanting, atMs);
    if (newDay) {
      this.#day = day;
      this.#dayStartUsd = usd(this.#desk.summary().marginSummary.accountValue);
    }
    if (wanting.length > 0) this.#decide(wanting, atMs);
    this.#playOn(tick, stepped);
    for (const bar of tick.bars) {
      const { asset, bars } = this.#marketOf(bar);
      this.#lastPx.set(asset.name, bars.close[bar.index] ?? Number.NaN);
    }
  }

  #wants(bar: OpeningBar): boolean {
    const signals = this.#setup.signals[bar.market];
    const { name } = this.#marketOf(bar).asset;
    if (signals === undefined) return false;
    // A stop or a target that the venue refused is tried again.
    return (
      wantsAnything(signals, bar.index - 1, this.#watch.signOf(name)) ||
      this.#watch.isBare(name) ||
      this.#exits.isLacking(name)
    );
  }

  /**
   * What a decision values must be as it is now: the markets to be traded and those with a position.
   * One without a bar is valued at its last moment, which may not have been looked at.
   */
  #showValued(
    tick: Tick,
    stepped: readonly OpeningBar[],
    wanting: readonly OpeningBar[],
    atMs: number,
  ): void {
    const here = new Set(tick.bars.map((bar) => this.#marketOf(bar).asset.name));
    const elsewhere = this.#shown.unseen(this.#heldAssets.filter((asset) => !here.has(asset)));
    const opening = tick.bars.filter((bar) => {
      const isHeld = this.#watch.signOf(this.#marketOf(bar).asset.name) !== 0;
      return !stepped.includes(bar) && (isHeld || wanting.includes(bar));
    });
    this.#show([...elsewhere, ...opening.map((bar) => ({ bar, step: 0 }))], atMs);
  }

  get #heldAssets(): readonly string[] {
    return this.#watch.held.map(({ asset }) => asset);
  }

  get #eager(): boolean {
    return this.#setup.pace === 'everyStep';
  }

  /** The bars in which something may happen that no decision asks for. */
  #steppedBars({ bars }: Tick): readonly OpeningBar[] {
    if (this.#eager) return bars;
    if (this.#watch.held.length === 0) return [];
    const byAsset = new Map(bars.map((bar) => [this.#marketOf(bar).asset.name, bar]));
    const extremes = (asset: string): readonly [low: number, high: number] => {
      const bar = byAsset.get(asset);
      if (bar === undefined) return [this.#pxOf(asset), this.#pxOf(asset)];
      const { low, high } = this.#marketOf(bar).bars;
      return [low[bar.index] ?? Number.NaN, high[bar.index] ?? Number.NaN];
    };
    const worst = ({ asset, sizeBase }: Held): number => extremes(asset)[sizeBase > 0 ? 0 : 1];
    if (this.#watch.mayBeLiquidated(worst)) return bars;
    const touched = new Set(
      this.#watch.held
        .filter(
          (held) =>
            // Exits that the venue refused are tried again at the next moment.
            this.#exposed.has(held.asset) || this.#watch.mayTrigger(held, ...extremes(held.asset)),
        )
        .map(({ asset }) => byAsset.get(asset)),
    );
    return bars.filter((bar) => touched.has(bar));
  }

  /** The path after the decisions. A position that was opened in this bar may be stopped in it. */
  #playOn(tick: Tick, before: readonly OpeningBar[]): void {
    const { stepsPerBar } = this.#setup;
    const after = this.#steppedBars(tick);
    // In the order of the markets, whatever the reason: stops of one moment fill in one order.
    const stepped = tick.bars.filter((bar) => before.includes(bar) || after.includes(bar));
    if (stepped.length > 0) {
      this.#show(this.#shown.unopened(this.#heldAssets), stepTime(tick.openMs, 0, this.#stepMs));
    }
    for (let step = 1; step < stepsPerBar; step += 1) {
      const atMs = stepTime(tick.openMs, step, this.#stepMs);
      this.#funding.payUntil(atMs);
      for (const bar of stepped) this.#show([{ bar, step }], atMs);
    }
  }

  /** Shows the venue these moments together, as of now. */
  #show(moments: readonly Moment[], atMs: number): void {
    if (moments.length === 0) return;
    this.#doing = ON_ITS_OWN;
    const updates = moments.map(({ bar, step }) => {
      const market = this.#marketOf(bar);
      this.#shown.shows(market.asset.name, { bar, step });
      return this.#model.updateOf(market, bar.index, step);
    });
    this.#desk.moveMarkets(atMs, updates);
    for (const { bar } of moments) {
      const { name } = this.#marketOf(bar).asset;
      if (this.#exposed.has(name)) this.#protect(name, atMs);
    }
  }

  #decide(bars: readonly OpeningBar[], nowMs: number): void {
    let view = this.#desk.portfolio(this.#dayStartUsd, nowMs);
    const wanted = bars.flatMap((bar) => {
      const found = this.#decideAsset(bar, view, nowMs);
      for (const { step, outcome } of found?.decisions ?? []) {
        if (outcome.ok) view = afterFill(view, step.request);
      }
      return found ?? [];
    });
    for (const each of wanted) this.#carryOut(each, nowMs);
  }

  #decideAsset(bar: OpeningBar, portfolio: PortfolioView, nowMs: number): Wanted | undefined {
    const market = this.#marketOf(bar);
    const signals = this.#setup.signals[bar.market];
    const prices = this.#desk.prices(market.asset.name);
    if (signals === undefined || prices === undefined) return undefined;
    const asset = this.#desk.assetOf(market.asset.name);
    const held = portfolio.positions.find((position) => position.asset === asset.name);
    const snapshot = marketSnapshot({
      asset,
      series: closedBar(market, bar.index - 1, this.#setup.decisionMs),
      ...prices,
      receivedAtMs: nowMs,
      asOfMs: nowMs,
    });
    if (!snapshot.ok) throw new RangeError(describeViolation(snapshot.error));
    const { policy, limits } = this.#setup;
    const plan = planSignal(
      {
        snapshot: snapshot.value,
        policy,
        equityUsd: portfolio.equityUsd,
        positionSizeBase: held?.sizeBase ?? sizeBase(0),
        entryPending: false,
        rebalanceFraction: null,
        nowMs,
        maxDataAgeMs: limits.maxDataAgeMs,
      },
      signals.signalAt(bar.index - 1),
    );
    const decisions = approvePlan({ ...plan, inputsHash: '' }, portfolio, limits, nowMs);
    return { market, decisions, reason: plan.reason };
  }

  #carryOut({ market, decisions, reason }: Wanted, atMs: number): void {
    const asset = market.asset.name;
    for (const { step, outcome } of decisions) {
      if (!outcome.ok) {
        const { check } = outcome.error;
        this.#refuse(`risk: ${check}`);
        break;
      }
      const { request } = step;
      this.#exits.decide(asset, request);
      this.#doing = { cause: 'signal', reason };
      const { side, sizeBase, reduceOnly, referencePx } = request;
      const intent = { side, type: 'MARKET', sizeBase, reduceOnly } as const;
      this.#counts.orders += 1;
      const placed = this.#desk.place(asset, intent, referencePx, atMs);
      if (placed.kind === 'refused') this.#refuse(`venue: ${placed.words}`);
      if (placed.kind === 'refused') break;
      if (step.kind === 'close' && this.#watch.signOf(asset) !== 0) break;
    }
    this.#protect(asset, atMs);
  }

  #refuse(why: string): void {
    this.#refusals[why] = (this.#refusals[why] ?? 0) + 1;
  }

  /** Brings stops and targets of an asset in line with its position, as a session does after a fill. */
  #protect(asset: string, atMs: number): void {
    this.#exposed.delete(asset);
    this.#doing = ON_ITS_OWN;
    this.#exits.protect(asset, atMs);
  }
}
