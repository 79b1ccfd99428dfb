/**
 * The workers' heartbeats: a small file of each that changes while the worker does its work. Whoever
 * watches compares what changed with his own clock, so that no step of time can fake a beat or hide
 * one. Files of processes that are gone do no harm.
 */
import { mkdirSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const FORGOTTEN_AFTER_MS = 3_600_000;

const folderOf = (dataDir: string): string => join(dataDir, 'heartbeats');

export interface Heart {
  /** Says that the worker works, now. @throws when the file cannot be written */
  beat(): void;
  stop(): void;
}

/** @param name of the process, unique on the machine */
export function openHeart(dataDir: string, name: string): Heart {
  const folder = folderOf(dataDir);
  const file = join(folder, name);
  mkdirSync(folder, { recursive: true });
  for (const other of readdirSync(folder)) {
    const changed = statSync(join(folder, other), { throwIfNoEntry: false });
    if (changed !== undefined && Date.now() - changed.mtimeMs > FORGOTTEN_AFTER_MS) {
      rmSync(join(folder, other), { force: true });
    }
  }
  let beats = 0;
  return {
    beat: () => {
      beats += 1;
      writeFileSync(file, `${beats}\n`);
    },
    stop: () => rmSync(file, { force: true }),
  };
}

/** Answers whether any worker has beaten since it was asked last. */
export function listenToHearts(dataDir: string): () => boolean {
  const folder = folderOf(dataDir);
  let known: ReadonlyMap<string, string> | undefined;
  return () => {
    const seen = new Map<string, string>();
    for (const name of namesIn(folder)) {
      const file = statSync(join(folder, name), { throwIfNoEntry: false });
      if (file !== undefined) seen.set(name, `${file.mtimeMs} ${file.size} ${file.ino}`);
    }
    const before = known;
    known = seen;
    // What lies there at the first look may be of any time.
    if (before === undefined) return false;
    return [...seen].some(([name, state]) => before.get(name) !== state);
  };
}

function namesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}
