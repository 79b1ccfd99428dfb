/**
 * A look at everything that is stored: damage, holes, quiet and odd bars, sources that disagree, and
 * intervals that disagree. It changes nothing, unless it is asked to fill holes of a coarser series
 * from finer bars; what it adds is marked as a repair and gives way to any real bar.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  aggregateBars,
  compareBars,
  type Disagreement,
} from '../../domain/market/history/aggregate.ts';
import type { HistoryGap } from '../../domain/market/history/gaps.ts';
import { missingRows } from '../../domain/market/history/gaps.ts';
import { findOutliers, type Outlier } from '../../domain/market/history/outliers.ts';
import {
  firstAtOrAfter,
  type Rows,
  rowCount,
  sliceRows,
  valuesAt,
} from '../../domain/market/history/rows.ts';
import {
  BAR,
  isBars,
  type SeriesKey,
  seriesIntervalMs,
  seriesName,
  slotOf,
} from '../../domain/market/history/series.ts';
import { readClaims } from './claim-files.ts';
import { sha256Of } from './durable-file.ts';
import { seriesFolder } from './layout.ts';
import { type Manifest, StoreDamaged } from './manifest.ts';
import type { LoadedSeries } from './read-series.ts';
import type { CandleStore } from './store.ts';

export interface CrossCheck {
  readonly finer: SeriesKey;
  readonly compared: number;
  readonly disagreeing: number;
  readonly shown: readonly Disagreement[];
  /** Rows that are missing here and can be made from the finer series. */
  readonly repairable: number;
  readonly repaired: number;
}

export interface DisputeShown {
  readonly timeMs: number;
  readonly kept: readonly number[];
  readonly lost: readonly number[];
  /** Name of the source that lost. */
  readonly source: string;
}

export interface SeriesHealth {
  readonly key: SeriesKey;
  readonly rows: number;
  readonly fromMs: number;
  readonly toMs: number;
  /** What is wrong with the files; nothing else is said of such a series. */
  readonly damage: readonly string[];
  readonly gaps: {
    readonly count: number;
    readonly missingRows: number;
    readonly longest?: HistoryGap;
  };
  readonly zeroVolume: number;
  readonly outliers: {
    readonly count: number;
    readonly shown: readonly (Outlier & { timeMs: number })[];
  };
  readonly disputed: { readonly count: number; readonly shown: readonly DisputeShown[] };
  readonly crossChecks: readonly CrossCheck[];
}

const MOST_SHOWN = 5;

/** Files that are missing or not what they were when they were written. */
function damageOf(folder: string, manifest: Manifest): readonly string[] {
  const files = manifest.partitions.flatMap(({ file, sha256, disputed }) =>
    disputed ? [{ file, sha256 }, disputed] : [{ file, sha256 }],
  );
  return files.flatMap(({ file, sha256 }) => {
    try {
      const found = sha256Of(readFileSync(join(folder, file)));
      return found === sha256 ? [] : [`${file}: its checksum is ${found}: must be ${sha256}`];
    } catch {
      return [`${file}: is missing`];
    }
  });
}

async function disputesOf(
  store: CandleStore,
  key: SeriesKey,
  manifest: Manifest,
): Promise<SeriesHealth['disputed']> {
  const count = manifest.partitions.reduce((sum, { disputed }) => sum + (disputed?.rows ?? 0), 0);
  const partition = manifest.partitions.find(({ disputed }) => disputed !== undefined);
  if (partition === undefined) return { count, shown: [] };
  const folder = seriesFolder(store.root, key);
  const { winners, disputed } = await readClaims(
    await store.parquet(),
    key.kind,
    folder,
    partition,
  );
  const names = new Map(manifest.sources.map(({ id, name }) => [id, name]));
  const most = Math.min(MOST_SHOWN, rowCount(disputed.rows));
  const shown = Array.from({ length: most }, (_, at) => {
    const timeMs = disputed.rows.timeMs[at] as number;
    const slot = slotOf(timeMs, seriesIntervalMs(key));
    const winner = firstAtOrAfter(winners.rows.timeMs, slot);
    return {
      timeMs,
      kept: valuesAt(winners.rows, winner),
      lost: valuesAt(disputed.rows, at),
      source: names.get(disputed.source[at] as number) ?? '',
    };
  });
  return { count, shown };
}

function longestOf(gaps: readonly HistoryGap[]): HistoryGap | undefined {
  return gaps.reduce<HistoryGap | undefined>(
    (longest, gap) => (longest && longest.missingRows >= gap.missingRows ? longest : gap),
    undefined,
  );
}

/** Stored series of the same market whose bars these can be made from. */
const finerThan = (key: SeriesKey, all: readonly SeriesKey[]): readonly SeriesKey[] =>
  all.filter(
    (other) =>
      isBars(key.kind) &&
      other.kind === key.kind &&
      other.venue === key.venue &&
      other.asset === key.asset &&
      seriesIntervalMs(other) < seriesIntervalMs(key) &&
      seriesIntervalMs(key) % seriesIntervalMs(other) === 0,
  );

/** Of made bars, those between the first and the last recorded one: what lies outside is no hole. */
function withinRange(made: Rows, recorded: Rows): Rows {
  const last = (recorded.timeMs.at(-1) ?? -1) + 1;
  const from = firstAtOrAfter(made.timeMs, recorded.timeMs[0] ?? 0);
  return sliceRows(made, from, firstAtOrAfter(made.timeMs, last));
}

async function crossCheck(
  store: CandleStore,
  key: SeriesKey,
  loaded: LoadedSeries,
  finer: SeriesKey,
  isRepairing: boolean,
): Promise<CrossCheck> {
  const fine = await store.load(finer);
  const made = aggregateBars(fine.rows, seriesIntervalMs(finer), seriesIntervalMs(key));
  const { compared, disagreements, missing } = compareBars(
    loaded.rows,
    withinRange(made, loaded.rows),
  );
  const repairable = rowCount(missing);
  let repaired = 0;
  if (isRepairing && repairable > 0) {
    const note = `content of the finer bars: ${fine.contentHash}`;
    const name = `repair from ${seriesName(finer)}`;
    const appended = await store.write((writer) =>
      writer.append(key, missing, { rank: 'repair', name, note }),
    );
    repaired = appended.added;
  }
  const shown = disagreements.slice(0, MOST_SHOWN);
  return { finer, compared, disagreeing: disagreements.length, shown, repairable, repaired };
}

async function examineSeries(
  store: CandleStore,
  key: SeriesKey,
  all: readonly SeriesKey[],
  isRepairing: boolean,
): Promise<SeriesHealth> {
  const nothing = {
    key,
    rows: 0,
    fromMs: 0,
    toMs: 0,
    gaps: { count: 0, missingRows: 0 },
    zeroVolume: 0,
    outliers: { count: 0, shown: [] },
    disputed: { count: 0, shown: [] },
    crossChecks: [],
  };
  const manifest = readOrSay(() => store.manifest(key));
  if (typeof manifest === 'string') return { ...nothing, damage: [manifest] };
  if (manifest === undefined) return { ...nothing, damage: ['its manifest is missing'] };
  const damage = damageOf(seriesFolder(store.root, key), manifest);
  if (damage.length > 0) return { ...nothing, damage };
  const loaded = await store.load(key);
  const { rows, gaps } = loaded;
  const outliers = isBars(key.kind) ? findOutliers(key, rows) : [];
  const volume = key.kind === 'candles' ? rows.values[BAR.volume] : undefined;
  const longest = longestOf(gaps);
  const crossChecks: CrossCheck[] = [];
  // The finest first: what it repairs, no coarser one needs to.
  for (const finer of finerThan(key, all)) {
    const now = crossChecks.some(({ repaired }) => repaired > 0) ? await store.load(key) : loaded;
    crossChecks.push(await crossCheck(store, key, now, finer, isRepairing));
  }
  return {
    key,
    rows: rowCount(rows),
    fromMs: rows.timeMs[0] ?? 0,
    toMs: rows.timeMs.at(-1) ?? 0,
    damage,
    gaps: { count: gaps.length, missingRows: missingRows(gaps), ...(longest ? { longest } : {}) },
    zeroVolume: volume?.reduce((count, value) => (value === 0 ? count + 1 : count), 0) ?? 0,
    outliers: {
      count: outliers.length,
      shown: outliers
        .toSorted((a, b) => b.move - a.move)
        .slice(0, MOST_SHOWN)
        .map((outlier) => ({ ...outlier, timeMs: rows.timeMs[outlier.index] as number })),
    },
    disputed: await disputesOf(store, key, manifest),
    crossChecks,
  };
}

function readOrSay<Value>(read: () => Value): Value | string {
  try {
    return read();
  } catch (fault) {
    if (fault instanceof StoreDamaged) return fault.message;
    throw fault;
  }
}

/** @param keys the series to look at; @param all what else is stored, for comparison */
export async function examine(
  store: CandleStore,
  keys: readonly SeriesKey[],
  all: readonly SeriesKey[],
  isRepairing: boolean,
  onProgress: (done: number, key: SeriesKey) => void = () => undefined,
): Promise<readonly SeriesHealth[]> {
  const found: SeriesHealth[] = [];
  for (const key of keys) {
    onProgress(found.length, key);
    found.push(await examineSeries(store, key, all, isRepairing));
  }
  return found;
}
