/**
 * `perpetua data universe`: the universe of a moment, from stored days and funding, or as a schedule kept
 * it from what the venue showed then; and why an asset is in it, or is not.
 */
import { CliFailure } from '../../client/cli/failure.ts';
import { type Report, report } from '../../client/cli/report.ts';
import { renderTable } from '../../client/cli/table.ts';
import { readCount, readDurationMs } from '../../client/cli/values.ts';
import { EXIT } from '../../domain/kernel/exit-codes.ts';
import { aggregateBars } from '../../domain/market/history/aggregate.ts';
import type { Rows } from '../../domain/market/history/rows.ts';
import { BAR, type SeriesKey, seriesIntervalMs } from '../../domain/market/history/series.ts';
import {
  type AssetFacts,
  type DailyBars,
  DEFAULT_UNIVERSE,
} from '../../domain/market/universe/facts.ts';
import { explain, type UniverseRecord } from '../../domain/market/universe/record.ts';
import { selectUniverse, type UniverseMember } from '../../domain/market/universe/select.ts';
import { storedSeries } from '../../gateways/candle-store/layout.ts';
import type { CandleStore } from '../../gateways/candle-store/store.ts';
import { createUniverseFiles } from '../../gateways/candle-store/universe-files.ts';
import {
  UNIVERSE_WORKFLOW,
  type UniverseInput,
} from '../../workflows/universe/universe.messages.ts';
import type { CommandFlags } from '../command-flags.ts';
import type { DataContext } from './context.ts';
import { readMoment, readWords } from './flags.ts';
import { schedule } from './schedule.ts';
import { formatMoment } from './show.ts';

const DAY_MS = 86_400_000;
/** Days before the moment that are read: more than are judged, so that gaps do not matter. */
const READ_DAYS = 60;
const FUNDING_DAYS = 7;
const HOUR_MS = 3_600_000;
/** Markets that a schedule looks at: what the venue's rate limits allow in about three minutes. */
const LOOKED = 60;

export const universeScheduleId = (deployment: string): string => `universe:${deployment}`;

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

const PARTS = [
  { header: 'part' },
  { header: 'value', align: 'right' },
  { header: 'score', align: 'right' },
  { header: 'weight', align: 'right' },
  { header: 'adds', align: 'right' },
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

const readSize = (flags: CommandFlags): number =>
  readCount('size', flags.text('size') ?? String(DEFAULT_UNIVERSE.size), 1, 1_000);

const SCHEDULED_VENUE = 'the venue that is traded on';

/** Begins or ends the choosing of a universe now and then. */
async function runUniverseSchedule(context: DataContext): Promise<Report> {
  const { flags } = context;
  const everyMs = readDurationMs('every', flags.text('every') ?? '1h');
  const input: UniverseInput = {
    size: readSize(flags),
    looked: readCount('looked', flags.text('looked') ?? String(LOOKED), 1, 500),
  };
  const begun = flags.is('unschedule')
    ? undefined
    : { workflowType: UNIVERSE_WORKFLOW, everyMs, input };
  const { id, done } = await schedule(context, universeScheduleId, begun);
  const what = `${input.size} of the ${input.looked} most traded markets of ${SCHEDULED_VENUE}, every ${everyMs / HOUR_MS} h`;
  const text = begun ? `schedule ${id}: ${done}, ${what}` : `schedule ${id}: ${done}`;
  const exit = done === 'absent' ? EXIT.notFound : EXIT.done;
  return report({ schedule: id, done, everyMs, ...input }, () => text, exit);
}

/** The one that a schedule kept last before the moment. @throws CliFailure with exit code 5 */
async function storedUniverse(
  { store }: DataContext,
  venue: string,
  atMs: number,
): Promise<UniverseRecord> {
  const files = createUniverseFiles(store.root);
  const record = await files.asOf(venue, atMs);
  if (record !== undefined) return record;
  const [first] = files.moments(venue);
  const since = first === undefined ? '' : `; the first is of ${formatMoment(first)}`;
  throw new CliFailure(
    EXIT.notFound,
    `no universe of ${venue} is kept from before ${formatMoment(atMs)}${since}`,
    { mend: 'perpetua data universe --schedule' },
  );
}

async function chooseNow(
  context: DataContext,
  venue: string,
  atMs: number,
): Promise<UniverseRecord> {
  const { flags, store } = context;
  const facts = await loadFacts(context, venue, atMs);
  if (facts.length === 0) {
    const mend = 'perpetua data list';
    throw new CliFailure(EXIT.notFound, `no candles of ${venue} are stored in ${store.root}`, {
      mend,
    });
  }
  const policy = { ...DEFAULT_UNIVERSE, size: readSize(flags) };
  const universe = selectUniverse(facts, atMs, policy, readWords(flags, 'previous', []));
  return { version: 1, venue, policy, passedOver: 0, universe };
}

/** @throws CliFailure with exit code 5 for an asset that was not looked at */
function explanationOf(record: UniverseRecord, asset: string): Report {
  const found = explain(record, asset);
  if (found === undefined) {
    const { members, left } = record.universe;
    const looked = `${members.length + left.length} assets were looked at`;
    throw new CliFailure(EXIT.notFound, `${asset}: is not in this universe: ${looked}`);
  }
  const { universe, venue } = record;
  const number = (value: number): string => String(Number(value.toPrecision(4)));
  return report({ venue, atMs: universe.atMs, ...found }, (style) => {
    const rows = found.parts.map(({ name, value, score, weight, adds }) => [
      name,
      number(value),
      score.toFixed(3),
      number(weight),
      adds.toFixed(3),
    ]);
    const unknown = found.score.unknown;
    return [
      `${asset} of ${venue} at ${formatMoment(universe.atMs)}: ${found.isMember ? 'a member' : 'no member'}`,
      ...found.reasons.map((reason) => `  ${reason}`),
      renderTable(PARTS, rows, style),
      `score ${found.score.score.toFixed(3)}`,
      ...(unknown.length > 0 ? [style.paint('muted', `unknown: ${unknown.join(', ')}`)] : []),
    ].join('\n');
  });
}

/** Exit code 5 when no candles of the venue, or no universe of it, are stored. */
export async function runUniverse(context: DataContext): Promise<Report> {
  const { flags } = context;
  if (flags.is('schedule') || flags.is('unschedule')) return runUniverseSchedule(context);
  const atMs = readMoment('at', flags.text('at'), Date.now());
  const venue = flags.text('venue') ?? 'hyperliquid';
  const record = flags.is('stored')
    ? await storedUniverse(context, venue, atMs)
    : await chooseNow(context, venue, atMs);
  const asset = flags.text('explain');
  return asset === undefined ? shown(record) : explanationOf(record, asset);
}

function shown({ venue, universe, passedOver }: UniverseRecord): Report {
  const { members, left, atMs } = universe;
  return report({ venue, passedOver, ...universe }, (style) => {
    const table = members.length > 0 ? [renderTable(COLUMNS, members.map(rowOf), style)] : [];
    const out = left.map(({ asset, reasons }) =>
      style.paint('muted', `left out: ${asset}: ${reasons.join('; ')}`),
    );
    const looked = members.length + left.length;
    return [
      ...table,
      ...out,
      `${members.length} of ${looked} assets of ${venue} at ${formatMoment(atMs)}`,
    ].join('\n');
  });
}
