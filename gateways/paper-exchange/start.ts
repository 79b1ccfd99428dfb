/**
 * Joins the parts of the paper exchange and opens its port, on 127.0.0.1 only. Reads no flags and
 * handles no signals; tests drive the tape by hand with `speed: 'manual'`.
 */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { AssetSpec } from '../../domain/market/asset.ts';
import { DEFAULT_STEPS } from '../../domain/matching/candle-market.ts';
import type { MarginTier, VenueConfig } from '../../domain/matching/venue-types.ts';
import type { Meta } from '../hyperliquid/wire/info-market.ts';
import { type JournalEntry, PaperExchange } from './exchange.ts';
import { MarketFeed } from './feeds/market-feed.ts';
import { loadTape } from './feeds/tape.ts';
import { runTape } from './feeds/tape-clock.ts';
import { createLog, type Log } from './log.ts';
import {
  DEFAULT_SPEED,
  DEFAULT_START_OFFSET_MINUTES,
  type Funding,
  SAMPLE_TAPE_DIR,
} from './options.ts';
import { AccountBoard } from './protocol/account-board.ts';
import { createActions } from './protocol/actions.ts';
import { Channels } from './protocol/channels.ts';
import { createInfo } from './protocol/info.ts';
import { MarketBoard } from './protocol/market-board.ts';
import { createHttp } from './server/http.ts';
import { SocketHub } from './server/websocket.ts';
import { forgetfulJournal, openJournal } from './state/journal.ts';
import { claimStateDir } from './state/state-dir.ts';

const HOST = '127.0.0.1';
/** Longer than clients keep idle connections, so that none is cut while it is taken into use. */
const KEEP_ALIVE_MS = 65_000;

export interface PaperExchangeOptions {
  /** 0, the default, takes any free port. */
  readonly port?: number;
  /** Tape seconds per second of the wall clock, or `manual`: the tape moves by `advance` alone. */
  readonly speed?: number | 'manual';
  /** Where the exchange survives its own death; without one it keeps nothing. */
  readonly stateDir?: string;
  readonly fund?: readonly Funding[];
  readonly seed?: number;
  readonly tapeDir?: string;
  /** Steps in which each one-minute bar forms. */
  readonly steps?: number;
  /** Minutes of the tape that are history at the start. */
  readonly startOffsetMinutes?: number;
  /** The wall clock, in ms since 1970. */
  readonly clock?: () => number;
  readonly log?: Log;
}

export interface RunningPaperExchange {
  readonly url: string;
  readonly wsUrl: string;
  readonly exchange: PaperExchange;
  /** Moves the tape; returns how many steps it made before its end. */
  advance(steps: number): number;
  /** Saves a snapshot and closes every connection. */
  close(): Promise<void>;
}

function assetsOf(meta: Meta): AssetSpec[] {
  return meta.universe.map((asset, index) => ({
    name: asset.name,
    index,
    szDecimals: asset.szDecimals,
    maxLeverage: asset.maxLeverage,
    isDelisted: asset.isDelisted ?? false,
  }));
}

function configOf(meta: Meta, seed: number): VenueConfig {
  const tables = (meta.marginTables ?? []).map(([id, table]): [number, readonly MarginTier[]] => [
    id,
    table.marginTiers,
  ]);
  return {
    universe: assetsOf(meta).map((asset) => ({
      ...asset,
      marginTableId: meta.universe[asset.index]?.marginTableId ?? asset.maxLeverage,
      onlyIsolated: meta.universe[asset.index]?.onlyIsolated ?? false,
    })),
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

function claim(stateDir: string, feed: MarketFeed): () => void {
  return claimStateDir(stateDir, {
    version: 1,
    tape: feed.tape.fingerprint,
    seed: feed.seed,
    steps: feed.stepsPerBar,
    startOffsetMinutes: feed.startMinute,
  });
}

function openExchange(options: PaperExchangeOptions, feed: MarketFeed, log: Log): OpenedExchange {
  const { stateDir } = options;
  const release = stateDir === undefined ? () => undefined : claim(stateDir, feed);
  try {
    const recovered =
      stateDir === undefined
        ? forgetfulJournal<JournalEntry>()
        : openJournal<JournalEntry>(stateDir);
    if (recovered.tornBytes > 0) {
      log.warn({ bytes: recovered.tornBytes }, 'dropped a journal line that a kill cut short');
    }
    const config = configOf(feed.tape.meta, feed.seed);
    const clock = options.clock ?? Date.now;
    const exchange = new PaperExchange({ config, feed, recovered, clock, log });
    for (const { account, usd } of options.fund ?? []) {
      const isNew = exchange.fundOnce(account, usd);
      log.info({ account, usd }, isNew ? 'funded' : 'funded before: nothing paid in');
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
function answerOn(server: Server, exchange: PaperExchange, log: Log): () => void {
  const market = new MarketBoard(exchange, assetsOf(exchange.feed.tape.meta));
  const accounts = new AccountBoard(exchange);
  const info = createInfo(exchange, market, accounts);
  const answerAction = createActions(exchange, log);
  const channels = new Channels(exchange, market, accounts);
  server.on('request', createHttp(info, answerAction, log));
  const hub = new SocketHub(server, { channels, info, exchange: answerAction, log });
  exchange.onChange((change) => hub.publish(change));
  return () => hub.close();
}

/**
 * Starts a paper exchange; resolves when it listens.
 * @throws TapeError, JournalError, or node's error when the port cannot be had.
 */
export async function startPaperExchange(
  options: PaperExchangeOptions = {},
): Promise<RunningPaperExchange> {
  const log = options.log ?? createLog('warn');
  const tape = loadTape(options.tapeDir ?? SAMPLE_TAPE_DIR);
  const feed = new MarketFeed(tape, assetsOf(tape.meta), {
    seed: options.seed ?? 1,
    stepsPerBar: options.steps ?? DEFAULT_STEPS,
    startMinute: options.startOffsetMinutes ?? DEFAULT_START_OFFSET_MINUTES,
  });
  const { exchange, close } = openExchange(options, feed, log);
  const server = createServer({ keepAliveTimeout: KEEP_ALIVE_MS });
  const hangUp = answerOn(server, exchange, log);
  let port: number;
  try {
    port = await listen(server, options.port ?? 0);
  } catch (error) {
    hangUp();
    close();
    throw error;
  }
  const speed = options.speed ?? DEFAULT_SPEED;
  const stopTape =
    speed === 'manual' ? () => undefined : runTape(exchange, feed.stepMs / speed, log);

  return {
    url: `http://${HOST}:${port}`,
    wsUrl: `ws://${HOST}:${port}/ws`,
    exchange,
    advance: (steps) => {
      let made = 0;
      while (made < steps && exchange.advance()) made += 1;
      return made;
    },
    close: async () => {
      stopTape();
      hangUp();
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await closed;
      close();
    },
  };
}
