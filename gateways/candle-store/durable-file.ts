/** Files that are whole or absent, also after a loss of power: draft, fsync, rename, fsync of the folder. */
import { createHash } from 'node:crypto';
import { closeSync, fsyncSync, openSync, renameSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';

export const sha256Of = (...parts: readonly NodeJS.ArrayBufferView[]): string => {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part);
  return hash.digest('hex');
};

/** Makes what was written to a file, or the names in a folder, outlive a loss of power. */
export function flushToDisk(path: string): void {
  const descriptor = openSync(path, 'r');
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

/** Gives a finished draft its name. */
export function publish(draft: string, path: string): void {
  flushToDisk(draft);
  renameSync(draft, path);
  flushToDisk(dirname(path));
}

export function writeDurably(path: string, text: string): void {
  const draft = `${path}.${process.pid}.draft`;
  writeFileSync(draft, text);
  publish(draft, path);
}
