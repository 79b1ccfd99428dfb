/**
 * Cancels of single orders, joined to actions when many come at once: an action of up to 39 cancels
 * weighs as much as one cancel (venue, "Rate limits"), and a cancel that nobody else is in the way of
 * goes at once, alone.
 */
import {
  CANCELS_PER_ACTION,
  type CancelMany,
  type OrderToCancel,
} from '../../activities/ports/kill-switch.ts';
import type { CancelOutcome } from '../../activities/ports/venue.ts';

/** Whoever comes while so many actions are on their way waits for company. */
const LANES = 4;
/** But not for longer than this: what is on its way may hang. */
const LONGEST_WAIT_MS = 250;

interface Waiting {
  readonly order: OrderToCancel;
  readonly nonce: number;
  readonly answer: (outcome: CancelOutcome) => void;
}

export type CancelOne = (order: OrderToCancel, nonce: number) => Promise<CancelOutcome>;

/** @param cancelMany must not reject */
export function batchCancels(cancelMany: CancelMany): CancelOne {
  let queue: Waiting[] = [];
  let lanes = 0;
  let timer: NodeJS.Timeout | undefined;

  const send = async (): Promise<void> => {
    const batch = queue.slice(0, CANCELS_PER_ACTION);
    queue = queue.slice(CANCELS_PER_ACTION);
    lanes += 1;
    // Of the nonces that were drawn one is used; the others are skipped, as the venue allows.
    const nonce = Math.max(...batch.map((one) => one.nonce));
    const outcomes = await cancelMany(
      batch.map(({ order }) => order),
      nonce,
    );
    lanes -= 1;
    for (const [index, { answer }] of batch.entries()) {
      answer(outcomes[index] ?? { kind: 'unknown', reason: 'an answer without a status' });
    }
    serve();
  };
  const late = (): void => {
    timer = undefined;
    if (queue.length > 0) void send();
    serve();
  };
  const serve = (): void => {
    while (queue.length > 0 && lanes < LANES) void send();
    clearTimeout(timer);
    timer = queue.length > 0 ? setTimeout(late, LONGEST_WAIT_MS) : undefined;
  };
  return (order, nonce) =>
    new Promise((answer) => {
      queue.push({ order, nonce, answer });
      if (lanes < LANES || queue.length >= CANCELS_PER_ACTION) void send();
      else timer ??= setTimeout(late, LONGEST_WAIT_MS);
    });
}
