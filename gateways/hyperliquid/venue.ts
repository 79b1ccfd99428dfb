/** The venue port over Hyperliquid's wire: joins reads, writes and the stream of one signer. */
import type { PrivateKeyAccount } from 'viem';
import { VenueDataCorrupt } from '../../activities/ports/errors.ts';
import type { VenuePort } from '../../activities/ports/venue.ts';
import type { AssetSpec } from '../../domain/market/asset.ts';
import { batchCancels } from './cancel-batches.ts';
import { createCancelMany } from './cancel-many.ts';
import type { VenueConnection } from './connection.ts';
import { burnNonce, sendEnvelope, setLeverage } from './exchange.ts';
import {
  readAccount,
  readAssets,
  readFillsSince,
  readFundingSince,
  readOpenOrders,
  readOrderStatus,
} from './info.ts';
import { orderAction } from './order-action.ts';
import { type OpenStream, openStream, streamAccount } from './streams.ts';

/** Listed assets change rarely: an hour-old list is good unless a name is missing from it. */
const ASSETS_TRUST_MS = 3_600_000;

/** A name that is missing from a list as young as this is not listed. */
const MISSING_TRUST_MS = 10_000;

/** A cached reader of the venue's assets. */
export function assetCache(
  connection: VenueConnection,
): (wanted?: string) => Promise<ReadonlyMap<string, AssetSpec>> {
  let cached: Promise<ReadonlyMap<string, AssetSpec>> | undefined;
  let readMs = 0;
  const read = (trustMs: number): Promise<ReadonlyMap<string, AssetSpec>> => {
    if (cached === undefined || Date.now() - readMs > trustMs) {
      readMs = Date.now();
      cached = readAssets(connection);
      cached.catch(() => {
        cached = undefined;
      });
    }
    return cached;
  };
  return async (wanted) => {
    const known = await read(ASSETS_TRUST_MS);
    return wanted === undefined || known.has(wanted) ? known : read(MISSING_TRUST_MS);
  };
}

/** @param onCorrupt told of stream frames that were dropped because of their shape */
export function createVenue(
  connection: VenueConnection,
  signer: PrivateKeyAccount,
  onCorrupt: (channel: string, problem: string) => void,
  open: OpenStream = openStream,
): VenuePort {
  const assets = assetCache(connection);
  const cancelOne = batchCancels(createCancelMany(connection, signer, assets));
  return {
    assets,
    exchangeTimeMs: connection.exchangeTimeMs,
    orderAction,
    send: (envelope) => sendEnvelope(connection, signer, envelope),
    burnNonce: (envelope) => burnNonce(connection, signer, envelope),
    async cancel(asset, cloid, nonce) {
      const spec = (await assets(asset)).get(asset);
      if (spec === undefined) throw new VenueDataCorrupt(`asset ${asset} is not listed`);
      return cancelOne({ asset, cloid }, nonce);
    },
    setLeverage: (asset, terms, nonce) =>
      setLeverage(connection, signer, asset.index, terms, nonce),
    orderStatus: (account, cloid) => readOrderStatus(connection, account, cloid),
    openOrders: (account) => readOpenOrders(connection, account),
    fillsSince: (account, sinceMs) => readFillsSince(connection, account, sinceMs),
    fundingSince: (account, sinceMs) => readFundingSince(connection, account, sinceMs),
    account: (account) => readAccount(connection, account),
    streamAccount: (account, handlers, signal) =>
      streamAccount(connection.endpoints, account, handlers, onCorrupt, signal, open),
  };
}
