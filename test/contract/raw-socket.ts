/** A WebSocket that hides nothing: what was sent and what came back, in order. */
import { WebSocket } from 'ws';
import { until } from './paper-venue.ts';

export interface Told {
  readonly channel: string;
  readonly data: unknown;
}

export interface RawSocket {
  /** Everything that came, in order. */
  readonly told: Told[];
  send(frame: object | string): void;
  /** The data of one channel's messages, in order. */
  of(channel: string): unknown[];
  /** Sends a subscription and resolves with what the venue says it is. */
  subscribe(subscription: object): Promise<unknown>;
  /** Asks a question and resolves with the response's payload. */
  post(type: 'info' | 'action', payload: unknown): Promise<unknown>;
  close(): void;
}

export async function openRawSocket(url: string): Promise<RawSocket> {
  const socket = new WebSocket(url);
  const told: Told[] = [];
  let posts = 0;
  socket.on('message', (data) => told.push(JSON.parse(String(data)) as Told));
  await new Promise((resolve, reject) => socket.once('open', resolve).once('error', reject));
  const of = (channel: string): unknown[] =>
    told.filter((frame) => frame.channel === channel).map(({ data }) => data);
  const send = (frame: object | string): void =>
    socket.send(typeof frame === 'string' ? frame : JSON.stringify(frame));
  return {
    told,
    send,
    of,
    async subscribe(subscription) {
      const before = of('subscriptionResponse').length;
      send({ method: 'subscribe', subscription });
      await until(
        () => of('subscriptionResponse').length > before || of('error').length > 0,
        `an answer to ${JSON.stringify(subscription)}`,
      );
      return of('subscriptionResponse')[before];
    },
    async post(type, payload) {
      posts += 1;
      const id = posts;
      const answer = () =>
        (of('post') as { id: number; response: unknown }[]).find((p) => p.id === id);
      send({ method: 'post', id, request: { type, payload } });
      await until(() => answer() !== undefined, `an answer to post ${id}`);
      return answer()?.response;
    },
    close: () => socket.terminate(),
  };
}

/** Numbers as text without a decimal point; ids and times are JSON numbers, so none may occur. */
export function bareIntegers(value: unknown): string[] {
  if (typeof value === 'string') return /^-?\d+$/.test(value) ? [value] : [];
  if (typeof value !== 'object' || value === null) return [];
  return Object.values(value).flatMap(bareIntegers);
}
