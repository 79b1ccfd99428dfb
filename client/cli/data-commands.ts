/**
 * The commands about stored market data, for help and completion, and for the process that carries
 * them out: it reads its flags from this very list.
 */

export interface DataCommand {
  readonly name: string;
  readonly description: string;
  readonly argument?: readonly [name: string, description: string];
  readonly options: readonly (readonly [flags: string, description: string])[];
  readonly examples: readonly string[];
}

const DATA_DIR = ['--data-dir <dir>', 'folder of all state'] as const;
const JSON_FLAG = ['--json', 'print one JSON document on standard output'] as const;
const COMMON = [DATA_DIR, JSON_FLAG] as const;
/** Which series are meant. */
const SERIES = [
  ['--kind <kind>', 'candles, mark, index, funding or sentiment'],
  ['--venue <venue>', 'as in hyperliquid, binance-usdm, binance-spot'],
  ['--asset <asset>', "the venue's own name, as in BTC or BTCUSDT"],
  ['--interval <interval>', 'length of a bar, as in 1m, 15m, 1h, 1d'],
] as const;
const RANGE = [
  ['--from <time>', 'first moment, as in 2024-01-01 or 2024-01-01T12:00Z'],
  ['--to <time>', 'moment before which rows end'],
] as const;

export const DATA_COMMANDS: readonly DataCommand[] = [
  {
    name: 'import',
    description: 'Take candles, funding and sentiment from files and folders into the store',
    argument: ['<paths...>', 'files, or folders with all that is below them'],
    options: [
      ...SERIES,
      ['--format <format>', 'csv, json, feather or parquet, where the content does not show it'],
      ['--mend', 'leave out rows that break a rule and sort the rest, and say so'],
      ['--licence <text>', 'licence of the files, kept with the data'],
      ['--origin <text>', 'where the files are from, kept with the data'],
      ['--dry-run', 'read and check everything, store nothing'],
      ...COMMON,
    ],
    examples: [
      'perpetua data import downloads/ --json',
      'perpetua data import BTCUSDT-1m-2024-01.zip --venue binance-usdm',
      'perpetua data import my.csv --venue hyperliquid --asset BTC --interval 1m',
    ],
  },
  {
    name: 'list',
    description: 'List what is stored',
    options: [...SERIES, ['--sources', 'also list where the rows came from'], ...COMMON],
    examples: ['perpetua data list', 'perpetua data list --venue hyperliquid --sources --json'],
  },
  {
    name: 'doctor',
    description: 'Look for damage, gaps, outliers, and sources or intervals that disagree',
    options: [
      ...SERIES,
      ['--repair', 'fill gaps of coarser bars from finer ones, marked as repairs'],
      ...COMMON,
    ],
    examples: ['perpetua data doctor', 'perpetua data doctor --asset BTC --repair --json'],
  },
  {
    name: 'export',
    description: 'Write stored series to files that can be imported again',
    options: [
      ...SERIES,
      ...RANGE,
      ['--format <format>', 'csv or parquet (csv)'],
      ['--gzip', 'pack csv files'],
      ['--out <dir>', 'folder to write to (the working folder)'],
      ['--force', 'replace files that exist'],
      ...COMMON,
    ],
    examples: [
      'perpetua data export --venue hyperliquid --asset BTC --interval 1h --out exports',
      'perpetua data export --kind funding --from 2024-01-01 --format parquet --json',
    ],
  },
  {
    name: 'universe',
    description: 'Choose the assets worth trading at a moment, from stored days, with the reasons',
    options: [
      ['--at <time>', 'the moment, as in 2025-05-01; nothing later is looked at (now)'],
      ['--venue <venue>', 'whose markets (hyperliquid)'],
      ['--size <count>', 'most members (20)'],
      [
        '--previous <assets>',
        'members so far, comma-separated: they go only for clearly better ones',
      ],
      [
        '--stored',
        'the one that a schedule kept last before the moment, with depth, spread and interest',
      ],
      ['--explain <asset>', 'why this asset is a member or is none, part by part'],
      ['--schedule', 'from now on choose and keep it now and then, from what the venue shows'],
      ['--unschedule', 'end what --schedule began'],
      ['--every <duration>', 'of --schedule: how often (1h)'],
      ['--looked <count>', 'of --schedule: markets looked at, the most traded first (60)'],
      ...COMMON,
    ],
    examples: [
      'perpetua data universe --at 2025-05-01 --size 8',
      'perpetua data universe --venue hyperliquid --previous BTC,ETH --json',
      'perpetua data universe --schedule --every 1h --size 20',
      'perpetua data universe --stored --explain SOL',
    ],
  },
  {
    name: 'sync',
    description:
      'Fetch what is missing: from Hyperliquid, the archive of Binance, or alternative.me',
    options: [
      ['--source <source>', 'hyperliquid, binance or fear-greed (hyperliquid)'],
      ['--assets <assets>', 'comma-separated, as in BTC,ETH; of binance BTCUSDT,ETHUSDT'],
      ['--intervals <intervals>', 'comma-separated (1m,5m,15m,1h,4h,1d; of binance 1m)'],
      ['--kinds <kinds>', 'candles, funding or both, comma-separated (candles,funding)'],
      ['--market <market>', 'of binance: usdm or spot (usdm)'],
      ...RANGE,
      ['--url <url>', 'another address of the source than the configured one'],
      ['--venue <venue>', 'name to store under, where the address does not say it'],
      ['--schedule', 'leave it to Temporal from now on, before the 5,000 candles slide away'],
      ['--unschedule', 'end what --schedule began'],
      ['--every <duration>', 'of --schedule: how often (1h)'],
      ...COMMON,
    ],
    examples: [
      'perpetua data sync --assets BTC,ETH --intervals 1m,1h',
      'perpetua data sync --source binance --assets BTCUSDT --intervals 1m --from 2024-01-01',
      'perpetua data sync --source fear-greed --json',
      'perpetua data sync --assets BTC,ETH --schedule --every 1h',
    ],
  },
];
