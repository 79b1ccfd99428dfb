/** What the test and its worker process say to each other, over Node's own channel between processes. */
import type { Frames } from './long-venue.ts';

export interface WorkerOptions {
  readonly address: string;
  readonly taskQueue: string;
  readonly bundlePath: string;
  readonly account: string;
  /** Every decision's bars are kept for ever: what a measure of memory must find. */
  readonly leaks: boolean;
}

export interface Measure {
  /** After garbage collection, MB. */
  readonly heapMb: number;
  readonly rssMb: number;
  /** All that the process has used of the processors, seconds. */
  readonly cpuSeconds: number;
  /** Open descriptors and what keeps the event loop alive. */
  readonly descriptors: number;
  readonly resources: number;
}

/** `fault` names the class of an error and says its text. */
export interface Fault {
  readonly name: string;
  readonly message: string;
}

export type ToWorker =
  | {
      readonly kind: 'answer';
      readonly id: number;
      readonly value?: unknown;
      readonly fault?: Fault;
    }
  /** The user stream speaks, or is connected anew. */
  | { readonly kind: 'frames'; readonly frames: Frames }
  | { readonly kind: 'connected' }
  /** Answered with `idle` once everything that was heard was passed on. */
  | { readonly kind: 'settle' }
  | { readonly kind: 'measure' }
  | { readonly kind: 'stop' };

export type FromWorker =
  | { readonly kind: 'ready' }
  | { readonly kind: 'ask'; readonly id: number; readonly name: string; readonly args: unknown[] }
  | { readonly kind: 'idle' }
  | { readonly kind: 'measured'; readonly measure: Measure }
  /** The SDK, or the workflow code, warned of something. */
  | { readonly kind: 'warned'; readonly text: string };
