/**
 * Joins the parts of the paper exchange and opens its port, on 127.0.0.1 only. Reads no flags and
 * handles no signals; tests drive the tape by hand with `speed: 'manual'`.
 */
import type { RequestListener, Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Usd } from '../../domain/kernel/decimal.ts';
import type { MarginTier, VenueConfig } from '../../domain/matching/contract/venue-config.ts';
import { DEFAULT_STEPS } from '../../domain/matching/market/candle-market.ts';
import type { Meta } from '../hyperliquid/wire/info-market.ts';
import { createFaucet, FAUCET_PATH } from './admin/faucet.ts';
import { ADMIN_PATH } from './admin/http.ts';
import { type Operation, operate } from './admin/operation.ts';
import { type AdminAccess, newToken, removeAccess, writeAccess } from './admin/token.ts';
import { type JournalEntry, PaperExchange } from './exchange.ts';
import type { Fault } from './faults/fault.ts';
import type { Feed } from './feeds/feed.ts';
import type { LiveOptions } from './feeds/live-feed.ts';
import { assetsOf, SAMPLE_TAPE_DIR } from './feeds/meta.ts';
import { openSource, type Source } from './feeds/source.ts';
import type { Speed } from './feeds/tape-clock.ts';
import { createLog, type Log } from './log.ts';
import { type AccountTerms, DEFAULT_SPEED, type Funding } from './options.ts';
import { AccountBoard } from './protocol/account-board.ts';
import { createActions } from './protocol/actions.ts';
import { Channels } from './protocol/channels.ts';
import { createInfo } from './protocol/info.ts';
import { MarketBoard } from './protocol/market-board.ts';
import { createDesk } from './server/desk.ts';
import { createHttp, createHttpServer } from './server/http.ts';
import { IpLimits, LIMITS, type Limits, type LimitsName } from './server/limits.ts';
import { SlowLane } from './server/slow-lane.ts';
import { SocketHub } from './server/websocket.ts';
import { type Fsync, forgetfulJournal, openJournal } from './state/journal.ts';
import { claimStateDir, ORIGIN_VERSION, type Origin } from './state/state-dir.ts';

const HOST = '127.0.0.1';

export interface PaperExchangeOptions {
  /** 0, the default, takes any free port. */
  readonly port?: number;
  /** Tape seconds per second of the wall clock, or `manual`: the tape moves by `advance` alone. */
  readonly speed?: Speed;
  /** Where the exchange survives its own death; without one it keeps nothing. */
  readonly stateDir?: string;
  /** What a loss of power leaves of the state; `never` survives the death of the process only. */
  readonly fsync?: Fsync;
  readonly fund?: readonly Funding[];
  /** What anybody is paid who asks for it, once per account; nobody by default. */
  readonly faucetUsd?: Usd;
  /** Latency and fee tier of accounts. */
  readonly accounts?: readonly AccountTerms[];
  readonly faults?: readonly Fault[];
  /** Opens the admin interface; a new one each start by default. */
  readonly adminToken?: string;
  readonly seed?: number;
  /** A tape: a directory or one file. */
  readonly tapeDir?: string;
  /** Steps in which each candle forms. */
  readonly steps?: number;
  /** Minutes of the tape that are history at the start. */
  readonly startOffsetMinutes?: number;
  /** Another venue's symbols in socket logs, and their coins here. */
  readonly symbols?: ReadonlyMap<string, string>;
  /** A real venue whose market is relayed in the place of a tape. */
  readonly live?: LiveOptions;
  /** The clock in ms since 1970, or `tape`: what the exchange stamps is in the tape's time. */
  readonly clock?: (() => number) | 'tape';
  /** The venue's own rate limits, or none; none by default. */
  readonly limits?: LimitsName;
  readonly log?: Log;
}

export interface RunningPaperExchange {
  readonly url: string;
  readonly wsUrl: string;
  readonly exchange: PaperExchange;
  readonly admin: AdminAccess;
  /** Moves the tape; returns how many steps it made before its end. */
  advance(steps: number): number;
  /** Saves a snapshot and closes every connection. */
  close(): Promise<void>;
}

/** What the venue is made with. */
export function configOf(meta: Meta, seed: number): VenueConfig {
  const tables = (meta.marginTables ?? []).map(([id, table]): [number, readonly MarginTier[]] => [
    id,
    table.marginTiers,
  ]);
  return {
    universe: assetsOf(meta).map((asset) => {
      const { marginTableId, onlyIsolated, marginMode } = meta.universe[asset.index] ?? {};
      const isModal = marginMode === 'strictIsolated' || marginMode === 'noCross';
      return {
        ...asset,
        marginTableId: marginTableId ?? asset.maxLeverage,
        onlyIsolated: onlyIsolated ?? false,
        ...(isModal ? { marginMode } : {}),
      };
    }),
    marginTables: Object.fromEntries(tables),
    seed,
  };
}

async function listen(server: Server, port: number): Promise<number> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, HOST, () => {
      server.off('error', reject);
      resolve();
    });
  });
  return (server.address() as AddressInfo).port;
}

/** An exchange without a port, and how to end it. */
interface OpenedExchange {
  readonly exchange: PaperExchange;
  readonly close: () => void;
}

const DEFAULT_SEED = 1;
/** How late may be what no input brings about. */
const DUE_PACE_MS = 100;

const originOf = (feed: Feed, options: PaperExchangeOptions): Origin => ({
  version: ORIGIN_VERSION,
  tape: feed.fingerprint,
  seed: options.seed ?? DEFAULT_SEED,
  steps: options.steps ?? DEFAULT_STEPS,
  startOffsetMinutes: feed.startOffsetMinutes,
});

const limitsOf = ({ limits = 'none' }: PaperExchangeOptions): Limits => LIMITS[limits];

function openExchange(
  options: PaperExchangeOptions,
  { feed, nowMs }: Source,
  skewMs: () => number,
  log: Log,
): OpenedExchange {
  const { stateDir } = options;
  const clock = options.clock === 'tape' ? nowMs : (options.clock ?? Date.now);
  const release =
    stateDir === undefined ? () => undefined : claimStateDir(stateDir, originOf(feed, options));
  try {
    const recovered =
      stateDir === undefined
        ? forgetfulJournal<JournalEntry>()
        : openJournal<JournalEntry>(stateDir, options.fsync);
    if (recovered.tornBytes > 0) {
      log.warn({ bytes: recovered.tornBytes }, 'dropped a journal line that a kill cut short');
    }
    const exchange = new PaperExchange({
      config: configOf(feed.meta, options.seed ?? DEFAULT_SEED),
      feed,
      recovered,
      hasAddressBudget: limitsOf(options).addressBudget,
      clock: () => clock() + skewMs(),
      isOnTapeTime: options.clock === 'tape',
      log,
    });
    for (const { account, usd } of options.fund ?? []) {
      const isNew = exchange.fundOnce(account, usd);
      log.info({ account, usd }, isNew ? 'funded' : 'funded before: nothing paid in');
    }
    for (const { account, latencyMs, feeTier } of options.accounts ?? []) {
      if (latencyMs !== undefined) exchange.setLatency(account, latencyMs);
      if (feeTier !== undefined) exchange.setFees({ account, feeTier });
    }
    const close = (): void => {
      exchange.close();
      release();
    };
    return { exchange, close };
  } catch (error) {
    release();
    throw error;
  }
}

/** Answers the server's requests and sockets; returns how to hang up. */
function answerOn(
  server: Server,
  exchange: PaperExchange,
  operation: Operation,
  options: PaperExchangeOptions,
  log: Log,
): () => void {
  const { interference } = operation;
  const market = new MarketBoard(exchange, assetsOf(exchange.feed.meta));
  const accounts = new AccountBoard(exchange);
  const info = createInfo(exchange, market, accounts);
  const answerAction = createActions(exchange, log);
  const channels = new Channels(exchange, market, accounts);
  const desk = createDesk({ info, exchange: answerAction, log, interference });
  const ips = new IpLimits(limitsOf(options));
  const lane = new SlowLane();
  const answer = createHttp(desk, ips, log, lane);
  const { faucetUsd } = options;
  const faucet = faucetUsd === undefined ? undefined : createFaucet(exchange, faucetUsd);
  const answerPublic: RequestListener = (request, response) =>
    faucet !== undefined && request.url === FAUCET_PATH
      ? faucet(request, response)
      : answer(request, response);
  server.on('request', operation.admit(answerPublic));
  const hub = new SocketHub(server, { channels, desk, ips, log, lane, interference });
  exchange.onChange((change) => hub.publish(change));
  return () => hub.close();
}

/** Lets what is due happen while no input comes, but not in a freeze. Returns how to stop it. */
function passTime(exchange: PaperExchange, { tape }: Operation, log: Log): () => void {
  const timer = setInterval(() => {
    try {
      if (!tape.isHeldBy('freeze')) exchange.passTime();
    } catch (error) {
      log.error({ err: error }, 'what was due could not happen');
    }
  }, DUE_PACE_MS);
  return () => clearInterval(timer);
}

/** What brings the market, with the defaults of what was not asked for. */
function sourceOf(options: PaperExchangeOptions, log: Log): Promise<Source> {
  const { startOffsetMinutes, symbols, live } = options;
  const parts = {
    tape: options.tapeDir ?? SAMPLE_TAPE_DIR,
    seed: options.seed ?? DEFAULT_SEED,
    stepsPerBar: options.steps ?? DEFAULT_STEPS,
    speed: options.speed ?? DEFAULT_SPEED,
    live,
    ...(startOffsetMinutes === undefined ? {} : { startOffsetMinutes }),
    ...(symbols === undefined ? {} : { symbols }),
  };
  return openSource(parts, log);
}

/**
 * Starts a paper exchange; resolves when it listens.
 * @throws TapeError, JournalError, or node's error when the port cannot be had.
 */
export async function startPaperExchange(
  options: PaperExchangeOptions = {},
): Promise<RunningPaperExchange> {
  const log = options.log ?? createLog('warn');
  const source = await sourceOf(options, log);
  let operation: Operation | undefined;
  const skewMs = (): number => operation?.skewMs() ?? 0;
  const { exchange, close } = openExchange(options, source, skewMs, log);
  const server = createHttpServer();
  const token = options.adminToken ?? newToken();
  const { stateDir } = options;
  operation = operate({
    server,
    exchange,
    runTape: () => source.run(exchange, log),
    faults: options.faults ?? [],
    seed: options.seed ?? DEFAULT_SEED,
    origin: originOf(source.feed, options),
    stateDir,
    fsync: options.fsync ?? 'never',
    token,
    log,
  });
  const { tape } = operation;
  const stopAnswering = answerOn(server, exchange, operation, options, log);
  const stopTime = passTime(exchange, operation, log);
  const hangUp = (): void => {
    stopTime();
    operation?.close();
    stopAnswering();
    source.close();
  };
  let port: number;
  try {
    port = await listen(server, options.port ?? 0);
  } catch (error) {
    hangUp();
    close();
    throw error;
  }
  const url = `http://${HOST}:${port}`;
  const admin = { url: `${url}${ADMIN_PATH}`, token };
  if (stateDir !== undefined) writeAccess(stateDir, admin);
  tape.start();

  return {
    url,
    admin,
    wsUrl: `ws://${HOST}:${port}/ws`,
    exchange,
    advance: (steps) => {
      let made = 0;
      while (made < steps && exchange.advance()) made += 1;
      return made;
    },
    close: async () => {
      hangUp();
      if (stateDir !== undefined) removeAccess(stateDir);
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await closed;
      close();
    },
  };
}
