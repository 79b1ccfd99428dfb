/**
 * Moves the tape with the wall clock. When the machine is too slow the tape falls behind instead of
 * starving requests: it never runs for long in one go and never skips a step.
 */
import type { PaperExchange } from '../exchange.ts';
import type { Log } from '../log.ts';

/** Timers finer than this only cost. */
const MIN_TICK_MS = 5;
/** The most that one tick may keep requests waiting. */
const MAX_RUN_MS = 30;

/** Makes a step each `stepMs` of the wall clock, until stopped or at the tape's end. */
export function runTape(exchange: PaperExchange, stepMs: number, log: Log): () => void {
  let nextMs = performance.now() + stepMs;
  const timer = setInterval(
    () => {
      const startMs = performance.now();
      try {
        while (nextMs <= performance.now() && performance.now() - startMs < MAX_RUN_MS) {
          if (!exchange.advance()) clearInterval(timer);
          nextMs += stepMs;
        }
      } catch (error) {
        log.error({ err: error }, 'the tape could not move');
      }
      // A backlog is dropped: the tape is late by it, and no later rush makes up for it.
      if (nextMs < performance.now()) nextMs = performance.now() + stepMs;
    },
    Math.max(MIN_TICK_MS, Math.min(stepMs / 2, 100)),
  );
  return () => clearInterval(timer);
}
