/**
 * Gives the account the trading volume that 3,000 open orders take: the venue allows 1,000, and one
 * more per 5 million USD traded (documentation, "Order types"). It trades with a second account, back
 * and forth at the same prices, and ends without a position.
 */
import type { PrivateKeyAccount } from 'viem';
import { accountAddress } from '../../domain/kernel/ids.ts';
import type { VenueConnection } from '../../gateways/hyperliquid/connection.ts';
import { postSigned } from '../../gateways/hyperliquid/exchange.ts';
import { userRateLimitSchema } from '../../gateways/hyperliquid/wire/info-account.ts';
import { allMidsSchema } from '../../gateways/hyperliquid/wire/info-market.ts';

const ASSET = { name: 'BTC', index: 0 };
const USD_PER_ORDER = 5_000_000;
/** Notional of one trade, USD: what 40 times leverage and the venue's cap on open interest allow. */
const TRADE_USD = 50_000_000;

export interface Traders {
  readonly account: PrivateKeyAccount;
  readonly other: PrivateKeyAccount;
}

/** As the venue writes it, without trailing zeros: it signs what it would have written itself. */
const sizeOf = (base: number): string => String(Number(base.toFixed(2)));

let nonce = Date.now();

async function place(
  connection: VenueConnection,
  trader: PrivateKeyAccount,
  order: { isBuy: boolean; px: number; size: string; tif: 'Gtc' | 'Ioc' },
): Promise<void> {
  const { isBuy, px, size, tif } = order;
  nonce += 1;
  const wire = {
    a: ASSET.index,
    b: isBuy,
    p: String(px),
    s: size,
    r: false,
    t: { limit: { tif } },
  };
  const action = { type: 'order', orders: [wire], grouping: 'na' };
  const answer = await postSigned(connection, trader, { action, nonce });
  const text = JSON.stringify(answer);
  if (answer.status !== 'ok' || text.includes('"error"')) throw new Error(`volume: ${text}`);
}

/** @param openOrders how many orders shall be allowed to rest */
export async function earnOpenOrders(
  connection: VenueConnection,
  { account, other }: Traders,
  openOrders: number,
): Promise<void> {
  const wanted = (openOrders - 1_000) * USD_PER_ORDER;
  const traded = async (): Promise<number> => {
    const question = { type: 'userRateLimit', user: accountAddress(account.address) } as const;
    return Number((await connection.info(question, userRateLimitSchema)).cumVlm);
  };
  while ((await traded()) < wanted) {
    const mids = await connection.info({ type: 'allMids' }, allMidsSchema);
    const mid = Number(mids[ASSET.name]);
    const size = sizeOf(TRADE_USD / mid);
    for (const isBuy of [true, false]) {
      // Ours rests at a bad price, so that the tape's own book is used up before it is reached.
      const px = Math.round(mid * (isBuy ? 0.995 : 1.005));
      await place(connection, account, { isBuy, px, size, tif: 'Gtc' });
      const crossing = Math.round(mid * (isBuy ? 0.99 : 1.01));
      await place(connection, other, {
        isBuy: !isBuy,
        px: crossing,
        size: sizeOf(Number(size) * 3),
        tif: 'Ioc',
      });
    }
  }
}
