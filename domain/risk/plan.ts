/**
 * The plan of one asset on one closed bar: the whole decision as plain JSON, with its inputs' hash.
 *
 * A position follows the signal's stance: closed when the stance is over, turned when it is the
 * other one, left alone while it lasts. There is no pyramiding, and no resizing unless asked for.
 * A plan wants things; it approves nothing.
 */
import type { Decimal, Fraction, SizeBase, Usd } from '../kernel/decimal.ts';
import { decimal, sizeBase } from '../kernel/decimal.ts';
import { canonicalJson, sha256Hex } from '../kernel/ids.ts';
import type { RuleViolation } from '../kernel/outcome.ts';
import { describeViolation } from '../kernel/outcome.ts';
import { checkNotional } from '../market/asset.ts';
import type { MarketSnapshot } from '../market/snapshot.ts';
import { snapshotHash, staleness } from '../market/snapshot.ts';
import { evaluate } from '../signals/evaluate.ts';
import type { Genes } from '../signals/genes.ts';
import type { StrategySeed } from '../signals/seed.ts';
import type { NoSignal, StrategySignal } from '../signals/signal.ts';
import { anchorBars, windowStartMs } from '../signals/window.ts';
import type { NoSize, SizedIntent } from '../sizing/size.ts';
import { sizePosition } from '../sizing/size.ts';
import type { SizingPolicy } from '../sizing/sizing-genes.ts';
import type { OrderRequest } from './order-request.ts';

/**
 * close: the whole position, reduce-only. open: a new position with its protective stop. reduce and
 * increase: resizing. All are market orders; steps run in order, each after the one before filled.
 */
export interface PlannedStep {
  readonly kind: 'close' | 'open' | 'reduce' | 'increase';
  readonly request: OrderRequest;
}

export interface BarPlan {
  readonly asset: string;
  readonly barOpenTimeMs: number;
  /** Empty when there is nothing to do. */
  readonly steps: readonly PlannedStep[];
  /** Why these steps, or why none, in a sentence. */
  readonly reason: string;
  readonly signal: StrategySignal | NoSignal;
  /** Null when no signal asked for a size. */
  readonly sizing: SizedIntent | NoSize | null;
  /** SHA-256 over everything that the plan follows from. */
  readonly inputsHash: string;
}

/** What a strategy makes of a market: the part of a plan that needs no account. */
export interface MarketReading {
  readonly signal: StrategySignal | NoSignal;
  /** SHA-256 over what of the market the plan follows from. */
  readonly hash: string;
}

/** Reads a market as a strategy does. */
export function readMarket(
  snapshot: MarketSnapshot,
  seed: StrategySeed,
  genes: Genes,
): MarketReading {
  const { barOpenTimeMs, series } = snapshot;
  const fromMs = windowStartMs(barOpenTimeMs, series.intervalMs, anchorBars(seed, genes));
  return { signal: evaluate(seed, snapshot, genes), hash: snapshotHash(snapshot, fromMs) };
}

export interface PlanInput {
  readonly snapshot: MarketSnapshot;
  /** What {@link readMarket} found in the snapshot, when that is known already. */
  readonly reading?: MarketReading;
  readonly seed: StrategySeed;
  readonly genes: Genes;
  readonly policy: SizingPolicy;
  readonly equityUsd: Usd;
  /** The session's own position in the asset, signed. */
  readonly positionSizeBase: SizeBase;
  /** An entry of an earlier bar is still on its way: no other is planned. */
  readonly entryPending: boolean;
  /** Share of the position by which the target must differ before it is resized; null: never. */
  readonly rebalanceFraction: Fraction | null;
  /** Our clock, and the oldest snapshot that may open or add to a position. */
  readonly nowMs: number;
  readonly maxDataAgeMs: number;
}

interface Wanted {
  readonly steps: readonly PlannedStep[];
  readonly reason: string;
}

/** Everything of a plan but the hash of its inputs. */
export type Decided = Omit<BarPlan, 'inputsHash'>;

/** Decides one bar: signal, size and wanted steps. */
export function planBar(input: PlanInput): BarPlan {
  const { snapshot, seed, genes, policy, equityUsd } = input;
  const { signal, hash } = input.reading ?? readMarket(snapshot, seed, genes);
  return {
    ...planSignal(input, signal),
    inputsHash: sha256Hex(
      canonicalJson({
        market: hash,
        barOpenTimeMs: snapshot.barOpenTimeMs,
        strategy: seed.name,
        genes,
        policy,
        equityUsd,
        positionSizeBase: input.positionSizeBase,
        rebalanceFraction: input.rebalanceFraction,
        stale: whyStale(input) !== undefined,
        entryPending: input.entryPending,
      }),
    ),
  };
}

const whyStale = ({ snapshot, nowMs, maxDataAgeMs }: Situation): RuleViolation | undefined =>
  staleness(snapshot, nowMs, maxDataAgeMs);

/** What a plan depends on beside the signal. */
export type Situation = Omit<PlanInput, 'seed' | 'genes' | 'reading'>;

/** Size and wanted steps for a signal that is known already: the part that backtests share. */
export function planSignal(input: Situation, signal: StrategySignal | NoSignal): Decided {
  const { snapshot, policy, equityUsd } = input;
  const directional = signal.kind === 'signal' && signal.stance !== 'flat';
  const sizing = directional ? sizePosition({ signal, snapshot, equityUsd, policy }) : null;
  const stale = whyStale(input);
  const entryObstacle = stale
    ? `the snapshot is stale (${describeViolation(stale)})`
    : input.entryPending
      ? 'an earlier entry is still on its way'
      : undefined;
  const { steps, reason } = wantedSteps(input, signal, sizing, entryObstacle);
  const { asset, barOpenTimeMs } = snapshot;
  return { asset: asset.name, barOpenTimeMs, steps, reason, signal, sizing };
}

function wantedSteps(
  input: Situation,
  signal: StrategySignal | NoSignal,
  sizing: SizedIntent | NoSize | null,
  entryObstacle: string | undefined,
): Wanted {
  const position = decimal(input.positionSizeBase);
  if (signal.kind === 'noSignal') return { steps: [], reason: `no signal: ${signal.reason}` };
  const direction = { long: 1, short: -1, flat: 0 }[signal.stance];
  const held = position.times(direction);
  if (!position.isZero() && held.gt(0)) {
    return resize(input, position, sizing, entryObstacle, signal.reason);
  }
  const leaving = position.isZero() ? [] : [closeStep(input, position)];
  const verb = position.isZero() ? 'nothing' : 'close';
  if (direction === 0) return { steps: leaving, reason: `${verb}: ${signal.reason}` };
  const obstacle = signal.mayOpen
    ? (entryObstacle ?? (sizing?.kind === 'noSize' ? sizing.reason : undefined))
    : 'the stance began on an earlier bar';
  if (obstacle !== undefined || sizing?.kind !== 'sized') {
    return { steps: leaving, reason: `${verb}, no entry (${obstacle}): ${signal.reason}` };
  }
  const steps = [...leaving, openStep(input, 'open', decimal(sizing.targetSizeBase), sizing)];
  const what = leaving.length > 0 ? 'turn' : 'open';
  return { steps, reason: `${what} ${signal.stance}: ${signal.reason}; ${sizing.reason}` };
}

/** The position is in the wanted direction already: hold, or resize when that was asked for. */
function resize(
  input: Situation,
  position: Decimal,
  sizing: SizedIntent | NoSize | null,
  entryObstacle: string | undefined,
  reason: string,
): Wanted {
  const hold: Wanted = { steps: [], reason: `hold: ${reason}` };
  if (input.rebalanceFraction === null || sizing?.kind !== 'sized') return hold;
  const change = decimal(sizing.targetSizeBase).minus(position);
  const threshold = position.abs().times(decimal(input.rebalanceFraction));
  if (change.abs().lte(threshold)) return hold;
  if (change.times(position).lt(0)) {
    const step: PlannedStep = { kind: 'reduce', request: marketRequest(input, change, true) };
    return { steps: [step], reason: `reduce to ${sizing.targetSizeBase}: ${sizing.reason}` };
  }
  const tooSmall = checkNotional(input.snapshot.midPx, sizeBase(change.abs()), false);
  if (entryObstacle !== undefined || tooSmall) return hold;
  const step = openStep(input, 'increase', change, sizing);
  return { steps: [step], reason: `increase to ${sizing.targetSizeBase}: ${sizing.reason}` };
}

function closeStep(input: Situation, position: Decimal): PlannedStep {
  return { kind: 'close', request: marketRequest(input, position.negated(), true) };
}

function openStep(
  input: Situation,
  kind: 'open' | 'increase',
  signedSize: Decimal,
  sized: SizedIntent,
): PlannedStep {
  const request = marketRequest(input, signedSize, false);
  const { stopPx, exits } = sized;
  // An addition to a position is not what its targets were decided for.
  const exiting = exits === undefined || kind === 'increase' ? {} : { exits };
  return { kind, request: { ...request, stopPx, ...exiting } };
}

function marketRequest(
  { snapshot }: Situation,
  signedSize: Decimal,
  reduceOnly: boolean,
): OrderRequest {
  return {
    asset: snapshot.asset,
    side: signedSize.gt(0) ? 'buy' : 'sell',
    sizeBase: sizeBase(signedSize.abs()),
    referencePx: snapshot.midPx,
    pricedAtMs: snapshot.receivedAtMs,
    reduceOnly,
  };
}
