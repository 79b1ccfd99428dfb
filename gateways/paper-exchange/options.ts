/**
 * The options of the paper exchange, by flag and by call, and their rules. Reads no environment.
 */
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { z } from 'zod';
import { isDecimalText, type Usd } from '../../domain/kernel/decimal.ts';
import { type AccountAddress, accountAddress } from '../../domain/kernel/ids.ts';
import { err, type Outcome, ok, type RuleViolation } from '../../domain/kernel/outcome.ts';
import { DEFAULT_STEPS, FEWEST_STEPS } from '../../domain/matching/candle-market.ts';

/** Money that an account starts with; given once in the life of a state directory. */
export interface Funding {
  readonly account: AccountAddress;
  readonly usd: Usd;
}

export const SAMPLE_TAPE_DIR = fileURLToPath(new URL('../../data/sample/', import.meta.url));

/** Two days of history: enough for any strategy's warm-up on short bars. */
export const DEFAULT_START_OFFSET_MINUTES = 2880;
export const DEFAULT_SPEED = 60;

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

const optionsSchema = z.object({
  /** 0 takes any free port. */
  port: integer(0, 65_535).default(3999),
  /** Tape seconds per second of the wall clock. */
  speed: z.coerce
    .number('must be a number above 0, at most 10000')
    .refine((value) => value > 0 && value <= 10_000, 'must be a number above 0, at most 10000')
    .default(DEFAULT_SPEED),
  /** Where the exchange survives its own death; without one it keeps nothing. */
  state: z.string().min(1, 'must be a directory').optional(),
  fund: z.array(fund).default([]),
  /** Decides the modelled prints and books; the candles are the tape's. */
  seed: integer(0, 0xffff_ffff).default(1),
  tape: z.string().min(1, 'must be a directory').default(SAMPLE_TAPE_DIR),
  /** Steps in which each one-minute bar forms. */
  steps: integer(FEWEST_STEPS, 60).default(DEFAULT_STEPS),
  /** Minutes of the tape that are history at the start. */
  'start-offset-minutes': integer(0, 1_000_000).default(DEFAULT_START_OFFSET_MINUTES),
  'log-level': z.enum(['trace', 'debug', 'info', 'warn', 'error', 'silent']).default('info'),
});

export type PaperExchangeFlags = z.infer<typeof optionsSchema>;

export const USAGE = `Usage: node gateways/paper-exchange/main.ts [flags]

  --port N                   port on 127.0.0.1, 0 for any (3999)
  --speed N                  tape seconds per second (60)
  --state DIR                survive restarts in DIR (memory only)
  --fund 0xADDRESS=USD       deposit once per state; repeatable
  --seed N                   seed of modelled books and prints (1)
  --tape DIR                 directory with meta.json and <COIN>.1m.csv.gz (data/sample)
  --steps N                  steps per one-minute bar (6)
  --start-offset-minutes N   minutes of history before the start (2880)
  --log-level LEVEL          trace, debug, info, warn, error or silent (info)
`;

const FLAGS = {
  port: { type: 'string' },
  speed: { type: 'string' },
  state: { type: 'string' },
  fund: { type: 'string', multiple: true },
  seed: { type: 'string' },
  tape: { type: 'string' },
  steps: { type: 'string' },
  'start-offset-minutes': { type: 'string' },
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
