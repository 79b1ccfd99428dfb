/**
 * The frame of a long-lived activity: heartbeats while it runs, ends when Temporal cancels it or
 * the worker shuts down. When its process dies the heartbeat lapses and another worker takes over.
 */
import { Context } from '@temporalio/activity';

/** Well inside the heartbeat timeout of 5 s that the workflows set. */
const HEARTBEAT_EVERY_MS = 1_000;

/**
 * Runs until the body returns or the activity is cancelled.
 * @param details what a successor may start from
 */
export async function withHeartbeat(
  body: (signal: AbortSignal) => Promise<void>,
  details: () => unknown = () => undefined,
): Promise<void> {
  const context = Context.current();
  const beat = setInterval(() => context.heartbeat(details()), HEARTBEAT_EVERY_MS);
  try {
    await body(context.cancellationSignal);
  } finally {
    clearInterval(beat);
  }
  // A cancelled activity must say so, or Temporal would take it for completed.
  if (context.cancellationSignal.aborted) await context.cancelled;
}

/** The activity, with heartbeats for as long as it takes: a worker that dies over it is soon missed. */
export function beating<Request, Result>(
  activity: (request: Request) => Promise<Result>,
): (request: Request) => Promise<Result> {
  return async (request) => {
    const context = Context.current();
    const beat = setInterval(() => context.heartbeat(), HEARTBEAT_EVERY_MS);
    try {
      return await activity(request);
    } finally {
      clearInterval(beat);
    }
  };
}
