/**
 * One writer at a time. The lock is DuckDB's own on a database file that holds nothing: the operating
 * system gives it back when its process dies, however it dies, so that it is never stale. Within a
 * process, writers queue.
 */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { DuckDBInstance } from '@duckdb/node-api';

const LOCK_FILE = 'writer.duckdb';
const LOOK_EVERY_MS = 100;

/** Somebody else writes, and went on for longer than we wait. */
export class StoreBusy extends Error {
  override readonly name = 'StoreBusy';
}

const queues = new Map<string, Promise<void>>();

async function openLock(root: string, waitMs: number): Promise<() => void> {
  const path = join(root, LOCK_FILE);
  const deadline = performance.now() + waitMs;
  for (;;) {
    try {
      const instance = await DuckDBInstance.create(path);
      return () => instance.closeSync();
    } catch (fault) {
      const message = fault instanceof Error ? fault.message : String(fault);
      if (!/lock/i.test(message)) throw fault;
      const [, holder] = /PID (\d+)/.exec(message) ?? [];
      const who = holder === undefined ? 'another process' : `process ${holder}`;
      if (performance.now() > deadline) {
        throw new StoreBusy(`${root}: ${who} is writing; wait for it, or stop it`);
      }
      await pause(LOOK_EVERY_MS);
    }
  }
}

/** Runs the work as the only writer of a store. @throws StoreBusy after `waitMs` */
export async function asOnlyWriter<Value>(
  root: string,
  waitMs: number,
  work: () => Promise<Value>,
): Promise<Value> {
  const before = queues.get(root) ?? Promise.resolve();
  const turn = Promise.withResolvers<void>();
  const mine = before.then(() => turn.promise);
  queues.set(root, mine);
  await before;
  try {
    mkdirSync(root, { recursive: true });
    const release = await openLock(root, waitMs);
    try {
      return await work();
    } finally {
      release();
    }
  } finally {
    turn.resolve();
    if (queues.get(root) === mine) queues.delete(root);
  }
}
