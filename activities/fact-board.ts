/**
 * Where the user stream and a submission meet when both run in one process: what the venue says of
 * an order while it is being sent goes straight to the sender, so that an order which fills at once
 * is complete in its first workflow task. Only a shortcut: when the stream runs elsewhere, or says
 * nothing in time, the facts take the ordinary way. It also tells whoever starts orders that they
 * have left.
 */

import type { SizeBase } from '../domain/kernel/decimal.ts';
import { decimal, ZERO } from '../domain/kernel/decimal.ts';
import type { Cloid } from '../domain/kernel/ids.ts';
import type { VenueFacts } from './ports/workflows.ts';

/** How long a sender waits for executions that the venue's reply has counted already. */
const FILLS_WITHIN_MS = 250;

export interface Ear {
  /** Settles when executions of this size were heard, or soon after when they were not. */
  untilFilled(size: SizeBase): Promise<void>;
  /** Ends listening; returns everything that was heard. */
  close(): VenueFacts;
}

export interface FactBoard {
  /** Says that the stream runs in this process; returns the function that says it has ended. */
  streaming(): () => void;
  /** Hands facts to whoever is sending the order here; false when nobody is. */
  offer(cloid: Cloid, facts: VenueFacts): boolean;
  /** Listens to an order that is about to be sent. */
  listen(cloid: Cloid): Ear;
  /** Settles when all these orders were sent from this process since the call, or soon after when not. */
  untilSent(cloids: readonly Cloid[]): Promise<void>;
}

/** An order that leaves from elsewhere, or not at all, keeps nobody waiting for longer than this. */
const SENT_WITHIN_MS = 30;

interface Listener {
  readonly statuses: VenueFacts['statuses'][number][];
  readonly fills: VenueFacts['fills'][number][];
  stir: () => void;
}

export function createFactBoard(): FactBoard {
  const listeners = new Map<Cloid, Listener>();
  const departures = new Map<Cloid, () => void>();
  let streams = 0;
  return {
    streaming() {
      streams += 1;
      return () => {
        streams -= 1;
      };
    },
    offer(cloid, facts) {
      const listener = listeners.get(cloid);
      if (listener === undefined) return false;
      listener.statuses.push(...facts.statuses);
      listener.fills.push(...facts.fills);
      listener.stir();
      return true;
    },
    listen(cloid) {
      const listener: Listener = { statuses: [], fills: [], stir: () => undefined };
      listeners.set(cloid, listener);
      departures.get(cloid)?.();
      const isFilled = (size: SizeBase): boolean =>
        listener.fills
          .reduce((sum, fill) => sum.plus(decimal(fill.sizeBase)), ZERO)
          .gte(decimal(size));
      return {
        async untilFilled(size) {
          if (streams === 0 || isFilled(size)) return;
          const heard = Promise.withResolvers<void>();
          const timer = setTimeout(heard.resolve, FILLS_WITHIN_MS);
          listener.stir = () => isFilled(size) && heard.resolve();
          await heard.promise;
          clearTimeout(timer);
        },
        close() {
          if (listeners.get(cloid) === listener) listeners.delete(cloid);
          return { statuses: listener.statuses, fills: listener.fills };
        },
      };
    },
    async untilSent(cloids) {
      const late = Promise.withResolvers<void>();
      const timer = setTimeout(late.resolve, SENT_WITHIN_MS);
      const sent = cloids.map((cloid) => {
        const gone = Promise.withResolvers<void>();
        departures.set(cloid, gone.resolve);
        return gone.promise;
      });
      await Promise.race([late.promise, Promise.all(sent)]);
      clearTimeout(timer);
      for (const cloid of cloids) departures.delete(cloid);
    },
  };
}
