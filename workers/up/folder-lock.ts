/**
 * One process per folder: a file that names its holder. A holder that was killed is recognised by its
 * pid and command line, and its lock is taken over. It protects against two honest starts, not
 * against somebody who deletes the file.
 */
import { randomBytes } from 'node:crypto';
import { linkSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { identify, isStillRunning, type ProcessIdentity } from '../../config/process-probe.ts';

export interface FolderLock {
  readonly kind: 'held';
  release(): void;
}

export interface FolderTaken {
  readonly kind: 'taken';
  readonly holder: ProcessIdentity;
}

const ATTEMPTS_MAX = 5;

/**
 * Takes `<folder>/<name>.lock` for this process or says who holds it.
 * @throws when the folder cannot be written
 */
export function lockFolder(folder: string, name: string): FolderLock | FolderTaken {
  mkdirSync(folder, { recursive: true });
  const file = join(folder, `${name}.lock`);
  const draft = `${file}.${process.pid}.${randomBytes(4).toString('hex')}`;
  const own = JSON.stringify(identify(process.pid));
  writeFileSync(draft, own);
  try {
    for (let attempt = 0; attempt < ATTEMPTS_MAX; attempt += 1) {
      if (tryLink(draft, file)) return { kind: 'held', release: () => release(file, own) };
      const found = readLock(file);
      if (found === undefined) continue;
      const { holder } = found;
      // Our own pid in the file is an earlier life's: a restarted container counts from 1 again.
      if (holder !== undefined && holder.pid !== process.pid && isStillRunning(holder)) {
        return { kind: 'taken', holder };
      }
      removeStale(file, found.text);
    }
  } finally {
    rmSync(draft, { force: true });
  }
  throw new Error(`${file}: could not be taken, others take it at the same time; try again`);
}

function tryLink(draft: string, file: string): boolean {
  try {
    linkSync(draft, file);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

function readLock(file: string): { text: string; holder?: ProcessIdentity } | undefined {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
  try {
    const { pid, commandLine } = JSON.parse(text) as Partial<ProcessIdentity>;
    if (typeof pid !== 'number' || typeof commandLine !== 'string') return { text };
    return { text, holder: { pid, commandLine } };
  } catch {
    return { text };
  }
}

/** Moves the dead holder's file away; a live one that came in between is put back. */
function removeStale(file: string, staleText: string): void {
  const aside = `${file}.stale.${process.pid}`;
  try {
    renameSync(file, aside);
  } catch {
    return;
  }
  if (readFileSync(aside, 'utf8') !== staleText) tryLink(aside, file);
  rmSync(aside, { force: true });
}

function release(file: string, own: string): void {
  if (readLock(file)?.text === own) rmSync(file, { force: true });
}
