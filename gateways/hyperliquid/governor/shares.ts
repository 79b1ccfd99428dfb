/**
 * Who may still spend what of a minute's weight. Every kind of request has a share that no other kind
 * can use up: 30 % are kept for cancels and reductions, some for protective stops, some for reads.
 * Pure arithmetic over what the last minute has seen.
 */
import type { Priority } from '../../../domain/execution/priority.ts';

/** Weight spent in the last minute, by kind. */
export type Spent = Readonly<Record<Priority, number>>;

export const NOTHING_SPENT: Spent = { reduce: 0, protect: 0, enter: 0, read: 0 };

/** All but cancels and reductions together get at most this part: the rest is kept for these. */
const ALL_BUT_REDUCTIONS = 0.7;
/** This part is always there for stops, respectively for reads, however busy the others are. */
const KEPT_FOR_STOPS = 0.05;
const KEPT_FOR_READS = 0.1;
/** Reads never get more than this part: the rest of what is not kept is there for orders. */
const MOST_READS = 0.6;

/**
 * Whether a request of this kind and weight may go now.
 * @param budget weight per minute, all kinds together
 */
export function hasRoom(spent: Spent, kind: Priority, weight: number, budget: number): boolean {
  const others = spent.protect + spent.enter + spent.read;
  const total = others + spent.reduce;
  const unusedReads = Math.max(0, KEPT_FOR_READS * budget - spent.read);
  const unusedStops = Math.max(0, KEPT_FOR_STOPS * budget - spent.protect);
  const roomOfAll = budget - total;
  const roomOfOthers = Math.min(roomOfAll, ALL_BUT_REDUCTIONS * budget - others);
  switch (kind) {
    case 'reduce':
      return weight <= roomOfAll - unusedReads - unusedStops;
    case 'protect':
      return weight <= roomOfOthers - unusedReads;
    case 'enter':
      return weight <= roomOfOthers - unusedReads - unusedStops;
    case 'read':
      return spent.read + weight <= MOST_READS * budget && weight <= roomOfOthers - unusedStops;
  }
}
