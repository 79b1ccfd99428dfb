/**
 * A decision of a vector backtest by the very functions of sessions: `planSignal` and `approvePlan`
 * over the account as text. Called where a quick answer is not certain, and for the sentences.
 */
import { type Px, px, sizeBase, type Usd, usd } from '../../kernel/decimal.ts';
import { describeViolation } from '../../kernel/outcome.ts';
import { marketSnapshot } from '../../market/snapshot.ts';
import { MICRO, type Micro, plainText, toMicro } from '../../matching/state/fixed-point.ts';
import { approvePlan } from '../../risk/approve-plan.ts';
import type { RiskLimits } from '../../risk/limits.ts';
import { type Decided, planSignal } from '../../risk/plan.ts';
import type { PortfolioView, PositionView } from '../../risk/portfolio.ts';
import type { SizingPolicy } from '../../sizing/sizing-genes.ts';
import { closedBar } from '../backtest/backtest-market.ts';
import type { AssetSignals } from '../backtest/signal-source.ts';
import { type ExitNumbers, exitNumbersOf } from './exit-numbers.ts';
import type { MarketNumbers } from './market-numbers.ts';

/** What one bar of one market is decided on. */
export interface Situation {
  readonly market: number;
  /** The closed bar. */
  readonly bar: number;
  readonly nowMs: number;
  readonly midPx: Micro;
  readonly markPx: Micro;
  readonly equityUsd: Micro;
  /** Signed position in the market, with what earlier decisions of the moment leave. */
  readonly heldLots: number;
}

/** Positions as risk sees them: signed lots and the price that each is valued at. */
export interface Holdings {
  /** Markets with a position, in order. */
  readonly held: readonly number[];
  readonly lots: Float64Array;
  readonly px: Float64Array;
}

export interface WantedStep {
  readonly kind: 'close' | 'open';
  readonly isBuy: boolean;
  readonly lots: number;
  /** Of an entry; NaN of a close. */
  readonly stopPx: Micro;
  /** Of an entry with targets. */
  readonly exits?: ExitNumbers;
}

export interface Verdict {
  readonly steps: readonly WantedStep[];
  /** The check that refused the step after these, or null. */
  readonly refusedBy: string | null;
}

export interface DecisionTerms {
  readonly policy: SizingPolicy;
  readonly limits: RiskLimits;
  readonly decisionMs?: number;
}

const pxText = (value: Micro): Px => px(plainText(value));

/** The plan, as a session makes it. @throws RangeError for a market that breaks a rule */
export function planOf(
  numbers: MarketNumbers,
  signals: AssetSignals,
  situation: Situation,
  { policy, limits, decisionMs }: DecisionTerms,
): Decided {
  const { bar, nowMs, midPx, markPx, equityUsd, heldLots } = situation;
  const snapshot = marketSnapshot({
    asset: numbers.terms.spec,
    series: closedBar(numbers.market, bar, decisionMs),
    midPx: pxText(midPx),
    markPx: pxText(markPx),
    receivedAtMs: nowMs,
    asOfMs: nowMs,
  });
  if (!snapshot.ok) throw new RangeError(describeViolation(snapshot.error));
  const input = {
    snapshot: snapshot.value,
    policy,
    equityUsd: usd(plainText(equityUsd)),
    positionSizeBase: sizeBase(plainText(heldLots * numbers.terms.lot)),
    entryPending: false,
    rebalanceFraction: null,
    nowMs,
    maxDataAgeMs: limits.maxDataAgeMs,
  };
  return planSignal(input, signals.signalAt(bar));
}

function viewOf(
  all: readonly MarketNumbers[],
  { held, lots, px: prices }: Holdings,
  equityUsd: Usd,
  dayStartEquityUsd: Usd,
  asOfMs: number,
): PortfolioView {
  const positions = held.flatMap((market): PositionView[] => {
    const numbers = all[market];
    if (numbers === undefined) return [];
    const markPx = pxText(prices[market] as number);
    const size = (lots[market] as number) * numbers.terms.lot;
    return [{ asset: numbers.name, sizeBase: sizeBase(plainText(size)), entryPx: markPx, markPx }];
  });
  return { equityUsd, dayStartEquityUsd, positions, openOrders: [], haltReason: null, asOfMs };
}

/** Steps of the plan that risk lets pass. */
export function decideExactly(
  all: readonly MarketNumbers[],
  signals: AssetSignals,
  situation: Situation,
  holdings: Holdings,
  dayStartUsd: Micro,
  terms: DecisionTerms,
): Verdict {
  const numbers = all[situation.market] as MarketNumbers;
  const { equityUsd, nowMs } = situation;
  const plan = planOf(numbers, signals, situation, terms);
  const equity = usd(plainText(equityUsd));
  const view = viewOf(all, holdings, equity, usd(plainText(dayStartUsd)), nowMs);
  const decisions = approvePlan({ ...plan, inputsHash: '' }, view, terms.limits, nowMs);
  const steps: WantedStep[] = [];
  for (const { step, outcome } of decisions) {
    if (!outcome.ok) return { steps, refusedBy: outcome.error.check };
    const { side, sizeBase: size, stopPx, exits } = step.request;
    steps.push({
      kind: step.kind === 'close' ? 'close' : 'open',
      isBuy: side === 'buy',
      lots: toMicro(size) / numbers.terms.lot,
      stopPx: stopPx === undefined ? Number.NaN : toMicro(stopPx),
      ...(exits === undefined ? {} : { exits: exitNumbersOf(exits) }),
    });
  }
  return { steps, refusedBy: null };
}

export const dollarsOf = (amount: Micro): number => amount / MICRO;
