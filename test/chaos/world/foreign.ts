/** An order placed past the product, as by hand on the venue's site: signed by the account's own key. */
import { randomBytes } from 'node:crypto';
import { privateKeyToAccount } from 'viem/accounts';
import { loadSigningKey } from '../../../config/keystore.ts';
import { connectVenue } from '../../../gateways/hyperliquid/connection.ts';
import { postSigned } from '../../../gateways/hyperliquid/exchange.ts';
import type { ExchangeResponse } from '../../../gateways/hyperliquid/wire/exchange.ts';
import type { Stack } from '../../../workers/up/stack.ts';
import type { Foreign } from '../facts.ts';
import { insist } from '../traffic/insist.ts';

/** Far from every nonce of ours, and within what the venue takes. */
const NONCE_AHEAD_MS = 600_000;
/** Of bitcoin, far below the market: it rests. */
const ASSET = 0;
const CLOID_BYTES = 16;

type Post = (action: Readonly<Record<string, unknown>>, nonce: number) => Promise<ExchangeResponse>;

function handOf({ config, endpoints }: Stack): Post {
  const key = loadSigningKey(config.network, config.dataDir);
  const connection = connectVenue({
    url: endpoints.exchangeUrl,
    wsUrl: endpoints.exchangeWsUrl,
    isMainnet: false,
  });
  const signer = privateKeyToAccount(key.reveal());
  return (action, nonce) => postSigned(connection, signer, { action, nonce });
}

function oidOf(answer: ExchangeResponse): number {
  const status =
    answer.status === 'ok' && answer.response.type === 'order'
      ? answer.response.data.statuses[0]
      : undefined;
  if (typeof status === 'object' && 'resting' in status) {
    return (status.resting as { oid: number }).oid;
  }
  throw new Error(`the foreign order does not rest: ${JSON.stringify(answer)}`);
}

/** @param attempted told of each order before it is sent: it may land although its answer is lost */
export async function placeForeign(
  stack: Stack,
  attempted: (order: Foreign) => void,
): Promise<void> {
  const post = handOf(stack);
  await insist(async () => {
    const cloid = `0x${randomBytes(CLOID_BYTES).toString('hex')}`;
    const nonce = Date.now() + NONCE_AHEAD_MS;
    const order: Foreign = { cloid, nonce };
    attempted(order);
    const row = {
      a: ASSET,
      b: true,
      p: '20000',
      s: '0.001',
      r: false,
      t: { limit: { tif: 'Gtc' } },
    };
    const orders = [{ ...row, c: cloid }];
    order.oid = oidOf(await post({ type: 'order', orders, grouping: 'na' }, nonce));
  });
}

/** Takes it back, if it is there, and notes whether it was. */
export async function cancelForeign(stack: Stack, order: Foreign): Promise<void> {
  const { cloid } = order;
  const post = handOf(stack);
  await insist(async () => {
    const cancels = [{ asset: ASSET, cloid }];
    const answer = await post({ type: 'cancelByCloid', cancels }, Date.now() + 2 * NONCE_AHEAD_MS);
    if (answer.status !== 'ok') throw new Error(answer.response);
    const [status] = answer.response.type === 'cancel' ? answer.response.data.statuses : [];
    order.wasOpen = status === 'success';
  });
}
