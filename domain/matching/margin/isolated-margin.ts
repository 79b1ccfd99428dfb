/**
 * Moving margin in and out of an isolated position. What stays must be its initial margin and a
 * tenth of its value (source: the venue's documentation, "Margining"). Some texts are ours.
 */
import type { AccountAction } from '../accounts/account-actions.ts';
import { exact, MICRO, type Micro, mulDiv, quotient, readAmount } from '../state/fixed-point.ts';
import type { AccountState, Position, Step } from '../state/state.ts';
import type { AssetTerms } from '../state/terms.ts';
import { initialOf, isolatedEquity, positionValue, withdrawableUsd } from './margin.ts';

type Action<Type extends AccountAction['type']> = Extract<AccountAction, { type: Type }>;
/** The venue's refusal, or undefined when the margin was moved. */
type Refusal = string | undefined;

const NOT_ISOLATED = 'Position does not use isolated margin.';

interface Isolated {
  readonly asset: AssetTerms;
  readonly position: Position;
}

function isolatedIn(step: Step, account: AccountState, assetId: number): Isolated | undefined {
  const asset = step.terms.assets[assetId];
  const position = asset && account.positions.get(asset.spec.name);
  return position && position.isolatedUsd !== null ? { asset, position } : undefined;
}

function shift(account: AccountState, position: Position, amount: Micro): void {
  account.cash = exact(account.cash - amount, 'account cash');
  position.isolatedUsd = exact((position.isolatedUsd ?? 0) + amount, 'isolated margin');
}

function putIn(step: Step, account: AccountState, position: Position, amount: Micro): Refusal {
  if (amount > withdrawableUsd(step, account)) return 'Insufficient margin to add to position.';
  shift(account, position, amount);
  return undefined;
}

function takeOut(step: Step, account: AccountState, found: Isolated, amount: Micro): Refusal {
  const { asset, position } = found;
  if (asset.spec.marginMode === 'strictIsolated') {
    return 'Cannot remove margin from this asset.';
  }
  const tenth = quotient(positionValue(step, position), 10);
  const needed = Math.max(initialOf(step, account, position), tenth);
  if (isolatedEquity(step, position) - amount < needed) {
    return 'Isolated position does not have sufficient margin available to remove.';
  }
  shift(account, position, 0 - amount);
  return undefined;
}

/** Puts margin in (positive) or takes it out (negative). */
export function updateIsolatedMargin(
  step: Step,
  account: AccountState,
  { asset, ntli }: Action<'updateIsolatedMargin'>,
): Refusal {
  const found = isolatedIn(step, account, asset);
  if (!found) return NOT_ISOLATED;
  return ntli < 0
    ? takeOut(step, account, found, 0 - ntli)
    : putIn(step, account, found.position, ntli);
}

/** Puts in what brings the position down to a leverage, rounded up to a millionth. */
export function topUpIsolatedMargin(
  step: Step,
  account: AccountState,
  action: Action<'topUpIsolatedOnlyMargin'>,
): Refusal {
  const found = isolatedIn(step, account, action.asset);
  if (!found) return NOT_ISOLATED;
  const leverage = readAmount(action.leverage) ?? 0;
  if (leverage < MICRO) return 'Invalid leverage value';
  const value = positionValue(step, found.position);
  const missing = mulDiv(value, MICRO, leverage) + 1 - isolatedEquity(step, found.position);
  return missing > 0 ? putIn(step, account, found.position, missing) : undefined;
}
