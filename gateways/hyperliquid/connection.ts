/**
 * One HTTP connection to a venue: the SDK's transport, our schemas on every answer, our failure
 * classes on every fault. It never retries: whoever asks decides whether to ask again.
 */
import { HttpRequestError, HttpTransport } from '@nktkas/hyperliquid';
import type { z } from 'zod';
import { VenueDataCorrupt, VenueUnreachable } from '../../activities/ports/errors.ts';
import type { RateGate } from './governor/rate-gate.ts';
import { compiled } from './wire/compiled.ts';
import { exchangeStatusSchema } from './wire/info-market.ts';
import type { InfoRequest } from './wire/info-requests.ts';

/** Shorter than the activity's own timeout, so that a slow answer is ours to judge. */
export const HTTP_TIMEOUT_MS = 5_000;
const TOO_MANY_REQUESTS = 429;
/** How long a measured offset between the venue's clock and ours is trusted. */
const CLOCK_TRUST_MS = 30_000;

export interface VenueEndpoints {
  /** Base URL, e.g. `http://127.0.0.1:3998`. */
  readonly url: string;
  readonly wsUrl: string;
  /** Whether signatures are for mainnet (source `a`) or for testnet and paper (`b`). */
  readonly isMainnet: boolean;
}

export interface VenueConnection {
  readonly endpoints: VenueEndpoints;
  /** Asks `/info` and validates the answer. @throws VenueUnreachable, VenueDataCorrupt, RateLimited */
  info<Schema extends z.ZodType>(request: InfoRequest, schema: Schema): Promise<z.output<Schema>>;
  /**
   * Posts to `/exchange`.
   * @throws VenueUnreachable, VenueDataCorrupt: the outcome is unknown; RateLimited: nothing was sent
   */
  exchange(body: Readonly<Record<string, unknown>>): Promise<unknown>;
  /** The venue's clock now, by a measurement at most 30 s old. */
  exchangeTimeMs(): Promise<number>;
}

/**
 * Takes out every hex number longer than an address: a server or proxy may echo the request, and
 * signatures must not get into histories and logs.
 */
export const withoutSignatures = (text: string): string =>
  text.replace(/0x[0-9a-f]{41,}/gi, '0x...');

/** The SDK's errors carry the signed request: only their text may leave this file. */
function faultOf(fault: unknown): VenueUnreachable {
  const message = fault instanceof Error ? fault.message : String(fault);
  const cause = fault instanceof Error && fault.cause instanceof Error ? fault.cause : undefined;
  const status = fault instanceof HttpRequestError ? fault.response?.status : undefined;
  const parts = [message.split('\n')[0], cause?.message, status && `HTTP ${status}`];
  return new VenueUnreachable(withoutSignatures(parts.filter(Boolean).join(': ')));
}

/** Whether an action was refused because its time had passed. */
function isExpiredAnswer(answer: unknown): boolean {
  const { status, response } = (answer ?? {}) as { status?: unknown; response?: unknown };
  return (
    status === 'err' && typeof response === 'string' && /^Action already expired/.test(response)
  );
}

/**
 * Opens a connection; nothing is sent before the first question.
 * @param gate holds requests back until the venue's rate limits have room; without one, none waits
 */
export function connectVenue(
  endpoints: VenueEndpoints,
  timeoutMs: number = HTTP_TIMEOUT_MS,
  gate?: RateGate,
): VenueConnection {
  const transport = new HttpTransport({
    apiUrl: endpoints.url,
    isTestnet: !endpoints.isMainnet,
    timeout: timeoutMs,
  });
  const request = async (path: 'info' | 'exchange', body: unknown): Promise<unknown> => {
    await gate?.before(path, body);
    try {
      const answer = await transport.request(path, body);
      gate?.after(path, body, answer);
      return answer;
    } catch (fault) {
      const response = fault instanceof HttpRequestError ? fault.response : undefined;
      if (response?.status === TOO_MANY_REQUESTS)
        gate?.tooMany(response.headers.get('retry-after'));
      throw faultOf(fault);
    }
  };
  const info: VenueConnection['info'] = async (question, schema) => {
    const answer = compiled(schema).safeParse(await request('info', question));
    if (answer.success) return answer.data;
    const issue = answer.error.issues[0];
    throw new VenueDataCorrupt(
      `answer to ${question.type}: ${issue?.path.join('.')}: ${issue?.message}`,
    );
  };
  let offsetMs = 0;
  let measuredMs = Number.NEGATIVE_INFINITY;
  const exchangeTimeMs = async (): Promise<number> => {
    // By the clock that no step moves: a step of ours would draw up envelopes that live for minutes,
    // or declare them expired while they can still land.
    const now = performance.now();
    if (now - measuredMs > CLOCK_TRUST_MS) {
      const { time } = await info({ type: 'exchangeStatus' }, exchangeStatusSchema);
      // The answer was made somewhere between question and reply: take the middle.
      offsetMs = time - (now + performance.now()) / 2;
      measuredMs = now;
    }
    return Math.round(performance.now() + offsetMs);
  };
  const exchange: VenueConnection['exchange'] = async (body) => {
    const answer = await request('exchange', body);
    // The venue's clock is not where we think it is: it stepped, or was measured at a bad moment.
    if (isExpiredAnswer(answer)) measuredMs = Number.NEGATIVE_INFINITY;
    return answer;
  };
  return { endpoints, info, exchange, exchangeTimeMs };
}
