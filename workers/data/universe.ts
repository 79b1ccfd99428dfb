/** `perpetua data universe`: the universe of a moment, from stored days and funding. */
import { CliFailure } from '../../client/cli/failure.ts';
import { type Report, report } from '../../client/cli/report.ts';
import { renderTable } from '../../client/cli/table.ts';
import { readCount } from '../../client/cli/values.ts';
import { EXIT } from '../../domain/kernel/exit-codes.ts';
import { aggregateBars } from '../../domain/market/history/aggregate.ts';
import type { Rows } from '../../domain/market/history/rows.ts';
import { BAR, type SeriesKey, seriesIntervalMs } from '../../domain/market/history/series.ts';
import {
  type AssetFacts,
  type DailyBars,
  DEFAULT_UNIVERSE,
} from '../../domain/market/universe/facts.ts';
import { selectUniverse, type UniverseMember } from '../../domain/market/universe/select.ts';
import { storedSeries } from '../../gateways/candle-store/layout.ts';
import type { CandleStore } from '../../gateways/candle-store/store.ts';
import type { DataContext } from './context.ts';
import { type DataFlags, readMoment, readWords } from './flags.ts';
import { formatMoment } from './show.ts';

const DAY_MS = 86_400_000;
/** Days before the moment that are read: more than are judged, so that gaps do not matter. */
const READ_DAYS = 60;
const FUNDING_DAYS = 7;

function dailyOf({ timeMs, values }: Rows): DailyBars {
  const column = (at: number): readonly number[] => [...(values[at] ?? [])];
  const close = column(BAR.close);
  return {
    openTimeMs: [...timeMs],
    high: column(BAR.high),
    low: column(BAR.low),
    close,
    // Volume is in units of the base asset.
    volumeUsd: column(BAR.volume).map((volume, at) => volume * (close[at] as number)),
  };
}

/** Stored days, or days made from the coarsest bars that are stored. */
async function loadDaily(
  store: CandleStore,
  keys: readonly SeriesKey[],
  atMs: number,
): Promise<DailyBars | undefined> {
  const usable = keys.filter((key) => DAY_MS % seriesIntervalMs(key) === 0);
  const [coarsest] = usable.toSorted((a, b) => seriesIntervalMs(b) - seriesIntervalMs(a));
  if (coarsest === undefined) return undefined;
  const { rows } = await store.load(coarsest, { fromMs: atMs - READ_DAYS * DAY_MS, toMs: atMs });
  const intervalMs = seriesIntervalMs(coarsest);
  return dailyOf(intervalMs === DAY_MS ? rows : aggregateBars(rows, intervalMs, DAY_MS));
}

/** Mean funding a day over the week before the moment, or undefined where it is not stored. */
async function loadFundingPerDay(
  store: CandleStore,
  venue: string,
  asset: string,
  atMs: number,
): Promise<number | undefined> {
  const range = { fromMs: atMs - FUNDING_DAYS * DAY_MS, toMs: atMs };
  const { rate } = await store.loadFunding(venue, asset, range);
  if (rate.length === 0) return undefined;
  return rate.reduce((sum, one) => sum + one, 0) / FUNDING_DAYS;
}

async function loadFacts(
  { store, bar }: DataContext,
  venue: string,
  atMs: number,
): Promise<readonly AssetFacts[]> {
  const candles = storedSeries(store.root).filter(
    (key) => key.kind === 'candles' && key.venue === venue,
  );
  const assets = [...new Set(candles.map(({ asset }) => asset))];
  const facts: AssetFacts[] = [];
  for (const [at, asset] of assets.entries()) {
    bar.show(at, assets.length, asset);
    const daily = await loadDaily(
      store,
      candles.filter((key) => key.asset === asset),
      atMs,
    );
    if (daily === undefined) continue;
    const fundingPerDay = await loadFundingPerDay(store, venue, asset, atMs);
    facts.push({ asset, daily, ...(fundingPerDay === undefined ? {} : { fundingPerDay }) });
  }
  bar.clear();
  return facts;
}

const COLUMNS = [
  { header: 'asset' },
  { header: 'score', align: 'right' },
  { header: 'value', align: 'right' },
  { header: 'volume/day', align: 'right' },
  { header: 'moves/day', align: 'right' },
  { header: 'funding/day', align: 'right' },
  { header: 'closest' },
] as const;

function rowOf({ asset, score, value, closest, isNew }: UniverseMember): string[] {
  const part = (name: string): number | undefined =>
    score.parts.find((one) => one.name === name)?.value;
  const percent = (fraction: number | undefined): string =>
    fraction === undefined ? 'unknown' : `${(100 * fraction).toFixed(3)} %`;
  return [
    isNew ? asset : `${asset} (kept)`,
    score.score.toFixed(3),
    value.toFixed(3),
    `${((part('volume') ?? 0) / 1e6).toFixed(1)} M`,
    percent(part('volatility')),
    percent(part('funding')),
    closest ? `${closest.asset} ${closest.correlation.toFixed(2)}` : '',
  ];
}

function readPolicy(flags: DataFlags) {
  const size = flags.text('size');
  return size === undefined
    ? DEFAULT_UNIVERSE
    : { ...DEFAULT_UNIVERSE, size: readCount('size', size, 1, 1_000) };
}

/** Exit code 5 when no candles of the venue are stored. */
export async function runUniverse(context: DataContext): Promise<Report> {
  const { flags, store } = context;
  const atMs = readMoment('at', flags.text('at'), Date.now());
  const venue = flags.text('venue') ?? 'hyperliquid';
  const facts = await loadFacts(context, venue, atMs);
  if (facts.length === 0) {
    const mend = 'perpetua data list';
    throw new CliFailure(EXIT.notFound, `no candles of ${venue} are stored in ${store.root}`, {
      mend,
    });
  }
  const universe = selectUniverse(facts, atMs, readPolicy(flags), readWords(flags, 'previous', []));
  return report({ venue, ...universe }, (style) => {
    const { members, left } = universe;
    const table = members.length > 0 ? [renderTable(COLUMNS, members.map(rowOf), style)] : [];
    const out = left.map(({ asset, reasons }) =>
      style.paint('muted', `left out: ${asset}: ${reasons.join('; ')}`),
    );
    return [
      ...table,
      ...out,
      `${members.length} of ${facts.length} assets of ${venue} at ${formatMoment(atMs)}`,
    ].join('\n');
  });
}
