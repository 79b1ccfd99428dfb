/**
 * The threads in which the SDK runs workflow code, made quick. By themselves they start and join an
 * operating system's thread for each of the four calls or more into a workflow that a step of it takes,
 * as a limit on its time, and note a stack trace for each of its promises: together more work than all
 * else that they do. Here one look a second at a counter stands for the limit, and the traces are left
 * out. `docs/decisions/0024-quick-workflow-threads.md` has the figures and what is given up.
 */
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import threads from 'node:worker_threads';

const THREAD = fileURLToPath(new URL('./workflow-thread.ts', import.meta.url));
const SDK_THREAD = /workflow-worker-thread(\.js)?$/;
const LOOK_EVERY_MS = 1_000;
/** Looks at one and the same call after which it is stuck: the SDK's own limit is five seconds. */
const STUCK_LOOKS = 5;
/** While this file is in the data folder, threads are as the SDK makes them. */
export const GUARD_FILE = 'workflow-threads-guarded';

/** What the thread is told at its start. */
export interface ThreadData {
  readonly sdkThread: string;
  /** One count: odd while workflow code runs. */
  readonly calls: SharedArrayBuffer;
}

/**
 * Calls back once when the thread has been in the same call for too long. Looks are counted, not
 * milliseconds: a process that was stopped and goes on has not been stuck.
 * @returns ends the looking
 */
function watchCalls(calls: SharedArrayBuffer, onStuck: () => void, everyMs: number): () => void {
  const counter = new Int32Array(calls);
  let [seen, looks] = [0, 0];
  const timer = setInterval(() => {
    const count = Atomics.load(counter, 0);
    looks = count === seen && count % 2 !== 0 ? looks + 1 : 0;
    seen = count;
    if (looks < STUCK_LOOKS) return;
    clearInterval(timer);
    onStuck();
  }, everyMs);
  timer.unref();
  return () => clearInterval(timer);
}

/**
 * From now on the SDK's threads for workflow code are quick, in this process.
 * @param onStuck told when workflow code has not returned for five seconds
 */
export function replaceWorkflowThreads(onStuck: () => void, everyMs = LOOK_EVERY_MS): void {
  const { Worker } = threads;
  threads.Worker = class extends Worker {
    constructor(file: string | URL, options?: threads.WorkerOptions) {
      if (!SDK_THREAD.test(String(file))) {
        super(file, options);
        return;
      }
      const calls = new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT);
      const workerData: ThreadData = { sdkThread: String(file), calls };
      super(THREAD, { ...options, workerData });
      this.once('exit', watchCalls(calls, onStuck, everyMs));
    }
  };
}

interface Log {
  warn(detail: object, message: string): void;
  fatal(detail: object, message: string): void;
}

/**
 * The same for a worker's process. One whose workflow code does not return ends, as by a kill, and is
 * started again by whoever keeps it; from then on the SDK's own limit fails that workflow's task alone.
 */
export function quickenWorkflowThreads(dataDir: string, log: Log): void {
  const file = join(dataDir, GUARD_FILE);
  if (existsSync(file)) {
    log.warn({ file }, 'workflow code once did not return: threads are slower until it is removed');
    return;
  }
  replaceWorkflowThreads(() => {
    log.fatal({ file }, 'workflow code does not return');
    try {
      writeFileSync(file, `${new Date().toISOString()}\n`);
    } finally {
      process.exit(1);
    }
  });
}
