/**
 * An exchange in operation: its faults, its latencies, its tape and its admin interface, joined to
 * one server. It decides nothing itself.
 */
import type { RequestListener, Server } from 'node:http';
import type { Duplex } from 'node:stream';
import { setTimeout as wait } from 'node:timers/promises';
import { envelopeSchema } from '../../hyperliquid/wire/exchange.ts';
import { createSignerFinder } from '../../hyperliquid/wire/recovery.ts';
import type { PaperExchange } from '../exchange.ts';
import { createBetween } from '../faults/between.ts';
import type { Fault } from '../faults/fault.ts';
import type { Interference, SeenRequest } from '../faults/interference.ts';
import { LastingFaults } from '../faults/lasting.ts';
import { FaultPlan, type Instant } from '../faults/plan.ts';
import { userOf } from '../faults/requests.ts';
import type { Log } from '../log.ts';
import type { Fsync } from '../state/journal.ts';
import type { Origin } from '../state/state-dir.ts';
import { AdminDesk } from './desk.ts';
import { createAdminHttp, isAdminPath } from './http.ts';
import { TapeControl } from './tape-control.ts';

export interface OperationParts {
  readonly server: Server;
  readonly exchange: PaperExchange;
  /** Makes the tape run by itself; returns how to stop it. */
  readonly runTape: () => () => void;
  readonly faults: readonly Fault[];
  readonly seed: number;
  readonly origin: Origin;
  readonly stateDir: string | undefined;
  readonly fsync: Fsync;
  readonly token: string;
  readonly log: Log;
}

export interface Operation {
  readonly interference: Interference;
  readonly tape: TapeControl;
  /** What is added to the exchange's clock, ms. */
  readonly skewMs: () => number;
  /** Answers requests to the admin interface and hands on all others. */
  admit(next: RequestListener): RequestListener;
  /** Lets go of whatever is held up. */
  close(): void;
}

/** Whose an action is, or who is asked about. */
function accountFinder(exchange: PaperExchange): (request: SeenRequest) => string | undefined {
  const findSigner = createSignerFinder((address) => exchange.isKnown(address));
  return (request) => {
    if (request.path === '/info') return userOf(request);
    const envelope = envelopeSchema.safeParse(request.body);
    const signer = envelope.success ? findSigner(envelope.data)?.signer : undefined;
    if (signer === undefined) return undefined;
    const vaultAddress = envelope.data?.vaultAddress;
    return exchange.venue.accountFor(signer, exchange.nowMs(), vaultAddress) ?? signer;
  };
}

/** Keeps count of the web sockets, and lets none in while the exchange is closed. */
function watchSockets(server: Server, isClosed: () => boolean): ReadonlySet<Duplex> {
  const sockets = new Set<Duplex>();
  server.prependListener('upgrade', (_request, socket: Duplex) => {
    if (isClosed()) {
      socket.end('HTTP/1.1 502 Bad Gateway\r\nconnection: close\r\ncontent-length: 0\r\n\r\n');
      return;
    }
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  return sockets;
}

/** Must be called before the server's own listeners are added: it watches sockets first. */
export function operate(parts: OperationParts): Operation {
  const { exchange, seed, log } = parts;
  const closing = new AbortController();
  const plan = new FaultPlan(seed);
  const now = (): Instant => ({
    wallMs: performance.now(),
    tapeMs: exchange.feed.timeMs(exchange.step),
  });
  const tape = new TapeControl(exchange, parts.runTape);
  const sockets = watchSockets(parts.server, () => lasting.isClosed);
  const lasting = new LastingFaults({
    plan,
    now,
    disconnect: () => {
      for (const socket of sockets) socket.destroy();
    },
    holdTape: (isHeld) => (isHeld ? tape.hold('freeze') : tape.release('freeze')),
    distort: (distortions) => exchange.distort(distortions),
    log,
  });
  const traffic = { info: 0, exchange: 0, frames: 0 };
  const { universe } = exchange.feed.meta;
  const interference = createBetween({
    plan,
    traffic,
    seed,
    now,
    sleep: (ms) => wait(ms, undefined, { signal: closing.signal }).catch(() => undefined),
    isOver: () => closing.signal.aborted,
    isClosed: () => lasting.isClosed,
    thawed: () => lasting.thawed(),
    settled: () => exchange.settled(),
    accountOf: accountFinder(exchange),
    latencyOf: (account) => exchange.rules.latencyOf(account),
    hasLatency: () => exchange.rules.hasLatency,
    coinOf: (asset) => universe[asset]?.name,
    log,
  });
  const { origin, stateDir, fsync, token } = parts;
  const look = (): void => lasting.look();
  const desk = new AdminDesk({ exchange, tape, plan, now, look, traffic, origin, stateDir, fsync });
  const admin = createAdminHttp(desk, token, log);
  for (const fault of parts.faults) plan.add(fault, now());
  // Whatever a killed run had left distorted ends here.
  if (exchange.rules.distortions.length > 0) exchange.distort([]);
  look();
  return {
    interference,
    tape,
    skewMs: () => lasting.skewMs,
    admit: (next) => (request, response) =>
      isAdminPath(request.url) ? admin(request, response) : next(request, response),
    close: () => {
      closing.abort();
      tape.close();
      lasting.close();
    },
  };
}
