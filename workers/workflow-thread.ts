/**
 * The SDK's thread for workflow code, with two of its services left out; see `workflow-threads.ts`. Runs
 * in that thread, before the SDK's own file.
 */
import { createRequire } from 'node:module';
import v8 from 'node:v8';
import vm from 'node:vm';
import { workerData } from 'node:worker_threads';
import type { ThreadData } from './workflow-threads.ts';

const { sdkThread, calls } = workerData as ThreadData;
const counter = new Int32Array(calls);
const script = vm.Script.prototype;
const guarded = script.runInContext;
let depth = 0;

/** A call with a time limit runs without one; that it runs, and that it is over, is counted. */
script.runInContext = function runInContext(context, options) {
  if (typeof options !== 'object' || options.timeout === undefined) {
    return guarded.call(this, context, options);
  }
  const { timeout: _limit, ...unlimited } = options;
  if (depth === 0) Atomics.add(counter, 0, 1);
  depth += 1;
  try {
    return guarded.call(this, context, unlimited);
  } finally {
    depth -= 1;
    if (depth === 0) Atomics.add(counter, 0, 1);
  }
};

// As on a runtime without these hooks, which the SDK knows: stack traces are not collected.
v8.promiseHooks.createHook = () => {
  throw new Error('promises of workflows are not followed here');
};
const { warn } = console;
console.warn = (...words: unknown[]): void => {
  if (!String(words[0]).startsWith('v8.promiseHooks')) warn(...words);
};

createRequire(import.meta.url)(sdkThread);
