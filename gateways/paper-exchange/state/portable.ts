/**
 * A whole state as one file: what `paper snapshot` writes and `paper restore` reads, and what a fork
 * passes on. It holds a snapshot with the inputs after it, so it is taken of a stopped exchange
 * without replaying anything. It does not know what a state means.
 */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { JournalError, readSealedFile, replaceFile, seal, unseal } from './files.ts';
import {
  journalLine,
  readJournal,
  SNAPSHOT_FILE,
  segmentName,
  snapshotText,
} from './journal-file.ts';
import { clearState, type Origin, readOrigin, writeOrigin } from './state-dir.ts';

const KIND = 'paper-exchange snapshot';
const VERSION = 1;

export interface PortableState {
  readonly origin: Origin;
  /** Undefined when the exchange was killed before its first snapshot. */
  readonly state?: unknown;
  readonly entries: readonly unknown[];
}

const bodySchema = z.object({
  origin: z.custom<Origin>((value) => typeof value === 'object' && value !== null),
  state: z.unknown().optional(),
  entries: z.array(z.unknown()),
});

export const portableText = (state: PortableState): string => seal(KIND, VERSION, state);

function bodyOf(body: unknown, path: string): PortableState {
  const read = bodySchema.safeParse(body);
  if (read.success) return read.data;
  throw new JournalError(`${path}: must hold origin, state and entries`);
}

/** @throws JournalError when the text is damaged or something else. */
export const readPortableText = (text: string, path: string): PortableState =>
  bodyOf(unseal(KIND, VERSION, text, path), path);

/** @throws JournalError when the file cannot be read, is damaged or something else. */
export const readPortableFile = (path: string): PortableState =>
  bodyOf(readSealedFile(KIND, VERSION, path), path);

/** The state of a stopped exchange. @throws JournalError when there is none or it is damaged. */
export function readStateDir(dir: string): PortableState {
  const origin = readOrigin(dir);
  if (origin === undefined) throw new JournalError(`state ${dir}: holds no state of an exchange`);
  const { snapshot, entries } = readJournal(dir);
  return { origin, state: snapshot, entries };
}

/** Makes a directory hold a state, in place of the one that it held. The caller holds the lock. */
export function writeStateDir(dir: string, { origin, state, entries }: PortableState): void {
  mkdirSync(dir, { recursive: true });
  clearState(dir);
  if (state !== undefined) {
    replaceFile(join(dir, SNAPSHOT_FILE), snapshotText(0, state), { isSynced: true });
  }
  const lines = entries.map((entry, index) => journalLine(index + 1, entry)).join('');
  replaceFile(join(dir, segmentName(1)), lines, { isSynced: true });
  // Last, since a directory without it holds no state.
  writeOrigin(dir, origin);
}
