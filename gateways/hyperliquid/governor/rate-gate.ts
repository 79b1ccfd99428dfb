/**
 * The governor at a connection's door: knows what a request weighs, how urgent it is and how long it
 * may wait, and learns from answers and refusals.
 */
import { RateLimited } from '../../../activities/ports/errors.ts';
import { type Priority, priorityOfAction } from '../../../domain/execution/priority.ts';
import { actionWeight, answerWeight, batchLength, questionWeight } from '../wire/weights.ts';
import type { AddressMeter } from './address-meter.ts';
import type { Governor } from './governor.ts';

export interface RateGate {
  /** Resolves when the request may be sent. @throws RateLimited when it may not: nothing was sent */
  before(path: 'info' | 'exchange', body: unknown): Promise<void>;
  after(path: 'info' | 'exchange', body: unknown, answer: unknown): void;
  /** The venue answered 429. @param retryAfter the header, if there was one */
  tooMany(retryAfter: string | null | undefined): void;
}

/** Shorter than the activities that wait for it, with time left for the request itself. */
const WAIT_MS: Readonly<Record<Priority, number>> = {
  reduce: 3_000,
  protect: 3_000,
  enter: 2_000,
  read: 4_000,
};
/** For a 429 that does not say how long. */
const USUAL_PAUSE_MS = 1_000;

type Json = Readonly<Record<string, unknown>>;

const jsonOf = (value: unknown): Json =>
  typeof value === 'object' && value !== null ? (value as Json) : {};

const typeOf = (question: unknown): string | undefined => {
  const { type } = jsonOf(question);
  return typeof type === 'string' ? type : undefined;
};

/** A cancel needs the venue's clock for its nonce: that question must not wait behind others. */
const questionPriority = (type: string | undefined): Priority =>
  type === 'exchangeStatus' ? 'reduce' : 'read';

/** The header is a number of seconds or a date (RFC 9110, 10.2.3). */
export function pauseMs(retryAfter: string | null | undefined, nowMs: number): number {
  if (!retryAfter) return USUAL_PAUSE_MS;
  const seconds = Number(retryAfter);
  const ms = Number.isFinite(seconds) ? seconds * 1_000 : Date.parse(retryAfter) - nowMs;
  return Number.isFinite(ms) && ms >= 0 ? ms : USUAL_PAUSE_MS;
}

/** @param address absent for accounts whose requests the venue does not count */
export function createRateGate(governor: Governor, address?: AddressMeter): RateGate {
  const beforeAction = async (body: Json): Promise<void> => {
    const action = jsonOf(body.action);
    const priority = priorityOfAction(action);
    const refusal = priority === 'enter' ? address?.refusal() : undefined;
    if (refusal !== undefined) throw new RateLimited(refusal);
    const { expiresAfter } = body;
    // What has expired would cost the account five times, and do nothing.
    const leftMs = typeof expiresAfter === 'number' ? expiresAfter - Date.now() : Infinity;
    const withinMs = Math.max(0, Math.min(WAIT_MS[priority], leftMs));
    await governor.admit({ priority, weight: actionWeight(body), withinMs });
    address?.note(batchLength(action));
  };
  return {
    async before(path, body) {
      if (path === 'exchange') {
        await beforeAction(jsonOf(body));
        return;
      }
      const type = typeOf(body);
      const priority = questionPriority(type);
      await governor.admit({
        priority,
        weight: questionWeight(type),
        withinMs: WAIT_MS[priority],
      });
    },
    after(path, body, answer) {
      const type = typeOf(body);
      if (path === 'info' && type !== undefined) {
        governor.owe(questionPriority(type), answerWeight(type, answer));
      }
    },
    tooMany: (retryAfter) => governor.bar(pauseMs(retryAfter, Date.now())),
  };
}
