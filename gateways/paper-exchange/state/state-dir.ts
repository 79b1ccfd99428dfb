/**
 * Who owns a state directory and what it was made with. One process at a time may write it, and
 * only with the tape and seed that it began with: anything else would tell another story.
 */
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { JournalError, replaceFile } from './journal.ts';

/** What decides the course of the tape: fixed for the life of a state directory. */
export interface Origin {
  readonly version: 1;
  readonly tape: string;
  readonly seed: number;
  readonly steps: number;
  readonly startOffsetMinutes: number;
}

const LOCK_FILE = 'owner.pid';
const ORIGIN_FILE = 'origin.json';

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

function lock(dir: string): void {
  const path = join(dir, LOCK_FILE);
  const create = (): void => writeFileSync(path, String(process.pid), { flag: 'wx' });
  try {
    create();
  } catch {
    const owner = Number(readFileSync(path, 'utf8'));
    // After kill -9 the file names a dead process; in a container it may name ourselves.
    if (owner > 0 && owner !== process.pid && isAlive(owner)) {
      throw new JournalError(
        `state ${dir}: in use by process ${owner}; stop it, or remove ${path} when that is another program`,
      );
    }
    rmSync(path, { force: true });
    create();
  }
}

function checkOrigin(dir: string, origin: Origin): void {
  const path = join(dir, ORIGIN_FILE);
  if (!existsSync(path)) {
    replaceFile(path, JSON.stringify(origin));
    return;
  }
  const begun = JSON.parse(readFileSync(path, 'utf8')) as Origin;
  for (const field of ['tape', 'seed', 'steps', 'startOffsetMinutes'] as const) {
    if (begun[field] !== origin[field]) {
      throw new JournalError(
        `${field} ${origin[field]}: must be ${begun[field]}, with which state ${dir} began`,
      );
    }
  }
}

/**
 * Takes a state directory for this process; returns how to give it back.
 * @throws JournalError when another process owns it or it began with another tape or seed.
 */
export function claimStateDir(dir: string, origin: Origin): () => void {
  mkdirSync(dir, { recursive: true });
  lock(dir);
  const release = (): void => rmSync(join(dir, LOCK_FILE), { force: true });
  try {
    checkOrigin(dir, origin);
  } catch (error) {
    release();
    throw error;
  }
  return release;
}
