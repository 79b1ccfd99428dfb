/**
 * The files of a journal as text: segments of one line per input, each with its own checksum, and
 * the snapshot that came before them. It reads and checks; it never writes.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import { z } from 'zod';
import { JournalError, readSealedFile, seal } from './files.ts';

export const SNAPSHOT_FILE = 'snapshot.json';
const SNAPSHOT_KIND = 'paper-exchange state';
const SNAPSHOT_VERSION = 1;
const SEGMENT = /^journal-(\d{12})\.jsonl$/;

export const segmentName = (firstSeq: number): string =>
  `journal-${String(firstSeq).padStart(12, '0')}.jsonl`;

export const segmentsOf = (dir: string): string[] =>
  existsSync(dir)
    ? readdirSync(dir)
        .filter((name) => SEGMENT.test(name))
        .sort()
    : [];

const checksumOf = (text: string): string => crc32(text).toString(16).padStart(8, '0');

/** A journal line, with its line break: checksum, space, JSON. */
export function journalLine(seq: number, entry: unknown): string {
  const text = JSON.stringify({ seq, entry });
  return `${checksumOf(text)} ${text}\n`;
}

export const snapshotText = (seq: number, state: unknown): string =>
  seal(SNAPSHOT_KIND, SNAPSHOT_VERSION, { seq, state });

interface Line<Entry> {
  readonly seq: number;
  readonly entry: Entry;
}

function parseLine<Entry>(path: string, text: string, number: number): Line<Entry> {
  const body = text.slice(9);
  if (text[8] === ' ' && checksumOf(body) === text.slice(0, 8)) {
    return JSON.parse(body) as Line<Entry>;
  }
  throw new JournalError(
    `${path} line ${number}: damaged: its checksum does not fit; restore it or move it away`,
  );
}

interface Segment<Entry> {
  readonly name: string;
  readonly lines: readonly Line<Entry>[];
  /** Length of the whole lines. */
  readonly bytes: number;
  /** Bytes of a last line that was cut short. */
  readonly tornBytes: number;
}

/** The whole lines of a segment; a cut last line is left out. */
function readSegment<Entry>(dir: string, name: string): Segment<Entry> {
  const path = join(dir, name);
  const content = readFileSync(path);
  const bytes = content.lastIndexOf(0x0a) + 1;
  const texts = content.subarray(0, bytes).toString('utf8').split('\n').slice(0, -1);
  return {
    name,
    lines: texts.map((text, index) => parseLine<Entry>(path, text, index + 1)),
    bytes,
    tornBytes: content.length - bytes,
  };
}

const snapshotSchema = z.object({ seq: z.int(), state: z.unknown() });

function readSnapshot(dir: string): { seq: number; state?: unknown } {
  const path = join(dir, SNAPSHOT_FILE);
  if (!existsSync(path)) return { seq: 0 };
  const read = snapshotSchema.safeParse(readSealedFile(SNAPSHOT_KIND, SNAPSHOT_VERSION, path));
  if (read.success) return read.data;
  throw new JournalError(`${path}: must hold seq and state`);
}

/** What the files of a journal hold. */
export interface JournalContent<Entry> {
  /** The snapshot's state, undefined without one. */
  readonly snapshot: unknown;
  /** Entries after the snapshot, oldest first. */
  readonly entries: readonly Entry[];
  /** Number of the last entry. */
  readonly seq: number;
  readonly lastSegment: Pick<Segment<Entry>, 'name' | 'bytes' | 'tornBytes'> | undefined;
}

/** @throws JournalError on a damaged snapshot, a damaged line other than the last, or a hole. */
export function readJournal<Entry>(dir: string): JournalContent<Entry> {
  const snapshot = readSnapshot(dir);
  const segments = segmentsOf(dir).map((name) => readSegment<Entry>(dir, name));
  const lines = segments.flatMap((segment) => segment.lines);
  const fresh = lines.filter((line) => line.seq > snapshot.seq);
  fresh.forEach((line, index) => {
    const expected = snapshot.seq + index + 1;
    if (line.seq !== expected) {
      throw new JournalError(`${dir}: journal entry ${expected} is missing, found ${line.seq}`);
    }
  });
  return {
    snapshot: snapshot.state,
    entries: fresh.map((line) => line.entry),
    seq: snapshot.seq + fresh.length,
    lastSegment: segments.at(-1),
  };
}
