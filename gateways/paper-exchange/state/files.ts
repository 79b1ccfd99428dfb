/**
 * Writing files so that a kill, or with `isSynced` a loss of power, leaves the old text or the new
 * one, and sealing them so that damage is found when they are read. It knows no file by its name.
 */
import { createHash } from 'node:crypto';
import { closeSync, fsyncSync, openSync, readFileSync, renameSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import { z } from 'zod';

/** A state directory or a snapshot cannot be used; the message says which file and why. */
export class JournalError extends Error {
  override readonly name = 'JournalError';
}

/** Makes the names in a directory outlive a loss of power. */
export function syncDirectory(dir: string): void {
  const fd = openSync(dir, 'r');
  try {
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}

export interface ReplaceOptions {
  /** Whether the text must outlive a loss of power once this returns. */
  readonly isSynced?: boolean;
  readonly mode?: number;
}

/** Replaces a file so that a reader sees the old text or the new one, never a part. */
export function replaceFile(path: string, text: string, options: ReplaceOptions = {}): void {
  const draft = `${path}.new`;
  const fd = openSync(draft, 'w', options.mode ?? 0o644);
  try {
    const bytes = Buffer.from(text);
    let written = 0;
    while (written < bytes.length) written += writeSync(fd, bytes, written);
    if (options.isSynced === true) fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
  renameSync(draft, path);
  if (options.isSynced === true) syncDirectory(dirname(path));
}

const headerSchema = z.object({
  file: z.string(),
  version: z.int(),
  bytes: z.int(),
  sha256: z.string(),
});

const digestOf = (body: string): string => createHash('sha256').update(body).digest('hex');

/** A body with a first line that says what it is and how to tell whether it is whole. */
export function seal(file: string, version: number, body: unknown): string {
  const text = JSON.stringify(body);
  const header = { file, version, bytes: Buffer.byteLength(text), sha256: digestOf(text) };
  return `${JSON.stringify(header)}\n${text}\n`;
}

function headerOf(line: string): z.infer<typeof headerSchema> | undefined {
  try {
    return headerSchema.safeParse(JSON.parse(line)).data;
  } catch {
    return undefined; // what is no JSON has no header
  }
}

/**
 * The body of a sealed text.
 * @param path where the text came from, for the message
 * @throws JournalError when it is something else, of another version, or damaged.
 */
export function unseal(file: string, version: number, text: string, path: string): unknown {
  const end = text.indexOf('\n');
  const header = headerOf(text.slice(0, Math.max(0, end)));
  if (header?.file !== file) throw new JournalError(`${path}: must be a ${file} of this program`);
  if (header.version !== version) {
    throw new JournalError(`${path}: version ${header.version}: must be ${version}`);
  }
  const body = text.slice(end + 1, -1);
  if (Buffer.byteLength(body) !== header.bytes || !text.endsWith('\n')) {
    throw new JournalError(`${path}: damaged: must hold ${header.bytes} bytes; restore it`);
  }
  if (digestOf(body) !== header.sha256) {
    throw new JournalError(`${path}: damaged: its checksum does not fit; restore it`);
  }
  return JSON.parse(body);
}

/** @throws JournalError when the file cannot be read or {@link unseal} refuses it. */
export function readSealedFile(file: string, version: number, path: string): unknown {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    throw new JournalError(`${path}: cannot be read (${code ?? 'unknown error'})`, { cause });
  }
  return unseal(file, version, text, path);
}
