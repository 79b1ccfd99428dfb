/**
 * The options of the paper exchange, by flag and by call, and their rules. Reads no environment.
 */
import { parseArgs } from 'node:util';
import { z } from 'zod';
import { isDecimalText, type Usd } from '../../domain/kernel/decimal.ts';
import { type AccountAddress, accountAddress } from '../../domain/kernel/ids.ts';
import { err, type Outcome, ok, type RuleViolation } from '../../domain/kernel/outcome.ts';
import { DEFAULT_STEPS, FEWEST_STEPS } from '../../domain/matching/market/candle-market.ts';
import { SAMPLE_TAPE_DIR } from './feeds/meta.ts';
import type { LatencyMs } from './state/house-rules.ts';
import { FSYNC_MODES } from './state/journal.ts';

/** Money that an account starts with; given once in the life of a state directory. */
export interface Funding {
  readonly account: AccountAddress;
  readonly usd: Usd;
}

/** What is set of an account: its latency each way, its fee tier (0 is the base tier). */
export interface AccountTerms {
  readonly account: AccountAddress;
  readonly latencyMs?: LatencyMs;
  readonly feeTier?: number;
}

export const DEFAULT_SPEED = 60;
const SPEED_RULE = 'must be a number above 0, at most 10000, or max';

const integer = (min: number, max: number) =>
  z.coerce
    .number(`must be a whole number from ${min} to ${max}`)
    .refine(
      (value) => Number.isInteger(value) && value >= min && value <= max,
      `must be a whole number from ${min} to ${max}`,
    );

const FUND_RULE = 'must be 0xADDRESS=USD, as in 0x14791697260e4c9a71f18484c9f997b308e59325=100000';

const fund = z.string().transform((text, context): Funding => {
  const [account = '', usd = ''] = text.split('=');
  if (/^0x[0-9a-fA-F]{40}$/.test(account) && isDecimalText(usd) && Number(usd) > 0) {
    return { account: accountAddress(account), usd: usd as Usd };
  }
  context.addIssue({ code: 'custom', message: FUND_RULE });
  return z.NEVER;
});

const ACCOUNT_RULE =
  'must be 0xADDRESS:feeTier=TIER,latencyMs=LEAST..MOST (either may be left out; tiers are base and vip1 to vip6, at most 60000 ms)';
const MOST_LATENCY_MS = 60_000;

function latencyOf(text: string): LatencyMs | undefined {
  const [, least = '', most = least] = /^(\d{1,5})(?:\.\.(\d{1,5}))?$/.exec(text) ?? [];
  const isRange = least !== '' && Number(least) <= Number(most);
  return isRange && Number(most) <= MOST_LATENCY_MS ? [Number(least), Number(most)] : undefined;
}

function termOf(text: string): Omit<AccountTerms, 'account'> | undefined {
  const [name, value = ''] = text.split('=');
  if (name === 'latencyMs') {
    const latencyMs = latencyOf(value);
    return latencyMs && { latencyMs };
  }
  const [, vip] = /^vip([1-6])$/.exec(value) ?? [];
  if (name !== 'feeTier' || (vip === undefined && value !== 'base')) return undefined;
  return { feeTier: Number(vip ?? 0) };
}

const account = z.string().transform((text, context): AccountTerms => {
  const [address = '', given = ''] = text.split(':');
  const terms = given.split(',').map(termOf);
  if (/^0x[0-9a-fA-F]{40}$/.test(address) && terms.every((term) => term !== undefined)) {
    return Object.assign({ account: accountAddress(address) }, ...terms);
  }
  context.addIssue({ code: 'custom', message: ACCOUNT_RULE });
  return z.NEVER;
});

const faucet = z
  .string()
  .refine((text) => isDecimalText(text) && Number(text) > 0, 'must be USD above 0')
  .transform((text) => text as Usd);

const symbol = z.string().transform((text, context): readonly [symbol: string, coin: string] => {
  const [, name, coin] = /^([A-Za-z0-9]+)=([A-Za-z0-9]+)$/.exec(text) ?? [];
  if (name !== undefined && coin !== undefined) return [name, coin];
  context.addIssue({ code: 'custom', message: 'must be SYMBOL=COIN, as in BTCUSDT=BTC' });
  return z.NEVER;
});

const coins = z
  .string()
  .regex(/^[A-Za-z0-9]+(,[A-Za-z0-9]+)*$/, 'must be coins, as in BTC,ETH')
  .transform((text) => [...new Set(text.split(','))]);

const optionsSchema = z.object({
  /** 0 takes any free port. */
  port: integer(0, 65_535).default(3999),
  /** Tape seconds per second of the wall clock. */
  speed: z
    .union(
      [
        z.literal('max'),
        z.coerce.number(SPEED_RULE).refine((value) => value > 0 && value <= 10_000, SPEED_RULE),
      ],
      SPEED_RULE,
    )
    .default(DEFAULT_SPEED),
  /** Whose time the exchange stamps on what it does. */
  clock: z.enum(['wall', 'tape'], 'must be wall or tape').default('wall'),
  /** Where the exchange survives its own death; without one it keeps nothing. */
  state: z.string().min(1, 'must be a directory').optional(),
  /** What of the state survives a loss of power. */
  fsync: z.enum(FSYNC_MODES, `must be ${FSYNC_MODES.join(', ')}`).default('never'),
  fund: z.array(fund).default([]),
  account: z.array(account).default([]),
  /** What `POST /faucet` pays to any address, once. */
  faucet: faucet.optional(),
  /** A file of faults to inject. */
  faults: z.string().min(1, 'must be a file').optional(),
  'admin-token-file': z.string().min(1, 'must be a file').optional(),
  /** Decides the modelled prints and books; the candles are the tape's. */
  seed: integer(0, 0xffff_ffff).default(1),
  tape: z.string().min(1, 'must be a directory or a file').default(SAMPLE_TAPE_DIR),
  /** Another venue's symbols in socket logs. */
  symbol: z.array(symbol).default([]),
  /** The HTTP API of a real venue whose market takes the place of the tape. */
  live: z.url('must be a URL, as in https://api.hyperliquid.xyz').optional(),
  'live-coins': coins.default(['BTC', 'ETH', 'SOL']),
  /** Steps in which each candle forms. */
  steps: integer(FEWEST_STEPS, 60).default(DEFAULT_STEPS),
  /** Minutes of the tape that are history at the start. */
  'start-offset-minutes': integer(0, 1_000_000).optional(),
  /** Rate limits: the venue's own, or none. */
  limits: z.enum(['venue', 'none']).default('venue'),
  'log-level': z.enum(['trace', 'debug', 'info', 'warn', 'error', 'silent']).default('info'),
});

export type PaperExchangeFlags = z.infer<typeof optionsSchema>;

export const USAGE = `Usage: node gateways/paper-exchange/main.ts [flags]

  --port N                   port on 127.0.0.1, 0 for any (3999)
  --speed N|max              tape seconds per second, or as fast as possible (60)
  --clock wall|tape          whose time is stamped on orders, fills and nonces (wall)
  --state DIR                survive restarts in DIR (memory only)
  --fsync MODE               what outlives a loss of power: always every input, batch every
                             answered one, never only what the system had written (never)
  --fund 0xADDRESS=USD       deposit once per state; repeatable
  --account 0xADDRESS:feeTier=vip2,latencyMs=20..80
                             fee tier of an account, delay of its requests and replies; repeatable
  --faucet USD               let POST /faucet {"user": "0x..."} pay any address once (off)
  --faults FILE              inject the faults of a JSON file
  --admin-token-file FILE    token of the admin interface (a new one each start)
  --seed N                   seed of modelled books and prints (1)
  --tape DIR|FILE            candles, books, trades, socket logs, funding (data/sample)
  --symbol SYMBOL=COIN       another venue's symbol in a socket log; repeatable
  --live URL                 relay the market of a real venue in the place of a tape
  --live-coins A,B           coins to relay (BTC,ETH,SOL)
  --steps N                  steps per candle (6)
  --start-offset-minutes N   minutes of history before the start (2880 of candles, 0 of books)
  --limits venue|none        rate limits as the venue has them, or none (venue)
  --log-level LEVEL          trace, debug, info, warn, error or silent (info)
`;

const FLAGS = {
  port: { type: 'string' },
  speed: { type: 'string' },
  state: { type: 'string' },
  fsync: { type: 'string' },
  fund: { type: 'string', multiple: true },
  account: { type: 'string', multiple: true },
  faucet: { type: 'string' },
  faults: { type: 'string' },
  'admin-token-file': { type: 'string' },
  seed: { type: 'string' },
  tape: { type: 'string' },
  steps: { type: 'string' },
  'start-offset-minutes': { type: 'string' },
  clock: { type: 'string' },
  symbol: { type: 'string', multiple: true },
  live: { type: 'string' },
  'live-coins': { type: 'string' },
  limits: { type: 'string' },
  'log-level': { type: 'string' },
  help: { type: 'boolean', short: 'h' },
} as const;

/** The options of a command line, `help` when it asks for help, or the first broken rule. */
export function parseFlags(
  args: readonly string[],
): Outcome<PaperExchangeFlags | 'help', RuleViolation> {
  let values: Record<string, unknown>;
  try {
    values = parseArgs({ args: [...args], options: FLAGS, strict: true }).values;
  } catch (error) {
    const rule = error instanceof Error ? error.message : String(error);
    return err({ field: 'flags', value: args.join(' '), rule });
  }
  if (values.help === true) return ok('help');
  const parsed = optionsSchema.safeParse(values);
  if (parsed.success) return ok(parsed.data);
  const issue = parsed.error.issues[0];
  const [name = 'flags', index] = issue?.path ?? [];
  const given = values[String(name)];
  const value = Array.isArray(given) ? given[Number(index)] : given;
  return err({
    field: `--${String(name)}`,
    value: String(value),
    rule: issue?.message ?? 'is not valid',
  });
}
