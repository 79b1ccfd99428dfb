/**
 * Files of books and trades, line by line, as market events:
 *
 * - `l2book_*.jsonl[.gz]`: lines of Hyperliquid's archive, `{time, ver_num, raw: {channel, data}}`;
 * - `orderbooks_<COIN>*.csv[.gz]`, `trades_<COIN>*.csv[.gz]`, `prices_<COIN>*.csv[.gz]`: a
 *   collector's rows, `exchange_timestamp` in ms;
 * - `ws_*.log[.gz]`: `<local ns> <frame>`, frames of Hyperliquid or of Binance futures.
 *
 * A line that cannot be read is counted and skipped: recordings are cut off and torn.
 */
import type { AssetSpec } from '../../../domain/market/asset.ts';
import { BinanceReader } from './binance-messages.ts';
import { TapeError } from './feed.ts';
import { type AssetOf, type Read, readHyperliquidFrame } from './hyperliquid-messages.ts';
import {
  gridSide,
  gridTrade,
  type LotLevel,
  type MarketEvent,
  type RawLevel,
} from './market-events.ts';
import { csvRows, type TapeFile } from './tape-file.ts';

export interface FileEvent {
  readonly line: number;
  readonly event: MarketEvent;
}

/** How names in files become markets. */
export interface Naming {
  readonly assetOf: AssetOf;
  /** Of another venue's symbol, such as BTCUSDT. */
  readonly assetOfSymbol: (symbol: string) => AssetSpec | undefined;
}

export type EventReader = (file: TapeFile, naming: Naming) => Generator<FileEvent>;

const NANOS_PER_MS = 1_000_000;
const COLLECTOR_LEVELS = 20;

function parseJson(text: string): object | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? value : undefined;
  } catch {
    return undefined;
  }
}

/** Hands on the events of a line, or counts why there are none. */
function* counted(file: TapeFile, line: number, read: Read): Generator<FileEvent> {
  if (read === 'unreadable') file.skip('unreadable', line);
  else if (read === 'foreign') file.skip('of no known market', line);
  else for (const event of read) yield { line, event };
}

function* archiveLines(file: TapeFile, { assetOf }: Naming): Generator<FileEvent> {
  for (const { number, text } of file.lines()) {
    const line = parseJson(text);
    const frame = line && 'raw' in line ? line.raw : undefined;
    yield* counted(file, number, readHyperliquidFrame(frame, assetOf, 0));
  }
}

function* socketLog(file: TapeFile, naming: Naming): Generator<FileEvent> {
  const binance = new BinanceReader(naming.assetOfSymbol);
  let exchangeMs = 0;
  for (const { number, text } of file.lines()) {
    const [, nanos, json] = /^(\d{16,20}) (.*)$/.exec(text) ?? [];
    const frame = json === undefined ? undefined : parseJson(json);
    if (!frame) {
      file.skip('unreadable', number);
      continue;
    }
    const heardAtMs = exchangeMs || Math.floor(Number(nanos) / NANOS_PER_MS);
    const read = BinanceReader.isFrame(frame)
      ? binance.read(frame)
      : readHyperliquidFrame(frame, naming.assetOf, heardAtMs);
    for (const found of counted(file, number, read)) {
      exchangeMs = Math.max(exchangeMs, found.event.timeMs);
      yield found;
    }
  }
}

/** The asset in `<kind>_<COIN>[_...].csv`. @throws TapeError when meta does not name it. */
function namedAsset(file: TapeFile, { assetOf }: Naming): AssetSpec {
  const coin = file.name.split(/[_.]/)[1] ?? '';
  const asset = assetOf(coin);
  if (asset) return asset;
  throw new TapeError(`${file.path}: ${coin || 'its coin'} must be in meta.json`);
}

/** Collectors print floats: a small size comes as `1e-05`. */
const isPositive = (text: string): boolean => Number(text) > 0 && Number.isFinite(Number(text));
const timeOf = (text: string): number => (/^\d{13}$/.test(text) ? Number(text) : Number.NaN);

function* collectorBooks(file: TapeFile, naming: Naming): Generator<FileEvent> {
  const asset = namedAsset(file, naming);
  const levels = Array.from({ length: COLLECTOR_LEVELS }, (_, level) => level);
  const columns = levels.flatMap((level) =>
    ['bid_price', 'bid_size', 'ask_price', 'ask_size'].map((name) => `${name}_${level}`),
  );
  for (const { line, values } of csvRows(file, ['exchange_timestamp', ...columns])) {
    const timeMs = timeOf(values[0] ?? '');
    const side = (first: number, isBid: boolean): LotLevel[] => {
      const raw: RawLevel[] = levels
        .map((level) => ({
          px: values[1 + 4 * level + first] ?? '',
          sz: values[2 + 4 * level + first] ?? '',
        }))
        .filter(({ px, sz }) => isPositive(px) && isPositive(sz));
      return gridSide(asset, raw, isBid);
    };
    const fact = { kind: 'book' as const, bids: side(0, true), asks: side(2, false) };
    const isTorn = Number.isNaN(timeMs) || values.at(-1) === '';
    const event = { coin: asset.name, timeMs, fact };
    yield* counted(file, line.number, isTorn ? 'unreadable' : [event]);
  }
}

function* collectorTrades(file: TapeFile, naming: Naming): Generator<FileEvent> {
  const asset = namedAsset(file, naming);
  const columns = ['price', 'size', 'side', 'trade_id', 'exchange_timestamp'];
  for (const { line, values } of csvRows(file, columns)) {
    const [px = '', sz = '', side = '', id = '', time = ''] = values;
    const timeMs = timeOf(time);
    const isWhole = isPositive(px) && isPositive(sz) && (side === 'buy' || side === 'sell');
    if (!isWhole || Number.isNaN(timeMs)) {
      file.skip('unreadable', line.number);
      continue;
    }
    const trade = gridTrade(asset, px, sz, side === 'buy' ? 'B' : 'A');
    const events = trade
      ? [{ coin: asset.name, timeMs, fact: { kind: 'trade' as const, trade, id } }]
      : [];
    yield* counted(file, line.number, events);
  }
}

function* collectorPrices(file: TapeFile, naming: Naming): Generator<FileEvent> {
  const asset = namedAsset(file, naming);
  for (const { line, values } of csvRows(file, ['price', 'size', 'side', 'exchange_timestamp'])) {
    const [px = '', sz = '', side = '', time = ''] = values;
    const timeMs = timeOf(time);
    const isWhole = isPositive(px) && isPositive(sz) && (side === 'bid' || side === 'ask');
    if (!isWhole || Number.isNaN(timeMs)) {
      file.skip('unreadable', line.number);
      continue;
    }
    const [level] = gridSide(asset, [{ px, sz }], side === 'bid');
    const [bid, ask] = side === 'bid' ? [level, undefined] : [undefined, level];
    const event = { coin: asset.name, timeMs, fact: { kind: 'best' as const, bid, ask } };
    yield* counted(file, line.number, [event]);
  }
}

/** The reader for a file of books or trades, told by its first line; undefined for other files. */
export function eventReaderFor(firstLine: string): EventReader | undefined {
  if (/^\d{16,20} /.test(firstLine)) return socketLog;
  if (/^\{.*"raw"/.test(firstLine)) return archiveLines;
  if (firstLine.includes('bid_price_0')) return collectorBooks;
  if (firstLine.includes('trade_id')) return collectorTrades;
  if (/(^|,)price,size,side/.test(firstLine)) return collectorPrices;
  return undefined;
}
