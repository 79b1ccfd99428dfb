import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import threads from 'node:worker_threads';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import {
  GUARD_FILE,
  quickenWorkflowThreads,
  replaceWorkflowThreads,
} from '../../workers/workflow-threads.ts';

const LOOK_EVERY_MS = 20;
const { Worker } = threads;
let dir = '';
let started: threads.Worker[] = [];

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'perpetua-threads-'));
});
afterEach(async () => {
  for (const thread of started) await thread.terminate();
  started = [];
  threads.Worker = Worker;
  rmSync(dir, { recursive: true, force: true });
});

/** A thread under the name of the SDK's, which calls into a context as the SDK does. */
function start(name: string, code: string): threads.Worker {
  const file = join(dir, name);
  writeFileSync(
    file,
    `const vm = require('node:vm');
     const { parentPort } = require('node:worker_threads');
     const context = vm.createContext({ Date }, { microtaskMode: 'afterEvaluate' });
     const call = (code, timeout) => new vm.Script(code).runInContext(context, { timeout });
     ${code}`,
  );
  const thread = new threads.Worker(file, { execArgv: ['--no-warnings'] });
  started.push(thread);
  return thread;
}

const answerOf = (thread: threads.Worker): Promise<unknown> =>
  new Promise((resolve, reject) => {
    thread.once('message', resolve);
    thread.once('error', reject);
  });

const BUSY = 'const untilMs = Date.now() + 100; while (Date.now() < untilMs); true';
const SDK_FILE = 'workflow-worker-thread.js';

describe('the threads of workflow code', () => {
  test('are started from a file of the SDK that has the name which is looked for', () => {
    const sdk = dirname(createRequire(import.meta.url).resolve('@temporalio/worker'));
    expect(existsSync(join(sdk, 'workflow', SDK_FILE))).toBe(true);
  });

  test('run a call without a limit of its own', async () => {
    const code = `parentPort.postMessage(call(${JSON.stringify(BUSY)}, 5));`;
    await expect(answerOf(start(SDK_FILE, code))).rejects.toThrow('timed out');
    replaceWorkflowThreads(() => undefined, LOOK_EVERY_MS);
    expect(await answerOf(start(SDK_FILE, code))).toBe(true);
  });

  test('are told of when a call does not return', async () => {
    const stuck = Promise.withResolvers<void>();
    replaceWorkflowThreads(stuck.resolve, LOOK_EVERY_MS);
    start(SDK_FILE, "call('for (;;);', 1);");
    await stuck.promise;
  });

  test('are not stuck when many calls, or none, are made', async () => {
    let isStuck = false;
    replaceWorkflowThreads(() => {
      isStuck = true;
    }, LOOK_EVERY_MS);
    const quick = `for (let n = 0; n < 1000; n += 1) call('1 + 1', 5);`;
    const code = `${quick} setTimeout(() => parentPort.postMessage('idle'), ${LOOK_EVERY_MS * 10});`;
    expect(await answerOf(start(SDK_FILE, code))).toBe('idle');
    expect(isStuck).toBe(false);
  });

  test('follow no promises', async () => {
    replaceWorkflowThreads(() => undefined, LOOK_EVERY_MS);
    const code = `
      let said = 'follows';
      try { require('node:v8').promiseHooks.createHook({}); } catch { said = 'does not'; }
      parentPort.postMessage(said);`;
    expect(await answerOf(start(SDK_FILE, code))).toBe('does not');
    expect(await answerOf(start('another-thread.js', code))).toBe('follows');
  });

  test('stay as the SDK makes them while the data folder says so', () => {
    writeFileSync(join(dir, GUARD_FILE), '');
    const said: string[] = [];
    const log = {
      warn: (_detail: object, text: string) => said.push(text),
      fatal: () => undefined,
    };
    quickenWorkflowThreads(dir, log);
    expect(threads.Worker).toBe(Worker);
    expect(said).toHaveLength(1);
    rmSync(join(dir, GUARD_FILE));
    quickenWorkflowThreads(dir, log);
    expect(threads.Worker).not.toBe(Worker);
  });
});
