/**
 * updateLeverage: sets cross or isolated margin and the leverage of one asset, or says in the
 * venue's words why not. Raising leverage frees no isolated margin; lowering it needs enough.
 */

import type { VenueAction } from '../contract/venue-actions.ts';
import type { LeverageSetting } from '../contract/venue-views.ts';
import { quotient } from '../state/fixed-point.ts';
import { type AccountState, leverageOf, type Step } from '../state/state.ts';
import { tierAt } from '../state/terms.ts';
import { crossEquity, crossInitial, initialOf, isolatedEquity, positionValue } from './margin.ts';

type UpdateLeverage = Extract<VenueAction, { type: 'updateLeverage' }>;

/** Returns the venue's refusal text, or undefined when the leverage was set. */
export function updateLeverage(
  step: Step,
  account: AccountState,
  action: UpdateLeverage,
): string | undefined {
  const asset = step.terms.assets[action.asset];
  const { leverage } = action;
  const isLegal = Number.isInteger(leverage) && leverage >= 1;
  if (!asset || !isLegal || leverage > asset.spec.maxLeverage) return 'Invalid leverage value';
  if (action.isCross && asset.isOnlyIsolated) return 'Cross margin is not allowed for this asset.';
  const setting: LeverageSetting = { type: action.isCross ? 'cross' : 'isolated', value: leverage };
  const position = account.positions.get(asset.spec.name);
  if (position) {
    const { maxLeverage } = tierAt(asset, positionValue(step, position));
    if (leverage > maxLeverage) return 'Invalid leverage value';
    if (leverageOf(account, asset).type !== setting.type) {
      return 'Cannot switch leverage type with open position.';
    }
    const needed = quotient(positionValue(step, position), leverage);
    const present = initialOf(step, account, position);
    if (needed > present && position.isolatedUsd !== null) {
      if (isolatedEquity(step, position) < needed) {
        return 'Isolated position does not have sufficient margin available to decrease leverage. To decrease leverage, add margin to the position.';
      }
    } else if (needed > present) {
      if (crossEquity(step, account) < crossInitial(step, account) - present + needed) {
        return 'Cross position does not have sufficient margin available to decrease leverage.';
      }
    }
  }
  account.leverage.set(asset.spec.name, setting);
  return undefined;
}
