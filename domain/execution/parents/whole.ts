/**
 * A parent as orders that can be judged before anything is started: the parts that its first legs
 * will be, for the venue's rules, and the whole as one order, for the account's limits.
 */
import { assertNever } from '../../kernel/assert.ts';
import { decimal, px } from '../../kernel/decimal.ts';
import type { AssetSpec } from '../../market/asset.ts';
import { bracketLegs } from './bracket.ts';
import type { IcebergSpec } from './iceberg.ts';
import { type LadderSpec, ladderLegs } from './ladder.ts';
import { ocoLegs } from './oco.ts';
import type { ParentSpec } from './parent.ts';
import type { LegPlan } from './plan.ts';

/** Orders that the parent is sure to place, or that are like those that it will. */
export function partsOf(spec: ParentSpec, asset: AssetSpec): readonly LegPlan[] {
  switch (spec.kind) {
    case 'bracket':
      return bracketLegs(spec);
    case 'oco':
      return ocoLegs(spec);
    case 'ladder':
      return ladderLegs(spec, asset);
    case 'iceberg':
      return [{ ...wholeLimit(spec, spec.limitPx), sizeBase: spec.shownBase }];
    case 'chase':
    case 'closePosition':
    case 'trailingStop':
    case 'twap':
    case 'venueTwap':
      return [];
    default:
      return assertNever(spec);
  }
}

const wholeLimit = (
  {
    side,
    sizeBase,
    reduceOnly,
  }: Pick<LadderSpec | IcebergSpec, 'side' | 'sizeBase' | 'reduceOnly'>,
  limitPx: LadderSpec['fromPx'],
): LegPlan => ({
  name: 'whole',
  leg: reduceOnly ? 'exit' : 'entry',
  side,
  type: 'LIMIT',
  sizeBase,
  reduceOnly,
  limitPx,
});

/** All that the parent may open, as orders at their worst prices; none when it cannot open. */
export function wholeOf(spec: ParentSpec): readonly LegPlan[] {
  switch (spec.kind) {
    case 'bracket':
      return bracketLegs(spec).slice(0, 1);
    case 'oco':
      return ocoLegs(spec);
    case 'ladder': {
      const [from, to] = [decimal(spec.fromPx), decimal(spec.toPx)];
      return [wholeLimit(spec, px(from.gt(to) ? from : to))];
    }
    case 'iceberg':
      return [wholeLimit(spec, spec.limitPx)];
    case 'chase':
      return [wholeLimit(spec, spec.worstPx)];
    case 'twap':
    case 'venueTwap': {
      const { side, sizeBase, reduceOnly } = spec;
      const leg = reduceOnly ? 'exit' : 'entry';
      return [{ name: 'whole', leg, side, type: 'MARKET', sizeBase, reduceOnly }];
    }
    case 'trailingStop': {
      const { side, sizeBase } = spec;
      return [{ name: 'whole', leg: 'exit', side, type: 'MARKET', sizeBase, reduceOnly: true }];
    }
    case 'closePosition':
      return [];
    default:
      return assertNever(spec);
  }
}
