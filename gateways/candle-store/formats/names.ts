/**
 * What a file's path says of its series: Binance's archive, freqtrade's data folders, folders by
 * kind, venue and interval, and our own exports. What it does not say stays open.
 */

import type { HistoryKind, SeriesKey } from '../../../domain/market/history/series.ts';
import { HISTORY_KINDS } from '../../../domain/market/history/series.ts';
import { INTERVALS_MS, type Interval } from '../../../domain/market/interval.ts';

export interface NamedFacts extends Partial<SeriesKey> {
  /** Base and quote where the name has both: the venue decides how its asset is called. */
  readonly pair?: { readonly base: string; readonly quote: string };
}

const EXTENSIONS = /(\.(csv|tsv|txt|json|feather|parquet|zip|gz))+$/i;

const asInterval = (text: string | undefined): Interval | undefined =>
  text !== undefined && Object.hasOwn(INTERVALS_MS, text) ? (text as Interval) : undefined;

const asKind = (text: string | undefined): HistoryKind | undefined =>
  HISTORY_KINDS.find((kind) => kind === text);

/** Drops what is undefined, so that the rest can be spread. */
function defined(facts: { [Key in keyof NamedFacts]: NamedFacts[Key] | undefined }): NamedFacts {
  return Object.fromEntries(Object.entries(facts).filter(([, value]) => value !== undefined));
}

const FREQTRADE =
  /^([A-Za-z0-9]+)_([A-Za-z0-9]+)(?:_[A-Za-z0-9]+)?-(\d+[mhdw])(?:-(futures|mark|index|funding_rate))?$/;
const FREQTRADE_KINDS: Readonly<Record<string, HistoryKind>> = {
  mark: 'mark',
  index: 'index',
  funding_rate: 'funding',
};

function freqtradeFacts(name: string, folders: readonly string[]): NamedFacts | undefined {
  const [, base, quote, interval, type] = FREQTRADE.exec(name) ?? [];
  if (base === undefined || quote === undefined) return undefined;
  const isFutures = type !== undefined || folders.at(-1) === 'futures';
  const exchange = (folders.at(-1) === 'futures' ? folders.at(-2) : folders.at(-1))?.toLowerCase();
  const venues: Readonly<Record<string, string>> = {
    binance: isFutures ? 'binance-usdm' : 'binance-spot',
    hyperliquid: isFutures ? 'hyperliquid' : 'hyperliquid-spot',
  };
  const kind = FREQTRADE_KINDS[type ?? ''] ?? 'candles';
  return defined({
    kind,
    venue: venues[exchange ?? ''],
    interval: kind === 'funding' ? '1h' : asInterval(interval),
    pair: { base, quote },
  });
}

const BINANCE_KLINES = /^([A-Z0-9_]+)-(\d+[mhdw])-\d{4}-\d\d(-\d\d)?$/;
const BINANCE_FUNDING = /^([A-Z0-9_]+)-fundingRate-\d{4}-\d\d(-\d\d)?$/;

function binanceVenue(folders: readonly string[]): string | undefined {
  const path = folders.join('/');
  if (/futures\/um(\/|$)/.test(path) || folders.includes('binance-usdm')) return 'binance-usdm';
  if (/futures\/cm(\/|$)/.test(path)) return 'binance-coinm';
  return folders.includes('spot') || folders.includes('binance-spot') ? 'binance-spot' : undefined;
}

function binanceFacts(name: string, folders: readonly string[]): NamedFacts | undefined {
  const [, asset, interval] = BINANCE_KLINES.exec(name) ?? [];
  const [, funded] = BINANCE_FUNDING.exec(name) ?? [];
  const venue = binanceVenue(folders);
  if (funded !== undefined) {
    return defined({
      kind: 'funding',
      asset: funded,
      interval: '1h',
      venue: venue ?? 'binance-usdm',
    });
  }
  if (asset === undefined) return undefined;
  const isMark = folders.includes('markPriceKlines');
  const isIndex = folders.includes('indexPriceKlines');
  const kind = isMark ? 'mark' : isIndex ? 'index' : 'candles';
  return defined({ kind, asset, interval: asInterval(interval), venue });
}

const FEAR_AND_GREED = /^(fear[-_]?(and[-_]?)?greed|fng)/i;

function folderFacts(name: string, folders: readonly string[]): NamedFacts {
  const [asset = '', ...parts] = name.split('.');
  if (FEAR_AND_GREED.test(name)) {
    return { kind: 'sentiment', venue: 'alternative-me', asset: 'BTC', interval: '1d' };
  }
  const inName = parts.map(asInterval).find((interval) => interval !== undefined);
  const parent = asInterval(folders.at(-1));
  const above = parent === undefined ? folders : folders.slice(0, -1);
  const isFunding = parts.includes('funding') || above.at(-2) === 'funding';
  const kind = isFunding ? 'funding' : asKind(above.at(-2));
  return defined({
    kind,
    // Only a folder that stands under its kind is a venue: any other may be called anything.
    venue: asKind(above.at(-2)) === undefined ? undefined : above.at(-1),
    asset: asset === '' ? undefined : asset,
    interval: isFunding ? '1h' : (inName ?? parent),
  });
}

/** `candles.hyperliquid.BTC.1h.csv.gz`, as `data export` names it; odd characters are encoded. */
function exportFacts(name: string): NamedFacts | undefined {
  const parts = name.split('.');
  const kind = asKind(parts[0]);
  const interval = asInterval(parts.at(-1));
  const [venue] = parts.slice(1);
  if (kind === undefined || interval === undefined || parts.length < 4) return undefined;
  return defined({
    kind,
    interval,
    venue,
    asset: decodeURIComponent(parts.slice(2, -1).join('.')),
  });
}

/** @param path with its folders, as it was given or found */
export function factsFromPath(path: string): NamedFacts {
  const folders = path.split(/[\\/]/);
  const name = (folders.pop() ?? '').replace(EXTENSIONS, '');
  return (
    exportFacts(name) ??
    freqtradeFacts(name, folders) ??
    binanceFacts(name, folders) ??
    folderFacts(name, folders)
  );
}

/** How the venue calls the market of a pair: Hyperliquid's perpetuals go by their base alone. */
export const assetOfPair = (
  { base, quote }: { base: string; quote: string },
  venue: string,
): string => (venue === 'hyperliquid' ? base : `${base}${quote}`);
