/**
 * One round of decisions: signal, size and risk for every asset whose bar closed, each against the
 * portfolio that the decisions before it leave behind. What is decided is stored before anything
 * starts, and a stored decision is never made again: a repeated round starts the same orders.
 */
import type { OrderIntent } from '../domain/execution/intent.ts';
import type { Px, Usd } from '../domain/kernel/decimal.ts';
import { sizeBase, usd } from '../domain/kernel/decimal.ts';
import type { Outcome, RuleViolation } from '../domain/kernel/outcome.ts';
import { describeViolation } from '../domain/kernel/outcome.ts';
import { INTERVALS_MS, parseInterval } from '../domain/market/interval.ts';
import type { MarketSnapshot } from '../domain/market/snapshot.ts';
import { describeRefusal } from '../domain/risk/approve.ts';
import { approvePlan } from '../domain/risk/approve-plan.ts';
import type { RiskLimits } from '../domain/risk/limits.ts';
import { parseRiskLimits } from '../domain/risk/limits.ts';
import { type MarketReading, planBar } from '../domain/risk/plan.ts';
import type { PortfolioView } from '../domain/risk/portfolio.ts';
import { afterFill } from '../domain/risk/portfolio.ts';
import type { Genes } from '../domain/signals/genes.ts';
import { parseGenes } from '../domain/signals/genes.ts';
import type { StrategySeed } from '../domain/signals/seed.ts';
import type { ExitTerms } from '../domain/sizing/exit-terms.ts';
import type { SizingPolicy } from '../domain/sizing/sizing-genes.ts';
import { parseSizingPolicy } from '../domain/sizing/sizing-genes.ts';
import type { DecideRequest, SessionIdentity, SessionRules } from './interfaces/session.ts';
import type { DecisionRecord } from './ports/ledger.ts';
import { stepIntent } from './session-orders.ts';

export interface ReadRules {
  readonly seed: StrategySeed;
  readonly genes: Genes;
  readonly policy: SizingPolicy;
  readonly limits: RiskLimits;
}

/** The part of a decision that starting its orders depends on; the rest is for people. */
export interface DecidedPlan {
  readonly reason: string;
  readonly summary: string;
  /** In order: each starts when the one before it has filled. */
  readonly intents: readonly OrderIntent[];
  readonly stopPx?: Px;
  /** That stop with the targets beside it. */
  readonly exits?: ExitTerms;
}

function must<Value>(outcome: Outcome<Value, RuleViolation | RuleViolation[]>): Value {
  if (outcome.ok) return outcome.value;
  throw new RangeError([outcome.error].flat().map(describeViolation).join('; '));
}

/** @throws RangeError naming every rule that the session's rules break */
export function readRules(rules: SessionRules, seed: StrategySeed): ReadRules {
  return {
    seed,
    genes: must(parseGenes(seed, rules.genes)),
    policy: must(parseSizingPolicy(rules.sizing)),
    limits: must(parseRiskLimits(rules.limits)),
  };
}

interface Round {
  readonly request: DecideRequest;
  readonly rules: ReadRules;
  readonly nowMs: number;
}

/** A decision's identity: one session decides an asset's bar once. */
export const decisionIdOf = (
  { account, name, startedMs }: SessionIdentity,
  asset: string,
  barOpenTimeMs: number,
): string => `${account}/${name}-${startedMs.toString(36)}/${asset}/${barOpenTimeMs}`;

/** A market, and what the strategy makes of it. */
export interface SeenMarket {
  readonly snapshot: MarketSnapshot;
  readonly reading?: MarketReading;
}

/** Decides one asset; returns the record and the portfolio as it will be once its orders filled. */
function decideAsset(
  { request, rules, nowMs }: Round,
  { snapshot, reading }: SeenMarket,
  portfolio: PortfolioView,
): { record: DecisionRecord; after: PortfolioView } {
  const { session } = request;
  const asset = snapshot.asset.name;
  const held = portfolio.positions.find((position) => position.asset === asset);
  const plan = planBar({
    snapshot,
    ...(reading === undefined ? {} : { reading }),
    seed: rules.seed,
    genes: rules.genes,
    policy: rules.policy,
    equityUsd: portfolio.equityUsd,
    positionSizeBase: held?.sizeBase ?? sizeBase(0),
    entryPending: request.pendingEntries.includes(asset),
    rebalanceFraction: null,
    nowMs,
    maxDataAgeMs: rules.limits.maxDataAgeMs,
  });
  const decisions = approvePlan(plan, portfolio, rules.limits, nowMs);
  const decisionId = decisionIdOf(session, asset, request.barOpenTimeMs);
  const identity = {
    id: decisionId,
    barOpenTimeMs: request.barOpenTimeMs,
    decidedMs: nowMs,
    midPx: snapshot.midPx,
  };
  const intents: OrderIntent[] = [];
  let after = portfolio;
  let refused = '';
  let stopPx: Px | undefined;
  let exits: ExitTerms | undefined;
  for (const { step, outcome } of decisions) {
    if (!outcome.ok) {
      refused = `; refused by risk: ${describeRefusal(outcome.error)}`;
      continue;
    }
    intents.push(stepIntent(session, rules.seed.name, step, outcome.value, identity));
    after = afterFill(after, step.request);
    stopPx = step.request.stopPx ?? stopPx;
    exits = step.request.exits ?? exits;
  }
  const decided: DecidedPlan = {
    reason: plan.reason,
    summary: `${plan.reason}${refused}`,
    intents,
    ...(stopPx === undefined ? {} : { stopPx }),
    ...(exits === undefined ? {} : { exits }),
  };
  const record: DecisionRecord = {
    decisionId,
    account: session.account,
    session: session.name,
    asset,
    barOpenTimeMs: request.barOpenTimeMs,
    inputsHash: plan.inputsHash,
    decidedMs: nowMs,
    plan: {
      ...decided,
      signal: plan.signal,
      sizing: plan.sizing,
      risk: decisions.map(({ outcome }) => (outcome.ok ? outcome.value : outcome.error)),
    },
  };
  return { record, after };
}

/** Decides all assets of the round, in the order of their markets. Pure. */
export function decideRound(
  request: DecideRequest,
  rules: ReadRules,
  markets: readonly SeenMarket[],
  portfolio: PortfolioView,
  nowMs: number,
): readonly DecisionRecord[] {
  let view = portfolio;
  return markets.map((market) => {
    const { record, after } = decideAsset({ request, rules, nowMs }, market, view);
    view = after;
    return record;
  });
}

const DAY_MS = 86_400_000;

/**
 * The equity that the day's loss is measured from, by the market's calendar: that of the day's first
 * decision. A decision belongs to the day in which its bar ended, as in a backtest: what is decided
 * at midnight is the new day's.
 */
export function dayStartOf(
  request: DecideRequest,
  equityUsd: Usd,
): { readonly day: number; readonly equityUsd: Usd } {
  const interval = parseInterval(request.rules.interval);
  const lengthMs = interval.ok ? INTERVALS_MS[interval.value] : 0;
  const day = Math.floor((request.barOpenTimeMs + lengthMs) / DAY_MS);
  const known = request.dayStart;
  return known?.day === day ? { day, equityUsd: usd(known.equityUsd) } : { day, equityUsd };
}
