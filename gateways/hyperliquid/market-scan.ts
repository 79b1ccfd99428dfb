/**
 * Markets as a universe is chosen from them: of the most traded ones their book, days and funding.
 * Everything is asked for, nothing is guessed: what the venue does not tell is unknown.
 */
import type { MarketScan, MarketScanPort } from '../../activities/ports/universe.ts';
import { HOUR_MS } from '../../domain/market/side-series.ts';
import type { AssetFacts, DailyBars } from '../../domain/market/universe/facts.ts';
import type { VenueConnection } from './connection.ts';
import {
  candleSnapshotSchema,
  fundingHistorySchema,
  type L2Book,
  l2BookSchema,
  metaAndAssetCtxsSchema,
} from './wire/info-market.ts';

const DAY_MS = 24 * HOUR_MS;
/** Days asked for: more than are judged, so that gaps do not matter. */
const DAYS = 60;
const FUNDING_DAYS = 7;
/** Levels of a side whose value is the depth. */
const DEPTH_LEVELS = 5;

interface Listed {
  readonly asset: string;
  readonly maxLeverage: number;
  readonly openInterestUsd: number;
  readonly dayUsd: number;
}

const whenKnown = <Name extends string>(
  name: Name,
  value: number,
): Partial<Record<Name, number>> =>
  Number.isFinite(value) ? ({ [name]: value } as Record<Name, number>) : {};

/** Markets that trade, the most traded first; names decide between equals. */
async function listed(connection: VenueConnection): Promise<readonly Listed[]> {
  const asked = { type: 'metaAndAssetCtxs' } as const;
  const [{ universe }, contexts] = await connection.info(asked, metaAndAssetCtxsSchema);
  return universe
    .flatMap(({ name, maxLeverage, isDelisted }, at): readonly Listed[] => {
      const context = contexts[at];
      if (context === undefined || isDelisted === true) return [];
      const openInterestUsd = Number(context.openInterest) * Number(context.markPx);
      return [{ asset: name, maxLeverage, openInterestUsd, dayUsd: Number(context.dayNtlVlm) }];
    })
    .filter(({ dayUsd }) => dayUsd > 0)
    .sort((a, b) => b.dayUsd - a.dayUsd || (a.asset < b.asset ? -1 : 1));
}

function bookFacts({ levels: [bids, asks] }: L2Book) {
  const worthOf = (side: typeof bids): number =>
    side.slice(0, DEPTH_LEVELS).reduce((sum, { px, sz }) => sum + Number(px) * Number(sz), 0);
  const [bid, ask] = [Number(bids[0]?.px), Number(asks[0]?.px)];
  return {
    ...whenKnown(
      'depthUsd',
      bids.length * asks.length > 0 ? worthOf(bids) + worthOf(asks) : Number.NaN,
    ),
    ...whenKnown('spreadFraction', (2 * (ask - bid)) / (ask + bid)),
  };
}

async function dailyOf(connection: VenueConnection, asset: string, atMs: number) {
  const req = { coin: asset, interval: '1d', startTime: atMs - DAYS * DAY_MS } as const;
  const bars = await connection.info({ type: 'candleSnapshot', req }, candleSnapshotSchema);
  const daily: DailyBars = {
    openTimeMs: bars.map(({ t }) => t),
    high: bars.map(({ h }) => Number(h)),
    low: bars.map(({ l }) => Number(l)),
    close: bars.map(({ c }) => Number(c)),
    // Volume is in units of the base asset.
    volumeUsd: bars.map(({ v, c }) => Number(v) * Number(c)),
  };
  return daily;
}

/** Mean of the last days, a fraction of notional per day; NaN when nothing is told. */
async function fundingPerDay(
  connection: VenueConnection,
  coin: string,
  atMs: number,
): Promise<number> {
  const question = {
    type: 'fundingHistory' as const,
    coin,
    startTime: atMs - FUNDING_DAYS * DAY_MS,
  };
  const rows = await connection.info(question, fundingHistorySchema);
  const known = rows.filter(({ time }) => time <= atMs);
  const sum = known.reduce((total, { fundingRate }) => total + Number(fundingRate), 0);
  return (sum / known.length) * (DAY_MS / HOUR_MS);
}

/** @param venue what its universe is stored under */
export function createMarketScan(connection: VenueConnection, venue: string): MarketScanPort {
  return {
    venue,
    async scan(most, onAsset): Promise<MarketScan> {
      const all = await listed(connection);
      const looked = all.slice(0, most);
      const facts: AssetFacts[] = [];
      let atMs = 0;
      for (const { asset, maxLeverage, openInterestUsd } of looked) {
        const book = await connection.info({ type: 'l2Book', coin: asset }, l2BookSchema);
        // The moment of the scan is its last one: a tape's clock may be far from ours.
        atMs = Math.max(atMs, book.time);
        const daily = await dailyOf(connection, asset, book.time);
        const funding = await fundingPerDay(connection, asset, book.time);
        facts.push({
          asset,
          daily,
          ...bookFacts(book),
          ...whenKnown('openInterestUsd', openInterestUsd),
          ...whenKnown('fundingPerDay', funding),
          maxLeverage,
          isDelisted: false,
        });
        onAsset(asset);
      }
      return { atMs, facts, passedOver: all.length - looked.length };
    },
  };
}
