/** From the words of `backtest run` to what the backtest is run on: strategy, bars, funding, terms. */
import { readFileSync } from 'node:fs';
import { CliFailure, usageFailure } from '../../client/cli/failure.ts';
import { readSession } from '../../client/cli/session-input.ts';
import { readPositive } from '../../client/cli/values.ts';
import type { Config } from '../../config/schema.ts';
import { findStrategy } from '../../config/strategy-file.ts';
import type { BacktestMarket } from '../../domain/evolution/backtest/backtest-market.ts';
import type { UniverseStep } from '../../domain/evolution/backtest/within-universe.ts';
import { decimalFromFloat, plain, type Usd, usd } from '../../domain/kernel/decimal.ts';
import { EXIT } from '../../domain/kernel/exit-codes.ts';
import { canonicalJson, sha256Hex } from '../../domain/kernel/ids.ts';
import { describeViolation } from '../../domain/kernel/outcome.ts';
import type {
  SeriesSummary,
  StoredBars,
  TimeRange,
} from '../../domain/market/history/stored-bars.ts';
import { INTERVALS_MS, type Interval, parseInterval } from '../../domain/market/interval.ts';
import { HOUR_MS } from '../../domain/market/side-series.ts';
import type { VenueConfig } from '../../domain/matching/contract/venue-config.ts';
import { parseRiskLimits, type RiskLimits } from '../../domain/risk/limits.ts';
import { type Genes, parseGenes } from '../../domain/signals/genes.ts';
import type { StrategySeed } from '../../domain/signals/seed.ts';
import type { SeedInput } from '../../domain/signals/source.ts';
import { historyBars } from '../../domain/signals/window.ts';
import { parseSizingPolicy, type SizingPolicy } from '../../domain/sizing/sizing-genes.ts';
import type { CandleStore } from '../../gateways/candle-store/store.ts';
import { metaSchema } from '../../gateways/hyperliquid/wire/info-market.ts';
import type { CommandFlags } from '../command-flags.ts';
import { readMoment } from '../data/flags.ts';
import { loadBeside } from './beside.ts';
import { type ChosenCosts, readCosts } from './costs.ts';
import { everMembers, loadUniverses } from './universe.ts';

/** What the venue says of its assets, as recorded with the sample data. */
const META_URL = new URL('../../data/sample/meta.json', import.meta.url);
/** How other venues name the same asset. */
const NAMES = ['', 'USDT', 'USDC', 'USD', '-PERP', '-USD-PERP'];

export interface Prepared {
  readonly seed: StrategySeed;
  readonly genes: Genes;
  readonly policy: SizingPolicy;
  readonly limits: RiskLimits;
  readonly markets: readonly BacktestMarket[];
  readonly inputs: readonly SeedInput[];
  /** What could be opened when; everything at any time when absent. */
  readonly universe?: readonly UniverseStep[];
  readonly marginTables: VenueConfig['marginTables'];
  readonly equityUsd: Usd;
  readonly fromMs: number;
  readonly terms: { readonly seed: number; readonly steps: number; readonly spreadBps: number };
  /** What orders were seen to pay; undefined: what the modelled book says. */
  readonly costs: ChosenCosts | undefined;
  /** Everything that the result follows from, as plain JSON. */
  readonly facts: Readonly<Record<string, unknown>>;
}

const must = <Value>(
  outcome: { ok: true; value: Value } | { ok: false; error: unknown },
): Value => {
  if (outcome.ok) return outcome.value;
  const [violation] = [outcome.error].flat();
  throw usageFailure(violation as Parameters<typeof usageFailure>[0]);
};

function readNumber(
  flags: CommandFlags,
  flag: string,
  fallback: number,
  least: number,
  most: number,
) {
  const text = flags.text(flag);
  if (text === undefined) return fallback;
  const value = Number(readPositive(`--${flag}`, text));
  if (value >= least && value <= most) return value;
  const rule = `must be from ${least} to ${most}`;
  throw usageFailure({ field: `--${flag}`, value: text, rule });
}

function readWhole(
  flags: CommandFlags,
  flag: string,
  fallback: number,
  least: number,
  most: number,
) {
  const value = readNumber(flags, flag, fallback, least, most);
  if (Number.isInteger(value)) return value;
  throw usageFailure({ field: `--${flag}`, value: String(value), rule: 'must be a whole number' });
}

/** The one stored series that is meant. */
function findSeries(
  stored: readonly SeriesSummary[],
  asset: string,
  interval: string,
  venue: string | undefined,
): SeriesSummary {
  const names = NAMES.map((ending) => `${asset}${ending}`);
  const ofAsset = stored.filter(
    ({ key }) =>
      key.kind === 'candles' &&
      names.includes(key.asset) &&
      (venue === undefined || key.venue === venue),
  );
  const found = ofAsset.filter(({ key }) => key.interval === interval);
  const [only, ...others] = found;
  if (only === undefined) {
    const where = venue === undefined ? '' : ` of ${venue}`;
    const intervals = new Set(ofAsset.map(({ key }) => key.interval));
    const instead = intervals.size === 0 ? '' : `, only of ${[...intervals].join(', ')}`;
    const what = `no ${interval} candles of ${asset}${where} are stored${instead}`;
    throw new CliFailure(EXIT.notFound, what, {
      mend: 'perpetua data list, then perpetua data import <files> or perpetua data sync',
    });
  }
  if (others.length === 0) return only;
  const venues = found.map(({ key }) => `${key.venue} ${key.asset}`).join(', ');
  const rule = `must say whose candles are meant: ${venues}`;
  throw usageFailure({ field: '--venue', value: venue ?? 'none', rule });
}

const readMeta = () => metaSchema.parse(JSON.parse(readFileSync(META_URL, 'utf8')));

async function loadFunding(
  store: CandleStore,
  asset: string,
): Promise<Pick<BacktestMarket, 'fundingRates'> & Pick<SeedInput, 'funding'>> {
  const { timeMs, rate } = await store.loadFunding('hyperliquid', asset);
  const fundingRates = new Map<number, string>();
  for (let i = 0; i < timeMs.length; i += 1) {
    const hour = Math.floor((timeMs[i] ?? 0) / HOUR_MS) * HOUR_MS;
    fundingRates.set(hour, plain(decimalFromFloat(rate[i] ?? 0).toDecimalPlaces(12)));
  }
  return { fundingRates, ...(timeMs.length === 0 ? {} : { funding: { timeMs, value: rate } }) };
}

const inputOf = (
  asset: string,
  intervalMs: number,
  bars: StoredBars,
  funding: SeedInput['funding'],
): SeedInput => {
  const { openTimeMs, open, high, low, close, volumeBase } = bars;
  const columns = { openTimeMs, open, high, low, close, volumeBase };
  return {
    bars: { asset, intervalMs, length: openTimeMs.length, ...columns },
    ...(funding === undefined ? {} : { funding }),
  };
};

type Meta = ReturnType<typeof readMeta>;

interface Loaded {
  readonly market: BacktestMarket;
  readonly input: SeedInput;
  /** Whose bars they are, and their hash. */
  readonly source: readonly [name: string, contentHash: string];
}

function specOf({ universe }: Meta, asset: string): BacktestMarket['asset'] {
  const index = universe.findIndex(({ name }) => name === asset);
  const listed = universe[index];
  if (listed === undefined) {
    throw usageFailure({ field: '--asset', value: asset, rule: 'must be a listed perpetual' });
  }
  const { name, szDecimals, maxLeverage, marginTableId = maxLeverage } = listed;
  return { name, index, szDecimals, maxLeverage, isDelisted: false, marginTableId };
}

async function loadMarket(
  store: CandleStore,
  meta: Meta,
  wanted: {
    readonly asset: string;
    readonly interval: Interval;
    readonly venue: string | undefined;
    readonly range: TimeRange;
  },
): Promise<Loaded> {
  const { asset, interval, venue, range } = wanted;
  const spec = specOf(meta, asset);
  const { key } = findSeries(store.series(), asset, interval, venue);
  const bars = await store.loadBars({ venue: key.venue, asset: key.asset, interval }, range);
  if (bars.openTimeMs.length === 0) {
    throw new CliFailure(EXIT.notFound, `${asset} ${interval}: no bars in the time asked for`);
  }
  const { fundingRates, funding } = await loadFunding(store, asset);
  const intervalMs = INTERVALS_MS[interval];
  const input = inputOf(asset, intervalMs, bars, funding);
  return {
    market: { asset: spec, intervalMs, bars: input.bars, fundingRates },
    input,
    source: [`${key.venue} ${key.asset} ${interval}`, bars.contentHash],
  };
}

const readTerms = (flags: CommandFlags): Prepared['terms'] => ({
  seed: readWhole(flags, 'seed', 1, 1, 2 ** 31),
  steps: readWhole(flags, 'steps', 6, 4, 120),
  spreadBps: readNumber(flags, 'spread-bps', 0.1, 0.01, 100),
});

function limitsOf(input: unknown): RiskLimits {
  const limits = parseRiskLimits(input);
  if (!limits.ok) throw new RangeError(limits.error.map(describeViolation).join('; '));
  return limits.value;
}

const marginTablesOf = ({ marginTables }: Meta): VenueConfig['marginTables'] =>
  Object.fromEntries((marginTables ?? []).map(([id, { marginTiers }]) => [id, marginTiers]));

/** What of the universes the result follows from. */
const universeFacts = (venue: string, steps: readonly UniverseStep[]) => ({
  venue,
  kept: steps.length,
  sha256: sha256Hex(canonicalJson(steps.map(({ atMs, members }) => [atMs, [...members]]))),
});

/** @throws CliFailure naming what does not fit, or what is not stored */
export async function prepare(
  flags: CommandFlags,
  config: Config,
  store: CandleStore,
): Promise<Prepared> {
  const strategy = flags.text('strategy') ?? config.session.strategy;
  const found = await findStrategy(strategy, config.strategies);
  if (!found.ok) {
    throw usageFailure({ ...found.error, field: '--strategy' }, 'perpetua strategy list');
  }
  const fromMs = readMoment('--from', flags.text('from'), 0);
  const toMs = readMoment('--to', flags.text('to'), Number.POSITIVE_INFINITY);
  const whose = flags.text('universe');
  const universe = whose === undefined ? undefined : loadUniverses(store, whose, { fromMs, toMs });
  const { config: session } = readSession(
    {
      strategy,
      assets:
        flags.text('asset') ??
        (universe && everMembers(universe).join(',')) ??
        config.session.assets.join(','),
      interval: flags.text('interval') ?? '1h',
      gene: flags.many('gene'),
      set: flags.many('set'),
    },
    config,
    found.value,
  );
  const { seed } = found.value;
  const genes = must(parseGenes(seed, session.genes));
  const interval = must(parseInterval(session.interval));
  const intervalMs = INTERVALS_MS[interval];
  const range = { fromMs: fromMs === 0 ? 0 : fromMs - historyBars(seed, genes) * intervalMs, toMs };
  const meta = readMeta();
  const venue = flags.text('venue');
  const loaded: Loaded[] = [];
  for (const asset of session.assets) {
    loaded.push(await loadMarket(store, meta, { asset, interval, venue, range }));
  }
  const needs = seed.needs?.(genes) ?? {};
  const barsOf = async (asset: string) => {
    const known = loaded.find(({ market }) => market.asset.name === asset);
    const other = known ?? (await loadMarket(store, meta, { asset, interval, venue, range }));
    return other.input.bars;
  };
  const inputs: SeedInput[] = [];
  for (const { input } of loaded) {
    inputs.push({ ...input, ...(await loadBeside(store, needs, input.bars, barsOf)) });
  }
  const terms = readTerms(flags);
  const costs = readCosts(flags, config.dataDir, session.assets);
  const equityUsd = usd(readPositive('--equity', flags.text('equity') ?? '100000'));
  return {
    seed,
    genes,
    policy: must(parseSizingPolicy(session.sizing)),
    limits: limitsOf(session.limits),
    markets: loaded.map(({ market }) => market),
    inputs,
    ...(universe === undefined ? {} : { universe }),
    marginTables: marginTablesOf(meta),
    equityUsd,
    fromMs,
    terms,
    costs,
    facts: {
      strategy: seed.name,
      genes,
      sizing: session.sizing,
      limits: session.limits,
      assets: session.assets,
      interval,
      from: flags.text('from') ?? 'the first bar',
      to: flags.text('to') ?? 'the last bar',
      equityUsd,
      ...terms,
      ...(universe === undefined ? {} : { universe: universeFacts(whose ?? '', universe) }),
      ...(costs === undefined ? {} : { costs: costs.costs }),
      data: Object.fromEntries(loaded.map(({ source }) => source)),
    },
  };
}
