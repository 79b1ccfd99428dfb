/** From the words of `order place` to an OrderIntent, checked as far as is possible without a venue. */
import type { OrderIntent, OrderType } from '../../domain/execution/intent.ts';
import {
  checkIntentShape,
  ORDER_TYPES,
  PARTIAL_POLICIES,
  TIMES_IN_FORCE,
  URGENCIES,
} from '../../domain/execution/intent.ts';
import type { Fraction } from '../../domain/kernel/decimal.ts';
import { decimal, fraction, px, sizeBase } from '../../domain/kernel/decimal.ts';
import { type IntentId, intentId } from '../../domain/kernel/ids.ts';
import { SIDES } from '../../domain/market/side.ts';
import { usageFailure } from './failure.ts';
import { readCount, readDurationMs, readMomentMs, readPositive, readWord } from './values.ts';
import type { Target, World } from './world.ts';

export interface PlaceOptions {
  readonly type: string;
  readonly price?: string;
  readonly tif?: string;
  readonly triggerPrice?: string;
  readonly reduceOnly?: boolean;
  readonly maxSlippage?: string;
  readonly urgency?: string;
  readonly goodTil?: string;
  readonly unfilledAfter?: string;
  readonly unfilled?: string;
  readonly leverage?: string;
  readonly isolated?: boolean;
  readonly intentKey?: string;
  readonly strategy: string;
  readonly wait?: boolean;
  readonly timeout: string;
}

/** `stop-loss` for STOP_LOSS, and so on: words for a command line. */
export const TYPE_WORDS = ORDER_TYPES.map((type) => type.toLowerCase().replace('_', '-'));

const ASSET = /^[A-Za-z0-9:_@/-]{1,32}$/;
const STRATEGY = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;

/** A key for an order that was given none: unique, and readable as a moment. */
export function newIntentKey(world: Pick<World, 'nowMs' | 'randomHex'>): IntentId {
  const moment = new Date(world.nowMs()).toISOString().replace(/\D/g, '').slice(0, 14);
  return intentId(`cli-${moment}-${world.randomHex(4)}`);
}

/** @throws CliFailure (usage) */
export function readKey(text: string): IntentId {
  try {
    return intentId(text);
  } catch {
    const rule = 'must be 1 to 128 characters of A-Z a-z 0-9 . _ : / @ -';
    throw usageFailure({ field: 'intent-key', value: text, rule });
  }
}

function readMatching(field: string, text: string, pattern: RegExp, rule: string): string {
  if (!pattern.test(text)) throw usageFailure({ field, value: text, rule });
  return text;
}

/** Names of fields as the user typed them, for errors of the domain. */
const FLAG_OF: Readonly<Record<string, string>> = {
  sizeBase: 'size',
  limitPx: '--price',
  triggerPx: '--trigger-price',
  collarFraction: '--max-slippage',
  urgency: '--urgency',
  cancelAtMs: '--good-til',
  onPartial: '--unfilled-after',
  leverage: '--leverage',
  timeInForce: '--tif',
  reduceOnly: '--reduce-only',
};

/** `0.005` or `0.5%` as a fraction. @throws CliFailure */
export function readFraction(field: string, text: string): Fraction {
  if (!text.endsWith('%')) return fraction(readPositive(field, text));
  return fraction(decimal(readPositive(field, text.slice(0, -1))).div(100));
}

const MAX_LEVERAGE = 100;

/** What concerns the order's later life rather than its price. */
function readTerms(options: PlaceOptions, nowMs: number): Partial<OrderIntent> {
  const { urgency, goodTil, unfilledAfter, unfilled, leverage, isolated } = options;
  if (unfilledAfter === undefined && unfilled !== undefined) {
    const rule = 'needs --unfilled-after, the time to wait';
    throw usageFailure({ field: '--unfilled', value: unfilled, rule });
  }
  const rest = unfilledAfter && {
    afterMs: readDurationMs('--unfilled-after', unfilledAfter),
    rest: readWord('--unfilled', unfilled ?? 'cancel', PARTIAL_POLICIES),
  };
  return {
    ...(urgency === undefined ? {} : { urgency: readWord('--urgency', urgency, URGENCIES) }),
    ...(goodTil === undefined ? {} : { cancelAtMs: readMomentMs('--good-til', goodTil, nowMs) }),
    ...(rest ? { onPartial: rest } : {}),
    ...(leverage === undefined
      ? {}
      : {
          leverage: {
            value: readCount('--leverage', leverage, 1, MAX_LEVERAGE),
            isCross: isolated !== true,
          },
        }),
  };
}

/** Everything of the intent but whose it is. */
export type IntentDraft = Omit<OrderIntent, 'network' | 'account'>;

export interface OrderWords {
  readonly asset: string;
  readonly side: string;
  readonly size: string;
}

/** What makes an order this one and no other. */
export interface IdentityOptions {
  readonly intentKey?: string;
  readonly strategy: string;
}

/** @throws CliFailure (usage) naming the word that does not fit */
export const readIdentity = (
  { intentKey, strategy }: IdentityOptions,
  world: Pick<World, 'nowMs' | 'randomHex'>,
): Pick<OrderIntent, 'intentId' | 'strategy'> => ({
  intentId: intentKey === undefined ? newIntentKey(world) : readKey(intentKey),
  strategy: readMatching('--strategy', strategy, STRATEGY, 'must be 1 to 64 of A-Z a-z 0-9 . _ -'),
});

/** @throws CliFailure (usage) */
export const readAsset = (text: string): string =>
  readMatching('asset', text, ASSET, 'must be the name of a perpetual, e.g. BTC');

/** Reads each word by itself. @throws CliFailure (usage) naming the word that does not fit */
export function readDraft(
  words: OrderWords,
  options: PlaceOptions,
  world: Pick<World, 'nowMs' | 'randomHex'>,
): IntentDraft {
  const typeWord = readWord('--type', options.type.replace('_', '-'), TYPE_WORDS);
  const { price, triggerPrice, maxSlippage, tif } = options;
  const trigger =
    triggerPrice === undefined
      ? {}
      : { triggerPx: px(readPositive('--trigger-price', triggerPrice)) };
  return {
    ...readIdentity(options, world),
    leg: 'main',
    asset: readAsset(words.asset),
    side: readWord('side', words.side, SIDES),
    type: typeWord.toUpperCase().replace('-', '_') as OrderType,
    sizeBase: sizeBase(readPositive('size', words.size)),
    reduceOnly: options.reduceOnly ?? false,
    ...(price === undefined ? {} : { limitPx: px(readPositive('--price', price)) }),
    ...trigger,
    ...(tif === undefined ? {} : { timeInForce: readWord('--tif', tif, TIMES_IN_FORCE) }),
    ...(maxSlippage === undefined
      ? {}
      : { collarFraction: readFraction('--max-slippage', maxSlippage) }),
    ...readTerms(options, world.nowMs()),
  };
}

/** Completes the intent and checks its fields together. @throws CliFailure (usage) */
export function intentOf(draft: IntentDraft, { network, account }: Target): OrderIntent {
  const intent: OrderIntent = { network, account, ...draft };
  const violation = checkIntentShape(intent);
  if (violation === undefined) return intent;
  throw usageFailure({ ...violation, field: FLAG_OF[violation.field] ?? violation.field });
}

const shown = (value: unknown): string =>
  typeof value === 'object' ? JSON.stringify(value) : String(value ?? 'not given');

/** The fields in which two intents of one key differ, with both values. */
export function differingFields(
  stored: OrderIntent,
  wanted: OrderIntent,
): readonly { readonly field: string; readonly stored: string; readonly wanted: string }[] {
  const names = new Set([...Object.keys(stored), ...Object.keys(wanted)]) as Set<keyof OrderIntent>;
  return (
    [...names]
      // A date that was given as a time from now is another one at every call.
      .filter((name) => name !== 'cancelAtMs' || stored[name] === undefined)
      .map((name) => ({
        field: FLAG_OF[name] ?? name,
        stored: shown(stored[name]),
        wanted: shown(wanted[name]),
      }))
      .filter((pair) => pair.stored !== pair.wanted)
  );
}
