/**
 * Builder fees: what the builder of a client may add to an account's fees, once it agreed.
 * Source: the venue's documentation, "Builder codes": at most 0.1 % on perpetuals.
 */
import { applyRate, exact, type Micro, quotient, readAmount } from '../state/fixed-point.ts';
import { type AccountState, type OrderBuilder, openAccount, type Step } from '../state/state.ts';

/** Tenths of a basis point. */
const MOST_FEE = 100;
/** A tenth of a basis point in millionths of a per cent. */
const TENTH: Micro = 1000;
/** A tenth of a basis point in units of 1e-12. */
const RATE_PER_TENTH = 10_000_000;

/** Lets the builder charge up to a fee; `0%` takes it back. Returns a refusal or undefined. */
export function approveBuilderFee(
  account: AccountState,
  builder: string,
  maxFeeRate: string,
): string | undefined {
  const perCent = readAmount(maxFeeRate.replace(/%$/, ''));
  // The venue's text is not recorded.
  if (perCent === undefined || perCent % TENTH !== 0 || perCent > MOST_FEE * TENTH) {
    return `Invalid builder fee ${maxFeeRate}: must be 0% to 0.1% in steps of 0.001%`;
  }
  const { builders } = account.standing;
  const address = builder.toLowerCase();
  if (perCent === 0) builders.delete(address);
  else builders.set(address, quotient(perCent, TENTH));
  return undefined;
}

/** The builder of a batch of orders, or the venue's refusal of a fee that was not agreed to. */
export function readBuilder(
  account: AccountState,
  builder: { readonly b: string; readonly f: number } | undefined,
): OrderBuilder | null | string {
  if (builder === undefined) return null;
  const address = builder.b.toLowerCase();
  const most = account.standing.builders.get(address);
  if (most === undefined || builder.f > most) return 'Builder fee has not been approved.';
  return { address, rate: builder.f * RATE_PER_TENTH };
}

/** Pays the builder for one fill; the caller takes the same from the account. */
export function payBuilder(step: Step, builder: OrderBuilder, usd: Micro): Micro {
  const fee = applyRate(usd, builder.rate);
  const account = openAccount(step.state, builder.address);
  account.cash = exact(account.cash + fee, 'builder cash');
  return fee;
}
