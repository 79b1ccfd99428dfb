/** The store of market data: one folder, read by anybody at any time, written by one at a time. */
import { createHash } from 'node:crypto';
import type {
  AppendCounts,
  BarsWanted,
  FetchedRows,
  MarketArchivePort,
  MarketStorePort,
} from '../../activities/ports/market-store.ts';
import type { Rows } from '../../domain/market/history/rows.ts';
import { type SeriesKey, seriesIntervalMs } from '../../domain/market/history/series.ts';
import type {
  PriceRoom,
  SeriesSummary,
  TimeRange,
} from '../../domain/market/history/stored-bars.ts';
import {
  type Appended,
  appendRows,
  type Checkpoint,
  knowsSource,
  type NewSource,
} from './append.ts';
import { FEAR_AND_GREED } from './fear-and-greed.ts';
import { seriesFolder, storedSeries } from './layout.ts';
import { type Manifest, readManifest } from './manifest.ts';
import { Parquet } from './parquet.ts';
import {
  ALWAYS,
  type LoadedSeries,
  type RowRoom,
  readSeries,
  sharedColumn,
} from './read-series.ts';
import { asOnlyWriter } from './writer-lock.ts';

/** What the one writer may do. */
export interface StoreWriter {
  /** Whether a file with this hash is in the series already. */
  knows(key: SeriesKey, sha256: string): boolean;
  append(key: SeriesKey, rows: Rows, source: NewSource): Promise<Appended>;
}

export interface StoreOptions {
  /** How long a writer waits for another one, ms. */
  readonly waitMs?: number;
  readonly nowMs?: () => number;
  readonly checkpoint?: Checkpoint;
}

const USUAL_WAIT_MS = 10_000;

const hashOfWhole = ({ partitions }: Manifest): string => {
  const hash = createHash('sha256');
  for (const { contentSha256 } of partitions) hash.update(contentSha256);
  return hash.digest('hex');
};

export function summaryOf(key: SeriesKey, manifest: Manifest): SeriesSummary {
  const { partitions, sources } = manifest;
  return {
    key,
    rows: partitions.reduce((sum, { rows }) => sum + rows, 0),
    fromMs: partitions[0]?.fromMs ?? 0,
    toMs: partitions.at(-1)?.toMs ?? 0,
    disputed: partitions.reduce((sum, { disputed }) => sum + (disputed?.rows ?? 0), 0),
    sources: sources.length,
    bytes: partitions.reduce((sum, { bytes }) => sum + bytes, 0),
    contentHash: hashOfWhole(manifest),
  };
}

/** Times and volumes get columns of their own. */
function barRoom(room: PriceRoom, bars: number): readonly Float64Array[] {
  const { open, high, low, close } = room(bars);
  return [sharedColumn(bars), open, high, low, close, sharedColumn(bars)];
}

export class CandleStore implements MarketStorePort, MarketArchivePort {
  readonly root: string;
  readonly #options: StoreOptions;
  #parquet: Promise<Parquet> | undefined;

  /** @param root folder of the store; it is made by the first write */
  constructor(root: string, options: StoreOptions = {}) {
    this.root = root;
    this.#options = options;
  }

  /** DuckDB, opened by whoever needs it first. */
  parquet(): Promise<Parquet> {
    this.#parquet ??= Parquet.open();
    return this.#parquet;
  }

  async close(): Promise<void> {
    const parquet = await this.#parquet;
    this.#parquet = undefined;
    parquet?.close();
  }

  manifest(key: SeriesKey): Manifest | undefined {
    return readManifest(seriesFolder(this.root, key));
  }

  series(): readonly SeriesSummary[] {
    return storedSeries(this.root).flatMap((key) => {
      const manifest = this.manifest(key);
      return manifest ? [summaryOf(key, manifest)] : [];
    });
  }

  async load(key: SeriesKey, range: TimeRange = ALWAYS, roomFor?: RowRoom): Promise<LoadedSeries> {
    return readSeries(await this.parquet(), this.root, key, range, roomFor);
  }

  async loadBars(
    { kind = 'candles', venue, asset, interval }: BarsWanted,
    range?: TimeRange,
    room?: PriceRoom,
  ) {
    const key: SeriesKey = { kind, venue, asset, interval };
    const roomFor = room && ((bars: number) => barRoom(room, bars));
    const { rows, gaps, contentHash } = await this.load(key, range, roomFor);
    const [open, high, low, close, volumeBase] = rows.values as [
      Float64Array,
      Float64Array,
      Float64Array,
      Float64Array,
      Float64Array,
    ];
    return { key, openTimeMs: rows.timeMs, open, high, low, close, volumeBase, gaps, contentHash };
  }

  async loadFunding(venue: string, asset: string, range?: TimeRange) {
    const key: SeriesKey = { kind: 'funding', venue, asset, interval: '1h' };
    const { rows, gaps, contentHash } = await this.load(key, range);
    const [rate = new Float64Array(0)] = rows.values;
    return { key, timeMs: rows.timeMs, rate, gaps, contentHash };
  }

  async loadSentiment(range?: TimeRange) {
    const { rows, gaps, contentHash } = await this.load(FEAR_AND_GREED, range);
    const [value = new Float64Array(0)] = rows.values;
    return { key: FEAR_AND_GREED, timeMs: rows.timeMs, value, gaps, contentHash };
  }

  async resumeFromMs(key: SeriesKey, rows: number): Promise<number | undefined> {
    const newestMs = this.manifest(key)?.partitions.at(-1)?.toMs;
    if (newestMs === undefined) return undefined;
    const fromMs = newestMs - rows * seriesIntervalMs(key);
    const { gaps } = await this.load(key, { fromMs, toMs: Number.POSITIVE_INFINITY });
    return gaps[0]?.afterMs ?? newestMs;
  }

  async append({ key, rows, source }: FetchedRows): Promise<AppendCounts> {
    if (rows.timeMs.length === 0) return { added: 0, same: 0, disagreeing: 0 };
    return this.write((writer) => writer.append(key, rows, { rank: 'venue', name: source }));
  }

  /** For whoever only wants to know what would be written: it refuses to write. */
  dryWriter(): StoreWriter {
    return {
      knows: (key, sha256) => knowsSource(this.manifest(key), sha256),
      append: () => Promise.reject(new Error('a dry run writes nothing')),
    };
  }

  /** Runs the work as the store's only writer. @throws StoreBusy */
  write<Value>(work: (writer: StoreWriter) => Promise<Value>): Promise<Value> {
    const { waitMs = USUAL_WAIT_MS, nowMs = Date.now, checkpoint } = this.#options;
    return asOnlyWriter(this.root, waitMs, async () => {
      const parquet = await this.parquet();
      return work({
        knows: (key, sha256) => knowsSource(this.manifest(key), sha256),
        append: (key, rows, source) =>
          appendRows(parquet, this.root, key, rows, source, nowMs(), checkpoint),
      });
    });
  }
}
