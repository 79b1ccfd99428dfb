/**
 * Opens a tape: a directory or one file, each file told by what it holds. Candles, books, trades,
 * socket logs and funding may lie side by side: a market with books is played from its books, its
 * candles are the history before them, and markets with candles alone are modelled meanwhile.
 */
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import type { AssetSpec } from '../../../domain/market/asset.ts';
import { type CandleSeries, readCandles } from './candle-file.ts';
import { CandleTrack } from './candle-track.ts';
import { EventCollector } from './event-collector.ts';
import { eventReaderFor, type Naming } from './event-files.ts';
import { EventTrack } from './event-track.ts';
import { TapeError } from './feed.ts';
import { type FundingHistory, readFunding } from './funding-file.ts';
import { assetsOf, META_FILE, type ReadMeta, readMeta, SAMPLE_TAPE_DIR } from './meta.ts';
import { TapeFeed } from './tape-feed.ts';
import { TapeFile } from './tape-file.ts';
import type { Track } from './track.ts';

/** Two days of history: enough for any strategy's warm-up on short bars. */
export const DEFAULT_START_OFFSET_MINUTES = 2880;
const MINUTE_MS = 60_000;
const TAPE_FILE = /\.(csv|jsonl|log)(\.gz)?$/;

export interface TapeOptions {
  readonly seed: number;
  /** Steps in which each candle forms. */
  readonly stepsPerBar: number;
  /** Minutes that are history at the start; by default two days of candles, none of books. */
  readonly startOffsetMinutes?: number;
  /** Another venue's symbols and their coins here; a symbol is otherwise its coin and USDT. */
  readonly symbols?: ReadonlyMap<string, string>;
}

interface Contents {
  readonly candles: Map<string, CandleSeries>;
  readonly funding: Map<string, FundingHistory>;
  readonly events: EventCollector;
  readonly notes: string[];
}

interface Span {
  readonly fromMs: number;
  readonly toMs: number;
}

interface PlayedSpan extends Span {
  readonly startOffsetMinutes: number;
}

/** A named asset's coin stands before the first dot: `BTC.1m.csv.gz`. */
const coinOf = (file: TapeFile): string => file.name.split('.')[0] ?? '';

function tapePaths(path: string): { dir: string; paths: string[] } {
  const rule = 'must be a directory or a file of candles, books or trades';
  if (!existsSync(path)) throw new TapeError(`tape ${path}: ${rule}`);
  if (statSync(path).isFile()) return { dir: dirname(path), paths: [path] };
  const names = readdirSync(path).filter((name) => TAPE_FILE.test(name));
  if (names.length === 0) throw new TapeError(`tape ${path}: ${rule}, and holds no such file`);
  return { dir: path, paths: names.sort().map((name) => join(path, name)) };
}

function namingOf(assets: readonly AssetSpec[], symbols: ReadonlyMap<string, string>): Naming {
  const byCoin = new Map(assets.map((asset) => [asset.name, asset]));
  const assetOf = (coin: string): AssetSpec | undefined => byCoin.get(coin);
  return {
    assetOf,
    assetOfSymbol: (symbol) => assetOf(symbols.get(symbol) ?? symbol.replace(/USD[TC]$/, '')),
  };
}

/** Files of one coin; refuses a second one, since nothing says which of them counts. */
function keep<Value>(
  known: Map<string, Value>,
  file: TapeFile,
  naming: Naming,
  value: Value,
): void {
  const coin = coinOf(file);
  if (!naming.assetOf(coin)) throw new TapeError(`${file.path}: ${coin} must be in ${META_FILE}`);
  if (known.has(coin)) throw new TapeError(`${file.path}: is a second file of ${coin}: keep one`);
  known.set(coin, value);
}

function readInto(contents: Contents, file: TapeFile, naming: Naming): void {
  const first = file.firstLine();
  const reader = eventReaderFor(first);
  if (reader) {
    for (const { line, event } of reader(file, naming)) {
      const asset = naming.assetOf(event.coin);
      if (asset) contents.events.add(asset, event, file, line);
    }
  } else if (first.startsWith('time_ms,open')) {
    const series = readCandles(file);
    keep(contents.candles, file, naming, series);
    if (series.missing > 0) {
      contents.notes.push(`${file.name}: ${series.missing} bars are missing: the market is held`);
    }
  } else if (first.startsWith('time_ms,rate')) {
    keep(contents.funding, file, naming, readFunding(file));
  } else {
    throw file.error(1, first, 'must be candles, funding, books, trades or a socket log');
  }
}

/** A market with books takes its candles as history only. */
function tracksOf(
  { candles, events }: Contents,
  { assetOf }: Naming,
  options: TapeOptions,
): { recorded: EventTrack[]; modelled: CandleTrack[] } {
  const modelled = new Map<string, CandleTrack>();
  for (const [coin, series] of candles) {
    const asset = assetOf(coin);
    if (asset) modelled.set(coin, new CandleTrack(asset, series, options));
  }
  const recorded = events.finish().map(({ asset, moments }) => {
    const track = new EventTrack(asset, moments, modelled.get(asset.name));
    modelled.delete(asset.name);
    return track;
  });
  return { recorded, modelled: [...modelled.values()] };
}

/** The time that is covered: all of the books, or what every file of candles has. */
function coveredSpan(recorded: readonly Track[], modelled: readonly Track[]): Span {
  const starts = (tracks: readonly Track[]): number[] => tracks.map(({ startMs }) => startMs);
  const ends = (tracks: readonly Track[]): number[] => tracks.map(({ endMs }) => endMs);
  return recorded.length > 0
    ? { fromMs: Math.min(...starts(recorded)), toMs: Math.max(...ends(recorded)) }
    : { fromMs: Math.max(...starts(modelled)), toMs: Math.min(...ends(modelled)) };
}

function playedSpan(covered: Span, isModelled: boolean, offset: number | undefined): PlayedSpan {
  const minutes = (covered.toMs - covered.fromMs) / MINUTE_MS;
  const byDefault = isModelled
    ? Math.min(DEFAULT_START_OFFSET_MINUTES, Math.floor(minutes / 2))
    : 0;
  const start = offset ?? byDefault;
  if (start >= minutes) {
    throw new TapeError(
      `startOffsetMinutes ${start}: must be less than the tape's ${Math.ceil(minutes)} minutes`,
    );
  }
  const fromMs = covered.fromMs + start * MINUTE_MS;
  return { fromMs, toMs: covered.toMs, startOffsetMinutes: start };
}

/** Over the files and how they were read, but not the seed: the model's part is told apart. */
function fingerprintOf(files: readonly TapeFile[], meta: ReadMeta, options: TapeOptions): string {
  const hash = createHash('sha256').update(meta.bytes);
  for (const file of files) hash.update(file.name).update(file.bytes);
  return hash.update(JSON.stringify([...(options.symbols ?? [])])).digest('hex');
}

/**
 * Opens a tape.
 * @throws TapeError naming file, line and rule when a file cannot be used, nothing can be played, or
 * the start lies beyond the end.
 */
export function openTape(path: string, options: TapeOptions): TapeFeed {
  const { dir, paths } = tapePaths(path);
  const hasMeta = existsSync(join(dir, META_FILE));
  const meta = readMeta(hasMeta ? dir : SAMPLE_TAPE_DIR);
  const naming = namingOf(assetsOf(meta.meta), options.symbols ?? new Map());
  const files = paths.map((each) => new TapeFile(each));
  const contents: Contents = {
    candles: new Map(),
    funding: new Map(),
    events: new EventCollector(),
    notes: hasMeta ? [] : [`${basename(path)}: has no ${META_FILE}: the sample data's is used`],
  };
  for (const file of files) readInto(contents, file, naming);
  const { recorded, modelled } = tracksOf(contents, naming, options);
  const notes = [...contents.notes, ...files.flatMap(({ note }) => note ?? [])];
  const covered = coveredSpan(recorded, modelled);
  const playable = modelled.filter(
    ({ startMs, endMs }) => startMs < covered.toMs && endMs > covered.fromMs,
  );
  const tracks = [...recorded, ...playable];
  if (tracks.length === 0) {
    const why = notes.length > 0 ? ` (${notes.join('; ')})` : '';
    throw new TapeError(`tape ${path}: no market has anything to play${why}`);
  }
  for (const { asset } of modelled.filter((track) => !playable.includes(track))) {
    notes.push(`${asset.name}: its candles lie outside of the time that is played`);
  }
  const span = playedSpan(covered, recorded.length === 0, options.startOffsetMinutes);
  const fingerprint = fingerprintOf(files, meta, options);
  const { funding } = contents;
  return new TapeFeed({ meta: meta.meta, tracks, funding, ...span, fingerprint, notes });
}
