/**
 * What an account pays: its volumes by UTC day, the tier that the last 14 full days earn, discounts,
 * and the fee on one trade. Rates are looked up once a day and account, so a trade only multiplies.
 * A day is one of the market: a tape that plays a month in minutes has a month's tiers.
 *
 * fee = notional x rate, truncated toward zero to 6 decimals; rebates are negative and bear no
 * discount. Sub-accounts share the volume of their master. Assumed: a maker's share is of all that
 * was traded on the venue, the outside world's prints included. Spot volume does not exist here.
 */

import type { AccountSettingsInput } from '../contract/venue-inputs.ts';
import type { Books } from '../margin/margin.ts';
import {
  applyRate,
  type Micro,
  mulDiv,
  parseScaled,
  type Rate,
  rateText,
  type WideMicro,
  wireText,
} from '../state/fixed-point.ts';
import { type AccountState, openAccount, type Step, type VenueState } from '../state/state.ts';
import type { DayVolume, FeeRates } from './account-standing.ts';
import { NEVER } from './account-standing.ts';
import type { FeesView } from './account-views.ts';
import { makerTierOf, tierOf } from './fee-schedule.ts';

const DAY_MS = 86_400_000;
const TIER_DAYS = 14;
/** Today and the days that count towards a tier. */
const KEPT_DAYS = TIER_DAYS + 1;
const RATE_ONE = 10 ** 12;
/** A referral's discount ends with this volume; source: the venue's documentation, "Referrals". */
const REFERRED_VOLUME: WideMicro = 25_000_000_000_000n;

/** The market's day, in days since 1970: see `docs/decisions/0032`. */
const dayOf = ({ marketTimeMs }: VenueState): number => Math.floor(marketTimeMs / DAY_MS);

/** Adds to the volume of the day; both kinds where nobody made a market for us. */
function countOn(days: DayVolume[], day: number, usd: WideMicro, isTaker: boolean): void {
  let today = days.at(-1);
  if (today?.day !== day) {
    today = { day, taker: 0n, maker: 0n };
    days.push(today);
    if (days.length > KEPT_DAYS) days.shift();
  }
  if (isTaker) today.taker += usd;
  else today.maker += usd;
}

/** Notes one account's side of a trade. */
export const countVolume = (
  step: Step,
  account: AccountState,
  usd: WideMicro,
  isTaker: boolean,
): void => countOn(account.standing.days, dayOf(step.state), usd, isTaker);

/** Notes a trade of the venue, whoever traded. */
export const countTrade = (step: Step, usd: WideMicro): void =>
  countOn(step.state.days, dayOf(step.state), usd, true);

interface Volume {
  taker: WideMicro;
  maker: WideMicro;
}

/** The volume of the 14 full days before a day. */
function volumeBefore(lists: readonly (readonly DayVolume[])[], day: number): Volume {
  const sum: Volume = { taker: 0n, maker: 0n };
  for (const { day: traded, taker, maker } of lists.flat()) {
    if (traded >= day || traded < day - TIER_DAYS) continue;
    sum.taker += taker;
    sum.maker += maker;
  }
  return sum;
}

/** The account and all others whose volume counts with its own. */
function familyOf(state: VenueState, account: AccountState): AccountState[] {
  const master = state.accounts.get(account.standing.master ?? account.address) ?? account;
  const subs = master.standing.subAccounts.flatMap((address) => state.accounts.get(address) ?? []);
  return [master, ...subs];
}

const discounted = (rate: Rate, discount: Rate): Rate =>
  rate > 0 ? mulDiv(rate, RATE_ONE - discount, RATE_ONE) : rate;

const referralDiscountOf = (account: AccountState): Rate =>
  account.volumeUsd < REFERRED_VOLUME ? account.standing.settings.referralDiscount : 0;

function ratesOn(books: Books, account: AccountState, day: number): FeeRates {
  const { fees } = books.terms;
  const { settings } = account.standing;
  const days = familyOf(books.state, account).map(({ standing }) => standing.days);
  const own = volumeBefore(days, day);
  const all = volumeBefore([books.state.days], day);
  const tierNumber = settings.feeTier ?? tierOf(fees, own.taker + own.maker);
  const tier = fees.tiers[tierNumber] ?? fees.tiers[0];
  const makerNumber = settings.makerTier ?? makerTierOf(fees, own.maker, all.taker + all.maker);
  const rebate = fees.makerTiers[makerNumber - 1];
  const takerRate = discounted(tier.takerRate, settings.stakingDiscount);
  const makerRate = rebate?.makerRate ?? discounted(tier.makerRate, settings.stakingDiscount);
  const referral = referralDiscountOf(account);
  return {
    day,
    takerRate,
    makerRate,
    chargedTakerRate: discounted(takerRate, referral),
    chargedMakerRate: discounted(makerRate, referral),
  };
}

/** The fee on a trade of the account, without a builder's; negative for a rebate. */
export function feeOn(step: Step, account: AccountState, usd: Micro, isTaker: boolean): Micro {
  const { rates } = account.standing;
  const day = dayOf(step.state);
  if (rates.day !== day) Object.assign(rates, ratesOn(step, account, day));
  return applyRate(usd, isTaker ? rates.chargedTakerRate : rates.chargedMakerRate);
}

/** Makes the next trade look its rates up anew. */
export function forgetRates(account: AccountState): void {
  account.standing.rates.day = NEVER;
}

function readTier(value: number | null, most: number, field: string): number | null {
  if (value === null || (Number.isInteger(value) && value >= 0 && value <= most)) return value;
  throw new RangeError(`${field} ${value}: must be null or a whole number from 0 to ${most}`);
}

function readDiscount(text: string, field: string): Rate {
  const discount = parseScaled(text, 12, field);
  if (discount >= 0 && discount < RATE_ONE) return discount;
  throw new RangeError(`${field} ${JSON.stringify(text)}: must be from 0 to below 1`);
}

/**
 * Sets what the operator gives an account, which need not exist yet; counts from the next trade on.
 * @throws RangeError for a tier that does not exist or a discount that is no fraction.
 */
export function applyAccountSettings(step: Step, input: AccountSettingsInput): void {
  const { tiers, makerTiers } = step.terms.fees;
  const { feeTier, makerTier, stakingDiscount, referralDiscount } = input;
  const read = {
    ...(feeTier === undefined ? {} : { feeTier: readTier(feeTier, tiers.length - 1, 'feeTier') }),
    ...(makerTier === undefined
      ? {}
      : { makerTier: readTier(makerTier, makerTiers.length, 'makerTier') }),
    ...(stakingDiscount === undefined
      ? {}
      : { stakingDiscount: readDiscount(stakingDiscount, 'stakingDiscount') }),
    ...(referralDiscount === undefined
      ? {}
      : { referralDiscount: readDiscount(referralDiscount, 'referralDiscount') }),
  };
  const account = openAccount(step.state, input.account);
  Object.assign(account.standing.settings, read);
  forgetRates(account);
}

/** What the account has traded each day, and what it pays now. */
export function feesView(books: Books, account: AccountState): FeesView {
  const family = familyOf(books.state, account).flatMap(({ standing }) => standing.days);
  const today = dayOf(books.state);
  const rates = ratesOn(books, account, today);
  const days = [...new Set(family.map(({ day }) => day))].filter((day) => day > today - KEPT_DAYS);
  return {
    dailyUserVlm: days
      .sort((a, b) => a - b)
      .map((day) => {
        const own = family.filter((row) => row.day === day);
        const all = books.state.days.find((row) => row.day === day);
        return {
          date: new Date(day * DAY_MS).toISOString().slice(0, 10),
          userCross: wireText(own.reduce((sum, { taker }) => sum + taker, 0n)),
          userAdd: wireText(own.reduce((sum, { maker }) => sum + maker, 0n)),
          exchange: wireText(all?.taker ?? 0n),
        };
      }),
    userCrossRate: rateText(rates.takerRate),
    userAddRate: rateText(rates.makerRate),
    activeReferralDiscount: rateText(referralDiscountOf(account)),
    activeStakingDiscount: rateText(account.standing.settings.stakingDiscount),
  };
}
