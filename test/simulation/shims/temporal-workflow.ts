/**
 * What the workflows of orders and parents use of `@temporalio/workflow`, over the simulation's own instances. Only
 * workflow code is given this module; anything that it does not have fails at import.
 */
import { CancelledFailure } from '@temporalio/common';
import type { ActivityOptions, LocalActivityOptions } from '@temporalio/workflow';
import { activeInstance, ContinuedAsNew, toJson } from '../temporal/instance.ts';

export { ApplicationFailure } from '@temporalio/common';

export const isCancellation = (fault: unknown): boolean => fault instanceof CancelledFailure;

/** The scope whose body runs now; activities that it starts are cancelled with it. */
let scope: CancellationScope | undefined;

/** As the workflows use it: around a call of one activity. */
export class CancellationScope {
  private readonly cancels: (() => void)[] = [];

  run<Result>(body: () => Promise<Result>): Promise<Result> {
    const outer = scope;
    scope = this;
    try {
      return body();
    } finally {
      scope = outer;
    }
  }

  onCancel(cancel: () => void): void {
    this.cancels.push(cancel);
  }

  cancel(): void {
    for (const cancel of this.cancels.splice(0)) cancel();
  }
}

interface Definition {
  readonly type: 'signal' | 'update' | 'query';
  readonly name: string;
}

export const defineSignal = (name: string): Definition => ({ type: 'signal', name });
export const defineUpdate = (name: string): Definition => ({ type: 'update', name });
export const defineQuery = (name: string): Definition => ({ type: 'query', name });

const UNIT_MS: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1_000,
  m: 60_000,
  years: 31_557_600_000,
};

/** A duration as Temporal takes it: milliseconds, or text like `5500ms` and `3s`. */
function durationMs(duration: unknown): number {
  if (typeof duration === 'number') return duration;
  const read = /^(\d+) ?(ms|s|m|years)$/.exec(String(duration));
  const unitMs = UNIT_MS[read?.[2] ?? ''];
  if (read === null || unitMs === undefined) throw new Error(`no duration: ${String(duration)}`);
  return Number(read[1]) * unitMs;
}

export function setHandler(
  { type, name }: Definition,
  handler: (...args: never[]) => unknown,
  options: { readonly validator?: (...args: never[]) => unknown } = {},
): void {
  activeInstance().setHandler(type, name, { handler, validator: options.validator });
}

export async function sleep(duration: unknown): Promise<void> {
  await activeInstance().startTimer(durationMs(duration)).fired;
}

/** With a time limit: whether it was met in time. */
export async function condition(holds: () => boolean, limit?: unknown): Promise<boolean> {
  const instance = activeInstance();
  if (limit === undefined) {
    await instance.condition(holds);
    return true;
  }
  const timer = instance.startTimer(durationMs(limit));
  const met = await Promise.race([
    timer.fired.then(() => false),
    instance.condition(holds).then(() => true),
  ]);
  if (met) instance.cancelTimer(timer.seq);
  return met;
}

function proxy(kind: 'local' | 'activity', options: LocalActivityOptions | ActivityOptions) {
  const timeoutMs = durationMs(options.startToCloseTimeout);
  const heartbeat = 'heartbeatTimeout' in options ? options.heartbeatTimeout : undefined;
  const heartbeatMs = heartbeat === undefined ? {} : { heartbeatMs: durationMs(heartbeat) };
  const limits = { timeoutMs, ...heartbeatMs };
  const call = (name: string, request: unknown): Promise<unknown> => {
    const instance = activeInstance();
    const { seq, answered } = instance.callActivity(kind, name, toJson(request), limits);
    scope?.onCancel(() => instance.cancelActivity(seq, new CancelledFailure('cancelled')));
    return answered;
  };
  return new Proxy(
    {},
    { get: (_target, name) => (request: unknown) => call(String(name), request) },
  );
}

export const proxyLocalActivities = (options: LocalActivityOptions) => proxy('local', options);
export const proxyActivities = (options: ActivityOptions) => proxy('activity', options);

export function continueAsNew(input: unknown): Promise<never> {
  throw new ContinuedAsNew(toJson(input));
}

export function workflowInfo() {
  const { identity, moment } = activeInstance();
  const { workflowId, runId, startedMs } = identity;
  const { historyLength, continueAsNewSuggested } = moment;
  const startTime = new Date(startedMs);
  return { workflowId, runId, startTime, historyLength, continueAsNewSuggested };
}

/** Every run of the simulation is new. */
export const patched = (_id: string): boolean => true;

export function upsertSearchAttributes(_pairs: unknown): void {
  activeInstance().command({ kind: 'searchAttributes' });
}

export const getExternalWorkflowHandle = (workflowId: string) => ({
  signal: ({ name }: Definition, ...args: unknown[]) =>
    activeInstance().signalExternal(workflowId, name, toJson(args)),
});

export const allHandlersFinished = (): boolean => activeInstance().runningHandlers === 0;

const silent = (): void => undefined;
export const log = { info: silent, warn: silent, error: silent, debug: silent };
