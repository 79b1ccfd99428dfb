/**
 * Decisions of a vector backtest: what each wanting market is to do, and the orders that follow. The
 * sentences of trades are made at the end, from what was decided on.
 */
import type { Micro } from '../../matching/state/fixed-point.ts';
import type { BacktestSetup } from '../backtest/backtest-run.ts';
import type { AssetSignals } from '../backtest/signal-source.ts';
import { AT_TARGET, LIQUIDATED, STOPPED, type Trade } from '../backtest/trade-book.ts';
import { decideExactly, type Holdings, planOf, type Situation, type Verdict } from './decide.ts';
import type { MarketNumbers } from './market-numbers.ts';
import type { PreparedMarkets } from './prepared.ts';
import { QuickDecider } from './quick-decide.ts';
import { AT_TARGET_ID, LIQUIDATED_ID, type ReasonId, STOPPED_ID } from './triggers.ts';
import type { VectorDesk } from './vector-desk.ts';

/** What one genome adds to the prepared markets. */
export type GenomeSetup = Pick<
  BacktestSetup,
  'signals' | 'decisionMs' | 'policy' | 'limits' | 'equityUsd'
>;

export class Decisions {
  readonly #prepared: PreparedMarkets;
  readonly #setup: GenomeSetup;
  readonly #desk: VectorDesk;
  /** What was decided on, by the id that its trades carry. */
  readonly #decided: Situation[] = [];

  readonly #sentences = new Map<ReasonId, string>();
  readonly #quick: QuickDecider;

  constructor(prepared: PreparedMarkets, setup: GenomeSetup, desk: VectorDesk) {
    this.#prepared = prepared;
    this.#setup = setup;
    this.#desk = desk;
    this.#quick = new QuickDecider(prepared.markets, setup);
  }

  /** Decisions of one moment: each sees the account with what the ones before it will leave. */
  decide(wanting: readonly number[], lastBar: Int32Array, dayStartUsd: Micro): void {
    const desk = this.#desk;
    const equityUsd = desk.equity();
    const holdings: Holdings & { held: number[] } = {
      held: [...desk.held],
      lots: desk.lots.slice(),
      px: desk.markPx.slice(),
    };
    const found = wanting.flatMap((market) => {
      const midPx = desk.book(market).midPx();
      const signals = this.#setup.signals[market];
      if (midPx === 0 || signals === undefined) return [];
      const situation: Situation = {
        market,
        bar: (lastBar[market] as number) - 1,
        nowMs: desk.atMs,
        midPx,
        markPx: desk.markPx[market] as number,
        equityUsd,
        heldLots: holdings.lots[market] as number,
      };
      const all = this.#prepared.markets;
      const verdict =
        this.#quick.decide(signals, situation, holdings, dayStartUsd) ??
        decideExactly(all, signals, situation, holdings, dayStartUsd, this.#setup);
      project(holdings, situation, verdict);
      return [{ situation, verdict }];
    });
    for (const { situation, verdict } of found) this.#carryOut(situation, verdict);
  }

  #carryOut(situation: Situation, { steps, refusedBy }: Verdict): void {
    const { market, midPx } = situation;
    const desk = this.#desk;
    const id = this.#decided.push(situation) - 1;
    let isBroken = false;
    for (const { kind, isBuy, lots, stopPx, exits } of steps) {
      if (kind === 'open') desk.exits.decide(market, stopPx, exits);
      desk.doing('signal', id);
      const problem = desk.placeMarket(market, isBuy, lots, kind === 'close', midPx);
      isBroken = problem !== undefined || (kind === 'close' && desk.lots[market] !== 0);
      if (isBroken) break;
    }
    if (!isBroken && refusedBy !== null) desk.refuse(`risk: ${refusedBy}`);
    desk.exits.protect(market);
  }

  worded(trade: Trade<ReasonId>): Trade {
    const { entryReason, exitReason } = trade;
    return { ...trade, entryReason: this.#words(entryReason), exitReason: this.#words(exitReason) };
  }

  #words(id: ReasonId): string {
    if (id === STOPPED_ID) return STOPPED;
    if (id === LIQUIDATED_ID) return LIQUIDATED;
    if (id === AT_TARGET_ID) return AT_TARGET;
    const known = this.#sentences.get(id);
    if (known !== undefined) return known;
    const situation = this.#decided[id] as Situation;
    const signals = this.#setup.signals[situation.market] as AssetSignals;
    const numbers = this.#prepared.markets[situation.market] as MarketNumbers;
    const { reason } = planOf(numbers, signals, situation, this.#setup);
    this.#sentences.set(id, reason);
    return reason;
  }
}

/** What the account will hold once the steps have filled at their reference price. */
function project(
  holdings: Holdings & { held: number[] },
  { market, midPx }: Situation,
  { steps }: Verdict,
): void {
  for (const { kind, isBuy, lots } of steps) {
    const before = holdings.lots[market] as number;
    holdings.lots[market] = kind === 'close' ? 0 : before + (isBuy ? lots : -lots);
    holdings.px[market] = midPx;
    if (holdings.lots[market] === 0) holdings.held.splice(holdings.held.indexOf(market), 1);
    else if (!holdings.held.includes(market)) holdings.held.push(market);
  }
}
