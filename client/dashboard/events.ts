/**
 * One browser's stream of server-sent events: a snapshot, or what it missed since its last event,
 * then changes as they come and heartbeats in between, by which the page knows that it is live.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Feed, FeedEvent } from './feed.ts';

const WATCHERS_MAX = 20;
/** A browser that reads slower than this is dropped; it reconnects and catches up. */
const UNREAD_BYTES_MAX = 1_048_576;
const RECONNECT_AFTER_MS = 2_000;

/** Answers the request with the stream; returns once it is under way. */
export async function streamEvents(
  request: IncomingMessage,
  response: ServerResponse,
  feed: Feed,
  heartbeatMs: number,
): Promise<void> {
  if (feed.watchers >= WATCHERS_MAX) {
    response.writeHead(503, { 'Retry-After': '30', 'Cache-Control': 'no-store' }).end();
    return;
  }
  response.writeHead(200, {
    'Content-Type': 'text/event-stream; charset=utf-8',
    'Cache-Control': 'no-store',
    Connection: 'keep-alive',
  });
  const send = (event: string, body: unknown, id?: string): void => {
    const idLine = id === undefined ? '' : `id: ${id}\n`;
    response.write(`event: ${event}\n${idLine}data: ${JSON.stringify(body)}\n\n`);
    if (response.writableLength > UNREAD_BYTES_MAX) response.destroy();
  };
  response.write(`retry: ${RECONNECT_AFTER_MS}\n\n`);

  // What the first look changes is part of what is caught up with, so it is not sent by itself.
  let deliver = (_event: FeedEvent): void => undefined;
  const unsubscribe = feed.subscribe((event) => deliver(event));
  const heartbeat = setInterval(() => send('heartbeat', feed.health), heartbeatMs);
  response.on('close', () => {
    clearInterval(heartbeat);
    unsubscribe();
  });
  await feed.refresh();
  if (response.destroyed) return;
  const lastId = request.headers['last-event-id'];
  catchUp(feed, typeof lastId === 'string' ? lastId : undefined, send);
  let hasSnapshot = feed.snapshot() !== undefined;
  deliver = (event) => {
    // Until the first good look there is no state that a change could be applied to.
    if (hasSnapshot) send('change', event.change, event.id);
    else hasSnapshot = catchUp(feed, undefined, send);
  };
}

/** Sends what the browser misses; answers whether there was a state to send. */
function catchUp(
  feed: Feed,
  lastId: string | undefined,
  send: (event: string, body: unknown, id?: string) => void,
): boolean {
  const missed = lastId === undefined ? undefined : feed.since(lastId);
  if (missed !== undefined) {
    for (const event of missed) send('change', event.change, event.id);
    return true;
  }
  const snapshot = feed.snapshot();
  if (snapshot === undefined) send('heartbeat', feed.health);
  else send('snapshot', snapshot.state, snapshot.id);
  return snapshot !== undefined;
}
