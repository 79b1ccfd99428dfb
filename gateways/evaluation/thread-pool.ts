/**
 * A few worker threads that do jobs of one kind. Idle threads take the next job, so the order in which
 * jobs end is anybody's guess; answers come back in the order of the jobs.
 */
import { Worker } from 'node:worker_threads';
import type { AnswerMessage, JobMessage } from './job-message.ts';

export interface ThreadPoolSetup {
  /** A module that calls `serveJobs`. */
  readonly module: URL;
  readonly threads: number;
  /** `workerData` of the thread with this number, from 0 on. */
  readonly dataOf: (thread: number) => unknown;
}

export interface RunOptions {
  /** Told after every job that is done. */
  readonly onDone?: (jobs: number) => void;
  readonly signal?: AbortSignal;
}

interface Task<Job, Answer> {
  readonly message: JobMessage<Job>;
  readonly resolve: (answer: Answer) => void;
  readonly reject: (fault: unknown) => void;
}

interface Thread<Job, Answer> {
  readonly worker: Worker;
  /** What it is doing. */
  task: Task<Job, Answer> | undefined;
}

export class ThreadPool<Job, Answer> {
  readonly #threads: readonly Thread<Job, Answer>[];
  #queue: Task<Job, Answer>[] = [];
  #nextId = 0;
  /** Why no more jobs are taken. */
  #ended: Error | undefined;

  /** Starts the threads at once; one that cannot start fails the jobs. */
  constructor({ module, threads, dataOf }: ThreadPoolSetup) {
    if (!Number.isInteger(threads) || threads < 1) {
      throw new RangeError(`threads ${threads}: must be a whole number of at least 1`);
    }
    this.#threads = Array.from({ length: threads }, (_, i) => this.#start(module, dataOf(i)));
  }

  get size(): number {
    return this.#threads.length;
  }

  #start(module: URL, workerData: unknown): Thread<Job, Answer> {
    const worker = new Worker(module, { workerData });
    const thread: Thread<Job, Answer> = { worker, task: undefined };
    worker.on('message', (message: AnswerMessage<Answer>) => this.#answered(thread, message));
    worker.on('error', (fault) => this.#fail(new Error('a thread failed', { cause: fault })));
    worker.on('exit', (code) => this.#fail(new Error(`a thread ended with exit code ${code}`)));
    return thread;
  }

  #answered(thread: Thread<Job, Answer>, message: AnswerMessage<Answer>): void {
    const { task } = thread;
    thread.task = undefined;
    if (task !== undefined && task.message.id === message.id) {
      if ('answer' in message) task.resolve(message.answer);
      else task.reject(message.fault);
    }
    this.#handOut();
  }

  #handOut(): void {
    for (const thread of this.#threads) {
      if (thread.task !== undefined) continue;
      const task = this.#queue.shift();
      if (task === undefined) return;
      thread.task = task;
      thread.worker.postMessage(task.message);
    }
  }

  /** A lost thread took its job with it, and may have left memory half written: nothing goes on. */
  #fail(fault: Error): void {
    if (this.#ended !== undefined) return;
    this.#ended = fault;
    for (const task of this.#queue.splice(0)) task.reject(fault);
    for (const thread of this.#threads) {
      thread.task?.reject(fault);
      thread.task = undefined;
      void thread.worker.terminate();
    }
  }

  /**
   * Does the jobs. When one fails, or the signal aborts, those of this run that no thread has begun are
   * dropped, those under way are waited for, and then the first fault is thrown: no thread works on
   * behalf of a run that has ended.
   */
  async run(jobs: readonly Job[], { onDone, signal }: RunOptions = {}): Promise<readonly Answer[]> {
    if (this.#ended !== undefined) throw this.#ended;
    signal?.throwIfAborted();
    const own = new Set<Task<Job, Answer>>();
    let done = 0;
    let fault: { readonly of: unknown } | undefined;
    const stop = (reason: unknown): void => {
      fault ??= { of: reason };
      const dropped = this.#queue.filter((task) => own.has(task));
      this.#queue = this.#queue.filter((task) => !own.has(task));
      for (const task of dropped) task.reject(reason);
    };
    const onAbort = (): void => stop(signal?.reason);
    signal?.addEventListener('abort', onAbort, { once: true });
    const promises = jobs.map(
      (job) =>
        new Promise<Answer>((resolve, reject) => {
          const task: Task<Job, Answer> = {
            message: { id: this.#nextId, job },
            resolve: (answer) => {
              done += 1;
              try {
                onDone?.(done);
                resolve(answer);
              } catch (reason) {
                task.reject(reason);
              }
            },
            reject: (reason) => {
              stop(reason);
              reject(reason);
            },
          };
          this.#nextId += 1;
          own.add(task);
          this.#queue.push(task);
        }),
    );
    this.#handOut();
    const settled = await Promise.allSettled(promises);
    signal?.removeEventListener('abort', onAbort);
    if (fault !== undefined) throw fault.of;
    return settled.map((each) => (each as PromiseFulfilledResult<Answer>).value);
  }

  /** Ends the threads, whatever they are doing. Jobs under way and waiting reject. */
  async close(): Promise<void> {
    this.#fail(new Error('the pool was closed'));
    await Promise.all(this.#threads.map(({ worker }) => worker.terminate()));
  }
}
