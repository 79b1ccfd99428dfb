/**
 * WebSocket subscriptions over the SDK's transport: it reconnects and resubscribes by itself; we
 * validate every frame, tell when a subscription is (re)confirmed, and end with the abort signal.
 * A stream is a hint, never the truth: whoever listens fills gaps from `/info`.
 */
import { WebSocketTransport } from '@nktkas/hyperliquid';
import type { z } from 'zod';
import { VenueUnreachable } from '../../activities/ports/errors.ts';
import type { AccountStreamHandlers, VenueOrderStatus } from '../../activities/ports/venue.ts';
import { sizeBase } from '../../domain/kernel/decimal.ts';
import type { AccountAddress, Cloid } from '../../domain/kernel/ids.ts';
import type { VenueEndpoints } from './connection.ts';
import { readFill } from './info.ts';
import { compiled } from './wire/compiled.ts';
import type { ChannelData, ChannelName, OrderUpdate } from './wire/websocket.ts';
import { channelDataSchemas } from './wire/websocket.ts';

/** How long the SDK waits between attempts to reconnect. */
const RECONNECT_DELAY_MS = 500;
const KEEP_ALIVE_MS = 10_000;
/** How long a cold subscription may stay silent before the caller is told. */
const FIRST_FRAME_DEADLINE_MS = 5_000;

export interface Stream {
  /** Subscribes and resolves once the venue confirmed. Frames of a wrong shape go to `onCorrupt`. */
  subscribe<Name extends ChannelName>(
    channel: Name,
    subscription: Readonly<Record<string, unknown>>,
    listener: (data: ChannelData<Name>) => void,
  ): Promise<void>;
  /** Calls back when the socket is open again after it was lost: frames may have been missed. */
  onReopened(listener: () => void): void;
  /** Rejects when the connection is gone for good. Never resolves before `close`. */
  readonly failed: Promise<never>;
  close(): void;
}

/** How a stream is opened. @param onCorrupt told of each frame that was dropped */
export type OpenStream = (
  endpoints: VenueEndpoints,
  onCorrupt: (channel: string, problem: string) => void,
) => Stream;

/** Opens one socket. */
export const openStream: OpenStream = (endpoints, onCorrupt) => {
  const transport = new WebSocketTransport({
    url: endpoints.wsUrl,
    isTestnet: !endpoints.isMainnet,
    keepAlive: { interval: KEEP_ALIVE_MS },
    reconnect: { maxRetries: Number.MAX_SAFE_INTEGER, reconnectionDelay: () => RECONNECT_DELAY_MS },
  });
  let fail: (fault: Error) => void = () => undefined;
  const failed = new Promise<never>((_resolve, reject) => {
    fail = reject;
  });
  failed.catch(() => undefined);
  let wasOpen = false;
  const reopened = new Set<() => void>();
  transport.socket.addEventListener('open', () => {
    if (wasOpen) for (const listener of reopened) listener();
    wasOpen = true;
  });
  return {
    failed,
    onReopened: (listener) => {
      reopened.add(listener);
    },
    async subscribe(channel, subscription, listener) {
      const schema = compiled<z.ZodType>(channelDataSchemas[channel]);
      await transport.subscribe<unknown>(
        channel,
        subscription,
        ({ detail }) => {
          const data = schema.safeParse(detail);
          if (data.success) listener(data.data as ChannelData<typeof channel>);
          else onCorrupt(channel, data.error.issues[0]?.message ?? 'unreadable');
        },
        { onError: (fault) => fail(new VenueUnreachable(`${channel}: ${fault.message}`)) },
      );
    },
    close: () => transport.close(),
  };
};

function readUpdate({ order, status, statusTimestamp }: OrderUpdate): VenueOrderStatus {
  return {
    ...(order.cloid ? { cloid: order.cloid.toLowerCase() as Cloid } : {}),
    asset: order.coin,
    fact: {
      oid: order.oid,
      status,
      remainingBase: sizeBase(order.sz),
      statusTimestampMs: statusTimestamp,
    },
  };
}

/**
 * Waits for the first frame of a fresh subscription.
 * @throws VenueUnreachable when it does not come, or the stream dies first
 */
export async function firstFrame(stream: Stream, first: Promise<void>, what: string) {
  const late = Promise.withResolvers<never>();
  const fault = new VenueUnreachable(`no ${what} was heard in ${FIRST_FRAME_DEADLINE_MS} ms`);
  const timer = setTimeout(() => late.reject(fault), FIRST_FRAME_DEADLINE_MS);
  try {
    await Promise.race([first, late.promise, stream.failed]);
  } finally {
    clearTimeout(timer);
  }
}

/** Settles when the signal aborts; rejects when the stream dies first. */
export async function untilAborted(stream: Stream, signal: AbortSignal): Promise<void> {
  const aborted = new Promise<void>((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
  try {
    await Promise.race([aborted, stream.failed]);
  } finally {
    stream.close();
  }
}

/**
 * The account's orders and fills as they happen. The snapshot that opens the fills channel marks
 * every (re)connection, since it is sent once all earlier subscriptions of the socket stand.
 */
export async function streamAccount(
  endpoints: VenueEndpoints,
  user: AccountAddress,
  handlers: AccountStreamHandlers,
  onCorrupt: (channel: string, problem: string) => void,
  signal: AbortSignal,
  open: OpenStream = openStream,
): Promise<void> {
  const stream = open(endpoints, onCorrupt);
  try {
    await stream.subscribe('orderUpdates', { type: 'orderUpdates', user }, (updates) =>
      handlers.onStatuses(updates.map(readUpdate)),
    );
    await stream.subscribe('userFills', { type: 'userFills', user }, ({ fills, isSnapshot }) => {
      // What the snapshot holds is read from `/info` anyway, from where the ledger left off.
      if (isSnapshot === true) handlers.onConnected();
      else handlers.onFills(fills.map(readFill));
    });
  } catch (fault) {
    stream.close();
    throw new VenueUnreachable(fault instanceof Error ? fault.message : String(fault));
  }
  await untilAborted(stream, signal);
}
