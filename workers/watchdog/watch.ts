/**
 * The watchdog's judgement: when no worker was heard of for too long, the entries that rest on the
 * venue have nobody to look after them and are cancelled; stops and other orders that reduce stay.
 * It opens nothing, closes no position, and needs neither Temporal nor the ledger.
 */
import type { EntriesCancelled } from '../../activities/interfaces/kill-switch.ts';

export interface WatchPorts {
  /** Whether a worker was heard of since the last question. */
  readonly heard: () => boolean;
  /** A clock that no step of time moves, in ms. */
  readonly nowMs: () => number;
  readonly cancelEntries: () => Promise<EntriesCancelled>;
}

export interface Act {
  readonly cancelled: number;
  readonly left: number;
  readonly problem?: string;
}

export interface Watch {
  /** Looks once; resolves when what had to be done was tried. @returns what was done, if anything */
  look(): Promise<Act | undefined>;
  silentForMs(): number;
  isSilent(): boolean;
}

/** What was on its way when the workers fell silent may land later: look again from time to time. */
const AGAIN_AFTER_MS = 30_000;
/** Something was left, or the venue did not answer. */
const RETRY_AFTER_MS = 2_000;

/** @param silentMs how long workers may be silent */
export function createWatch(ports: WatchPorts, silentMs: number): Watch {
  let heardMs = ports.nowMs();
  let nextActMs = Number.NEGATIVE_INFINITY;
  const silentForMs = (): number => ports.nowMs() - heardMs;
  const isSilent = (): boolean => silentForMs() >= silentMs;
  const act = async (): Promise<Act> => {
    try {
      const { cancelled, left } = await ports.cancelEntries();
      return { cancelled, left: left.length };
    } catch (fault) {
      const problem = fault instanceof Error ? fault.message : String(fault);
      return { cancelled: 0, left: 0, problem };
    }
  };
  return {
    silentForMs,
    isSilent,
    async look() {
      if (ports.heard()) {
        heardMs = ports.nowMs();
        nextActMs = Number.NEGATIVE_INFINITY;
        return undefined;
      }
      if (!isSilent() || ports.nowMs() < nextActMs) return undefined;
      const done = await act();
      const isClean = done.problem === undefined && done.left === 0;
      nextActMs = ports.nowMs() + (isClean ? AGAIN_AFTER_MS : RETRY_AFTER_MS);
      return done;
    },
  };
}
