/**
 * Every setting, its default and its rule, in one place. Environment names follow from the keys:
 * `paper.fundUsd` is `PERPETUA_PAPER_FUND_USD`. Unknown keys are refused, never ignored.
 */
import { z } from 'zod';

const port = (fallback: number) => z.int().min(1).max(65_535).default(fallback);
const url = (protocols: readonly string[]) =>
  z
    .string()
    .refine(
      (text) => URL.canParse(text) && protocols.includes(new URL(text).protocol),
      `must be a URL that starts with ${protocols.map((one) => `${one}//`).join(' or ')}`,
    );
const hostAndPort = z
  .string()
  .regex(/^[^\s:/]+:\d{1,5}$|^\[[0-9a-fA-F:]+\]:\d{1,5}$/, 'must be host:port');
const name = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/, 'must be 1 to 64 of A-Z a-z 0-9 . _ -');
const address = z.string().regex(/^0x[0-9a-fA-F]{40}$/, 'must be 0x and 40 hex digits');
const usdText = z.string().regex(/^\d+(\.\d+)?$/, 'must be a plain decimal number of USD');
/** Plain JSON objects whose content the domain checks where it is used. */
const looseObject = z.record(z.string(), z.json()).default({});

const INTERVALS = ['1m', '3m', '5m', '15m', '30m', '1h', '2h', '4h', '8h', '12h', '1d'] as const;

export const configSchema = z.strictObject({
  /** What is traded on: the paper exchange, the venue's test network, or real money. */
  network: z.enum(['paper', 'testnet', 'mainnet']).default('paper'),
  /** Folder of all state of one embedded stack; relative to the working folder. */
  dataDir: z.string().min(1).default('.perpetua'),
  /** Name of the deployment; its hash tags our orders on the venue. */
  deployment: name.default('default'),
  /** The account that is traded; the signing key's own address when absent. */
  account: address.optional(),
  exchange: z
    .strictObject({
      /** Base URL of the venue's HTTP API; by `network` when absent. */
      url: url(['http:', 'https:']).optional(),
      /** URL of the venue's WebSocket; `url` with ws(s) and `/ws` when absent. */
      wsUrl: url(['ws:', 'wss:']).optional(),
      /**
       * Request weight a minute that the processes of this data folder use together. When absent: the
       * venue's 1,200 for an IP address, and on paper whatever the exchange is started with. Machines
       * that share an address are each given their part.
       */
      weightPerMinute: z.int().min(60).max(1_000_000).optional(),
    })
    .prefault({}),
  temporal: z
    .strictObject({
      /** A server that already runs (also TEMPORAL_ADDRESS); `up` starts one when absent. */
      address: hostAndPort.optional(),
      namespace: name.default('default'),
      taskQueue: name.default('perpetua'),
      port: port(7233),
      uiPort: port(8233),
      /** The dev server's HTTP API has no authentication: fixed, so that it can be shielded. */
      httpPort: port(7243),
    })
    .prefault({}),
  ledger: z
    .strictObject({
      /** A PostgreSQL that already runs (also DATABASE_URL); `up` starts one when absent. */
      url: url(['postgres:', 'postgresql:']).optional(),
      port: port(54_329),
    })
    .prefault({}),
  paper: z
    .strictObject({
      port: port(3998),
      /** Seconds of the tape per second of the clock on the wall. */
      speed: z.number().positive().max(10_000).default(60),
      seed: z.int().min(0).max(4_294_967_295).default(1),
      /** What the account owns when it is first seen. */
      fundUsd: usdText.default('10000'),
      /** Folder of recorded candles; the sample data when absent. */
      tapeDir: z.string().min(1).optional(),
      /** Price steps within one recorded bar. */
      stepsPerBar: z.int().min(4).max(60).optional(),
      /** Where on the tape the exchange begins. */
      startOffsetMinutes: z.int().min(0).optional(),
    })
    .prefault({}),
  market: z
    .strictObject({
      /** Folder of stored candles, funding and sentiment; `<dataDir>/market` when absent. */
      dir: z.string().min(1).optional(),
      /** The venue whose history is fetched; it is asked about the past alone and needs no key. */
      hyperliquidUrl: url(['http:', 'https:']).default('https://api.hyperliquid.xyz'),
      /** Base URL of Binance's archive of public data. */
      binanceUrl: url(['http:', 'https:']).default('https://data.binance.vision'),
      /** The index of fear and greed. */
      fearGreedUrl: url(['http:', 'https:']).default('https://api.alternative.me/fng/'),
    })
    .prefault({}),
  dashboard: z
    .strictObject({
      port: port(8088),
      host: z.enum(['127.0.0.1', 'localhost', '::1']).default('127.0.0.1'),
    })
    .prefault({}),
  /** Risk limits of the account; checked by `domain/risk`. */
  risk: looseObject,
  /** Files with strategies of your own, relative to the working folder; then known by name. */
  strategies: z.array(z.string().min(1)).default([]),
  /** What a session is started with when nothing else is said. */
  session: z
    .strictObject({
      name: name.default('demo'),
      /** A registered seed, a file of `strategies` by its seed's name, or a path; `+filter` may follow. */
      strategy: z
        .string()
        .regex(/^\S{1,300}$/, 'must be a strategy name or a path without spaces')
        .default('ema-crossover'),
      assets: z.array(z.string().min(1)).min(1).default(['BTC', 'ETH', 'SOL', 'XRP']),
      interval: z.enum(INTERVALS).default('1m'),
      genes: looseObject,
      sizing: looseObject,
      limits: looseObject,
    })
    .prefault({}),
  /** How often the account's equity is sampled. */
  equitySampleMs: z.int().min(100).default(1_000),
  /** How often orders, fills and positions are compared with the venue. */
  reconcileEveryMs: z.int().min(1_000).default(30_000),
  /**
   * Whose open positions get a reduce-only stop when none rests and nobody else sees to it: nobody's,
   * those of sessions and of a lost ledger, or all of the account, whoever opened them.
   */
  protectPositions: z.enum(['none', 'sessions', 'all']).default('sessions'),
  watchdog: z
    .strictObject({
      /** No worker was heard of for this long: the watchdog cancels entries. */
      silentMs: z.int().min(5_000).max(3_600_000).default(30_000),
      /** Whether the venue is asked to cancel by itself (scheduleCancel) while the account is flat. */
      scheduleCancel: z.boolean().default(true),
    })
    .prefault({}),
  /** Trading worker processes that `up` starts; they share orders, signer and rate limits. */
  workers: z.int().min(1).max(16).default(1),
  logLevel: z.enum(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent']).default('info'),
});

export type Config = z.infer<typeof configSchema>;
