/**
 * Funding: what longs pay shorts each hour (or the other way round).
 * amount = -szi * oracle price * rate, truncated toward zero to 6 decimals. What our accounts pay
 * or get goes through the venue's funding ledger, since the outside world has no account.
 */

import type { FundingRate } from '../contract/venue-inputs.ts';
import type { FundingPayment } from '../contract/venue-records.ts';
import {
  applyRate,
  exact,
  type Micro,
  negated,
  notional,
  type Rate,
  rateText,
  roundToStep,
  toMicro,
  toRate,
  wireText,
} from '../state/fixed-point.ts';
import { pushBounded } from '../state/order-records.ts';
import type { AccountState, Position, Step } from '../state/state.ts';
import { termsOf } from '../state/terms.ts';
import { hashOf } from '../state/transaction-hash.ts';

interface ReadRate {
  readonly coin: string;
  readonly rate: Rate;
  readonly rateText: string;
  readonly oraclePx: Micro;
}

function readRate(step: Step, rate: FundingRate): ReadRate {
  const asset = termsOf(step.terms, rate.coin);
  const read = toRate(rate.rate, `${rate.coin}.rate`);
  return {
    coin: rate.coin,
    rate: read,
    rateText: rateText(read),
    oraclePx: roundToStep(toMicro(rate.oraclePx, `${rate.coin}.oraclePx`), asset.pxStep),
  };
}

function payOne(step: Step, account: AccountState, position: Position, rate: ReadRate): void {
  const usdc = negated(applyRate(notional(rate.oraclePx, position.szi), rate.rate));
  if (position.isolatedUsd === null) account.cash = exact(account.cash + usdc);
  else position.isolatedUsd = exact(position.isolatedUsd + usdc);
  step.state.funding -= BigInt(usdc);
  position.fundingSinceOpen -= usdc;
  position.fundingSinceChange -= usdc;
  const allTime = account.fundingAllTime.get(position.coin) ?? 0;
  account.fundingAllTime.set(position.coin, allTime - usdc);
  const payment: FundingPayment = {
    time: step.atMs,
    hash: hashOf(step.terms, step.state.inputs),
    delta: {
      type: 'funding',
      coin: position.coin,
      usdc: wireText(usdc),
      szi: wireText(position.szi),
      fundingRate: rate.rateText,
      nSamples: null,
    },
  };
  pushBounded(account.payments, payment);
  step.events.push({ kind: 'funding', account: account.address, payment });
  step.touched.add(account.address);
}

/** Pays one hour's funding on every open position. @throws RangeError before anything is paid. */
export function payFunding(step: Step, rates: readonly FundingRate[]): void {
  const read = rates.map((rate) => readRate(step, rate));
  for (const rate of read) {
    for (const account of step.state.accounts.values()) {
      const position = account.positions.get(rate.coin);
      if (position) payOne(step, account, position, rate);
    }
  }
}
