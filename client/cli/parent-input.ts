/** From the words of `order bracket` and its siblings to the plan that they ask for. */
import { TIMES_IN_FORCE } from '../../domain/execution/intent.ts';
import type { BracketSpec } from '../../domain/execution/parents/bracket.ts';
import type { ChaseSpec } from '../../domain/execution/parents/chase.ts';
import type { ClosePositionSpec } from '../../domain/execution/parents/close-position.ts';
import type { IcebergSpec } from '../../domain/execution/parents/iceberg.ts';
import { type LadderSpec, MOST_RUNGS } from '../../domain/execution/parents/ladder.ts';
import type { OcoSpec } from '../../domain/execution/parents/oco.ts';
import type { TrailingStopSpec } from '../../domain/execution/parents/trailing-stop.ts';
import type { TwapSpec } from '../../domain/execution/parents/twap.ts';
import type { VenueTwapSpec } from '../../domain/execution/parents/venue-twap.ts';
import type { Px, SizeBase } from '../../domain/kernel/decimal.ts';
import { px, sizeBase } from '../../domain/kernel/decimal.ts';
import { SIDES, type Side } from '../../domain/market/side.ts';
import { usageFailure } from './failure.ts';
import { readFraction } from './order-input.ts';
import { readCount, readDurationMs, readPositive, readWord } from './values.ts';

/** `buy 0.01`: what follows the asset. */
export interface SizeWords {
  readonly side: string;
  readonly size: string;
}

/** Every option of every kind; a command only offers those of its own. */
export interface PlanOptions {
  readonly price?: string;
  readonly stop?: string;
  readonly target?: string;
  readonly targetBy?: string;
  readonly onCancel?: string;
  readonly tif?: string;
  readonly maxSlippage?: string;
  readonly reduceOnly?: boolean;
  readonly by?: string;
  readonly step?: string;
  readonly from?: string;
  readonly to?: string;
  readonly rungs?: string;
  readonly sizeRatio?: string;
  readonly over?: string;
  readonly every?: string;
  readonly show?: string;
  readonly worst?: string;
  readonly hold?: string;
  readonly slack?: string;
  readonly venue?: boolean;
  readonly randomize?: boolean;
}

export const TARGET_WAYS = ['trigger', 'limit'] as const;
export const ON_CANCEL = ['close', 'leave'] as const;
/** What may rest: IOC never does. */
export const RESTING_TIFS = ['GTC', 'ALO'] as const;

function required(field: string, text: string | undefined): string {
  if (text !== undefined) return text;
  throw usageFailure({ field, value: '(none)', rule: 'must be given' });
}

const readPx = (field: string, text: string | undefined): Px =>
  px(readPositive(field, required(field, text)));

const readSized = ({ side, size }: SizeWords): { side: Side; sizeBase: SizeBase } => ({
  side: readWord('side', side, SIDES),
  sizeBase: sizeBase(readPositive('size', size)),
});

const collar = ({ maxSlippage }: PlanOptions): Pick<ClosePositionSpec, 'collarFraction'> =>
  maxSlippage === undefined ? {} : { collarFraction: readFraction('--max-slippage', maxSlippage) };

const restingTif = ({ tif }: PlanOptions): Pick<LadderSpec, 'timeInForce'> =>
  tif === undefined ? {} : { timeInForce: readWord('--tif', tif, RESTING_TIFS) };

export function readBracket(words: SizeWords, options: PlanOptions): BracketSpec {
  const { price, tif, targetBy, onCancel } = options;
  return {
    kind: 'bracket',
    ...readSized(words),
    stopPx: readPx('--stop', options.stop),
    targetPx: readPx('--target', options.target),
    ...(price === undefined ? {} : { limitPx: readPx('--price', price) }),
    ...(tif === undefined ? {} : { timeInForce: readWord('--tif', tif, TIMES_IN_FORCE) }),
    ...collar(options),
    ...(targetBy === undefined ? {} : { targetBy: readWord('--target-by', targetBy, TARGET_WAYS) }),
    ...(onCancel === undefined ? {} : { onCancel: readWord('--on-cancel', onCancel, ON_CANCEL) }),
  };
}

export function readOco(words: SizeWords, options: PlanOptions): OcoSpec {
  const common = { ...readSized(words), reduceOnly: true } as const;
  const targetPx = readPx('--target', options.target);
  const byLimit = readWord('--target-by', options.targetBy ?? 'limit', TARGET_WAYS) === 'limit';
  return {
    kind: 'oco',
    first: byLimit
      ? { ...common, type: 'LIMIT', limitPx: targetPx }
      : { ...common, type: 'TAKE_PROFIT', triggerPx: targetPx },
    second: { ...common, type: 'STOP_LOSS', triggerPx: readPx('--stop', options.stop) },
  };
}

/** The distance is USD of price, or a part of it: `500` or `2%`. */
export function readTrail(words: SizeWords, options: PlanOptions): TrailingStopSpec {
  const by = required('--by', options.by);
  return {
    kind: 'trailingStop',
    ...readSized(words),
    ...(by.endsWith('%')
      ? { trailFraction: readFraction('--by', by) }
      : { trailPx: readPx('--by', by) }),
    ...(options.step === undefined ? {} : { stepFraction: readFraction('--step', options.step) }),
  };
}

export function readLadder(words: SizeWords, options: PlanOptions): LadderSpec {
  const { sizeRatio } = options;
  return {
    kind: 'ladder',
    ...readSized(words),
    reduceOnly: options.reduceOnly ?? false,
    fromPx: readPx('--from', options.from),
    toPx: readPx('--to', options.to),
    rungs: readCount('--rungs', required('--rungs', options.rungs), 2, MOST_RUNGS),
    ...(sizeRatio === undefined ? {} : { sizeRatio: readPositive('--size-ratio', sizeRatio) }),
    ...restingTif(options),
  };
}

const MINUTE_MS = 60_000;

/** Worked by the venue: it sets pace and slippage of its slices itself. */
function readVenueTwap(words: SizeWords, options: PlanOptions): VenueTwapSpec {
  for (const [flag, value] of [
    ['--every', options.every],
    ['--max-slippage', options.maxSlippage],
  ] as const) {
    if (value === undefined) continue;
    const rule = 'cannot be set with --venue: the venue slices every 30 s, at most 3 % off the mid';
    throw usageFailure({ field: flag, value, rule });
  }
  const durationMs = readDurationMs('--over', required('--over', options.over));
  if (durationMs % MINUTE_MS !== 0) {
    const rule = 'must be whole minutes with --venue';
    throw usageFailure({ field: '--over', value: options.over ?? '', rule });
  }
  return {
    kind: 'venueTwap',
    ...readSized(words),
    reduceOnly: options.reduceOnly ?? false,
    durationMs,
    randomize: options.randomize ?? false,
  };
}

export function readTwap(words: SizeWords, options: PlanOptions): TwapSpec | VenueTwapSpec {
  if (options.venue === true) return readVenueTwap(words, options);
  if (options.randomize === true) {
    const rule = 'is the venue’s: it needs --venue';
    throw usageFailure({ field: '--randomize', value: '', rule });
  }
  return {
    kind: 'twap',
    ...readSized(words),
    reduceOnly: options.reduceOnly ?? false,
    durationMs: readDurationMs('--over', required('--over', options.over)),
    everyMs: readDurationMs('--every', required('--every', options.every)),
    ...collar(options),
  };
}

export function readIceberg(words: SizeWords, options: PlanOptions): IcebergSpec {
  return {
    kind: 'iceberg',
    ...readSized(words),
    shownBase: sizeBase(readPositive('--show', required('--show', options.show))),
    limitPx: readPx('--price', options.price),
    reduceOnly: options.reduceOnly ?? false,
    ...restingTif(options),
  };
}

export function readChase(words: SizeWords, options: PlanOptions): ChaseSpec {
  const { slack } = options;
  return {
    kind: 'chase',
    ...readSized(words),
    reduceOnly: options.reduceOnly ?? false,
    worstPx: readPx('--worst', options.worst),
    holdMs: readDurationMs('--hold', required('--hold', options.hold)),
    durationMs: readDurationMs('--over', required('--over', options.over)),
    ...(slack === undefined ? {} : { slackFraction: readFraction('--slack', slack) }),
  };
}

export const readClose = (options: PlanOptions): ClosePositionSpec => ({
  kind: 'closePosition',
  ...collar(options),
});

/** Names of fields as the user typed them, for errors of the domain. */
export const PLAN_FLAGS: Readonly<Record<string, string>> = {
  intentId: '--intent-key',
  sizeBase: 'size',
  limitPx: '--price',
  stopPx: '--stop',
  targetPx: '--target',
  shownBase: '--show',
  trailPx: '--by',
  trailFraction: '--by',
  trail: '--by',
  stepFraction: '--step',
  fromPx: '--from',
  toPx: '--to',
  rungs: '--rungs',
  sizeRatio: '--size-ratio',
  durationMs: '--over',
  everyMs: '--every',
  holdMs: '--hold',
  worstPx: '--worst',
  slackFraction: '--slack',
  collarFraction: '--max-slippage',
};
