/**
 * Who owns a state directory and what it was made with. One process at a time may write it, and
 * only with the tape and seed that it began with: anything else would tell another story.
 */
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { JournalError, replaceFile } from './files.ts';
import { SNAPSHOT_FILE, segmentsOf } from './journal-file.ts';

export const ORIGIN_VERSION = 2;

/** What decides the course of the tape: fixed for the life of a state directory. */
export interface Origin {
  readonly version: typeof ORIGIN_VERSION;
  readonly tape: string;
  readonly seed: number;
  readonly steps: number;
  readonly startOffsetMinutes: number;
}

const LOCK_FILE = 'owner.pid';
const ORIGIN_FILE = 'origin.json';
/** Where the admin interface of a running exchange is, and its token; only its owner may read it. */
export const ADMIN_FILE = 'admin.json';

/** The process that uses a state directory, or undefined. Our own id may be a former process's. */
export function ownerOf(dir: string): number | undefined {
  const path = join(dir, LOCK_FILE);
  if (!existsSync(path)) return undefined;
  const owner = Number(readFileSync(path, 'utf8'));
  // After kill -9 the file names a dead process; in a container it may name ourselves.
  return owner > 0 && owner !== process.pid && isAlive(owner) ? owner : undefined;
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/**
 * Makes this process the only one to use a state directory; returns how to give it back.
 * @throws JournalError when another process owns it.
 */
export function lockStateDir(dir: string): () => void {
  mkdirSync(dir, { recursive: true });
  const path = join(dir, LOCK_FILE);
  const create = (): void => writeFileSync(path, String(process.pid), { flag: 'wx' });
  try {
    create();
  } catch {
    const owner = ownerOf(dir);
    if (owner !== undefined) {
      throw new JournalError(
        `state ${dir}: in use by process ${owner}; stop it, or remove ${path} when that is another program`,
      );
    }
    rmSync(path, { force: true });
    create();
  }
  return () => rmSync(path, { force: true });
}

/** What the state of a directory began with. @throws JournalError when it cannot be read. */
export function readOrigin(dir: string): Origin | undefined {
  const path = join(dir, ORIGIN_FILE);
  if (!existsSync(path)) return undefined;
  let origin: Origin;
  try {
    origin = JSON.parse(readFileSync(path, 'utf8')) as Origin;
  } catch (cause) {
    throw new JournalError(`${path}: damaged: must be JSON; restore it`, { cause });
  }
  if (origin.version === ORIGIN_VERSION) return origin;
  throw new JournalError(
    `${path}: version ${origin.version}: must be ${ORIGIN_VERSION}; start with a new directory`,
  );
}

export function writeOrigin(dir: string, origin: Origin): void {
  replaceFile(join(dir, ORIGIN_FILE), JSON.stringify(origin));
}

function checkOrigin(dir: string, origin: Origin): void {
  const begun = readOrigin(dir);
  if (begun === undefined) {
    writeOrigin(dir, origin);
    return;
  }
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
  const release = lockStateDir(dir);
  try {
    checkOrigin(dir, origin);
  } catch (error) {
    release();
    throw error;
  }
  return release;
}

/** Whether the directory holds the state of an exchange. */
export const holdsState = (dir: string): boolean => existsSync(join(dir, ORIGIN_FILE));

/** Removes the state from a directory and leaves what is not ours. The caller holds the lock. */
export function clearState(dir: string): void {
  const drafts = readdirSync(dir).filter((name) => /\.jsonl?\.new$/.test(name));
  for (const name of [SNAPSHOT_FILE, ORIGIN_FILE, ADMIN_FILE, ...segmentsOf(dir), ...drafts]) {
    rmSync(join(dir, name), { force: true });
  }
}
