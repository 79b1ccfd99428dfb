/** The flags of `perpetua up`: which settings they change, and the help text. */
import { parseArgs } from 'node:util';
import type { FlagSetting } from '../../config/sources.ts';
import { describeViolation } from '../../domain/kernel/outcome.ts';
import { durationMs } from './duration.ts';
import { EXIT_USAGE, UpError } from './up-error.ts';

export interface UpFlags {
  readonly settings: readonly FlagSetting[];
  /** Stop by itself after this time. */
  readonly forMs?: number;
  readonly ports: 'fixed' | 'auto';
  readonly json: boolean;
  /** The session to open once the stack is ready. */
  readonly session?: string;
  readonly help: boolean;
}

/** Flags that are settings: flag, key, meaning. */
const SETTING_FLAGS = [
  ['data-dir', 'dataDir', 'folder of all state (.perpetua)'],
  ['network', 'network', 'paper or testnet (paper)'],
  ['account', 'account', "account to trade (the signing key's own)"],
  ['speed', 'paper.speed', 'tape seconds per second (60)'],
  ['seed', 'paper.seed', 'seed of the paper exchange (1)'],
  ['fund', 'paper.fundUsd', 'USD that the paper account starts with (10000)'],
  ['tape', 'paper.tapeDir', 'folder of recorded candles (sample data)'],
  ['exchange-url', 'exchange.url', 'exchange that already runs, by URL'],
  ['temporal-port', 'temporal.port', 'port of Temporal (7233)'],
  ['ui-port', 'temporal.uiPort', "port of Temporal's Web UI (8233)"],
  ['http-port', 'temporal.httpPort', "port of Temporal's HTTP API (7243)"],
  ['ledger-port', 'ledger.port', 'port of the ledger (54329)'],
  ['paper-port', 'paper.port', 'port of the paper exchange (3998)'],
  ['dashboard-port', 'dashboard.port', 'port of the dashboard (8088)'],
  ['workers', 'workers', 'trading worker processes, 1 to 16 (1)'],
  ['log-level', 'logLevel', 'trace, debug, info, warn, error (info)'],
] as const;

const FLAGS = {
  ...Object.fromEntries(SETTING_FLAGS.map(([flag]) => [flag, { type: 'string' as const }])),
  for: { type: 'string' },
  ports: { type: 'string' },
  json: { type: 'boolean' },
  session: { type: 'string' },
  'no-session': { type: 'boolean' },
  help: { type: 'boolean', short: 'h' },
} as const;

const line = (flag: string, meaning: string): string => `  --${flag.padEnd(24)}${meaning}`;

export const USAGE = `Usage: perpetua up [flags]

Starts Temporal, the ledger, the paper exchange, the trading workers and the dashboard, and keeps
them running until Ctrl-C.

${SETTING_FLAGS.map(([flag, , meaning]) => line(`${flag} VALUE`, meaning)).join('\n')}
${line('for DURATION', 'stop by itself after e.g. 90s, 5m, 2h')}
${line('ports auto', 'pick free ports instead of the configured ones')}
${line('session NAME', 'open this session once everything is ready')}
${line('no-session', 'open no session (default)')}
${line('json', 'print one JSON document at the end')}
${line('help, -h', 'show this')}

Examples:
  perpetua up
  perpetua up --session demo --for 90s --json
  perpetua up --workers 3
  perpetua up --ports auto --data-dir /tmp/second --speed 600
`;

const usage = (field: string, value: string, rule: string): UpError =>
  new UpError(describeViolation({ field, value, rule }), EXIT_USAGE);

/** @throws UpError with exit code 2 that names the flag, its value and the rule */
export function parseUpFlags(args: readonly string[]): UpFlags {
  const values = parse(args);
  const { for: lasting, ports = 'fixed', session } = values;
  const forMs = typeof lasting === 'string' ? durationMs(lasting) : undefined;
  if (lasting !== undefined && forMs === undefined) {
    throw usage('--for', String(lasting), 'must be a duration like 90s, 5m or 2h');
  }
  if (ports !== 'auto' && ports !== 'fixed') {
    throw usage('--ports', String(ports), 'must be auto or fixed');
  }
  if (session !== undefined && values['no-session'] === true) {
    throw usage('--session', String(session), 'contradicts --no-session');
  }
  return {
    settings: SETTING_FLAGS.flatMap(([flag, key]) => {
      const value = values[flag];
      return value === undefined ? [] : [{ key, value, flag: `--${flag}` }];
    }),
    ...(forMs === undefined ? {} : { forMs }),
    ports,
    json: values.json === true,
    ...(typeof session === 'string' ? { session } : {}),
    help: values.help === true,
  };
}

function parse(args: readonly string[]): Readonly<Record<string, string | boolean | undefined>> {
  try {
    return parseArgs({ args: [...args], options: FLAGS, strict: true }).values;
  } catch (error) {
    throw new UpError(`${(error as Error).message}\nSee perpetua up --help`, EXIT_USAGE);
  }
}
