/**
 * Best bid, best ask and mark price of an asset: asked for when the streams are silent, and watched
 * until the market looks as somebody waits for. Judges nothing about prices.
 */
import { VenueDataCorrupt } from '../../activities/ports/errors.ts';
import type { MarketSight } from '../../domain/execution/parents/plan.ts';
import { px } from '../../domain/kernel/decimal.ts';
import type { AssetSpec } from '../../domain/market/asset.ts';
import type { VenueConnection } from './connection.ts';
import { l2BookSchema, metaAndAssetCtxsSchema } from './wire/info-market.ts';

/** Streams tell at once; this only bounds what a silent one can hide. */
const LOOK_EVERY_MS = 2_000;

/** Asks `/info`. @throws VenueUnreachable, and VenueDataCorrupt when a side of the book is empty */
export async function askSight(
  connection: VenueConnection,
  { name, index }: Pick<AssetSpec, 'name' | 'index'>,
): Promise<MarketSight> {
  const [{ levels }, [, contexts]] = await Promise.all([
    connection.info({ type: 'l2Book', coin: name }, l2BookSchema),
    connection.info({ type: 'metaAndAssetCtxs' }, metaAndAssetCtxsSchema),
  ]);
  const [bid, ask, context] = [levels[0][0], levels[1][0], contexts[index]];
  if (bid === undefined || ask === undefined || context === undefined) {
    throw new VenueDataCorrupt(`the venue quotes no bid, ask or mark for ${name}`);
  }
  return { atMs: Date.now(), bidPx: px(bid.px), askPx: px(ask.px), markPx: px(context.markPx) };
}

export interface SightSource {
  look(): Promise<MarketSight>;
  /** Calls back with every change until the returned function is called. */
  listen(heard: (sight: MarketSight) => void): () => void;
}

/** See `MarketDataPort.watchSight`. */
export async function watchSight(
  source: SightSource,
  until: (sight: MarketSight) => boolean,
  signal: AbortSignal,
): Promise<MarketSight | undefined> {
  const found = Promise.withResolvers<MarketSight | undefined>();
  const heard = (sight: MarketSight): void => {
    if (until(sight)) found.resolve(sight);
  };
  const abort = (): void => found.resolve(undefined);
  const look = (): void => void source.look().then(heard, found.reject);
  const forget = source.listen(heard);
  const timer = setInterval(look, LOOK_EVERY_MS);
  signal.addEventListener('abort', abort, { once: true });
  if (signal.aborted) abort();
  else look();
  try {
    return await found.promise;
  } finally {
    forget();
    clearInterval(timer);
    signal.removeEventListener('abort', abort);
  }
}
