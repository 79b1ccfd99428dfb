/**
 * The write-ahead journal of a state directory: every input is one line, written by one write()
 * before anybody is told of its effect, so that kill -9 at any moment loses nothing acknowledged.
 * A snapshot (atomic rename) starts a new segment. It knows nothing of what the inputs mean, and
 * it does not fsync: it survives the death of the process, not the loss of power.
 */
import {
  closeSync,
  existsSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';

/** The state directory cannot be used; the message says which file and why. */
export class JournalError extends Error {
  override readonly name = 'JournalError';
}

export interface Journal<Entry> {
  /** Makes the entry durable. @throws JournalError when it is not on disk (nothing was kept). */
  append(entry: Entry): void;
  /** Replaces all entries so far by one state. */
  saveSnapshot(state: unknown): void;
  close(): void;
}

/** What a state directory held when it was opened. */
export interface Recovered<Entry> {
  readonly journal: Journal<Entry>;
  /** The newest snapshot's state, undefined without one. */
  readonly snapshot: unknown;
  /** Entries after the snapshot, oldest first. */
  readonly entries: readonly Entry[];
  /** Bytes of a last line that a kill cut short; nobody was told of it. */
  readonly tornBytes: number;
}

interface Line<Entry> {
  readonly seq: number;
  readonly entry: Entry;
}

const SNAPSHOT_FILE = 'snapshot.json';
const SEGMENT = /^journal-(\d{12})\.jsonl$/;
const segmentName = (firstSeq: number): string =>
  `journal-${String(firstSeq).padStart(12, '0')}.jsonl`;

/** Replaces a file so that a reader sees the old text or the new one, never a part. */
export function replaceFile(path: string, text: string): void {
  const draft = `${path}.new`;
  writeFileSync(draft, text);
  renameSync(draft, path);
}

function parseLine<Entry>(path: string, text: string, number: number): Line<Entry> {
  try {
    const line = JSON.parse(text) as Line<Entry>;
    if (Number.isSafeInteger(line.seq)) return line;
  } catch {
    // reported below, with its place
  }
  throw new JournalError(`${path} line ${number}: not a journal line; restore it or move it away`);
}

/** The whole lines of a segment; a cut last line is left out. */
function readSegment<Entry>(path: string): { lines: Line<Entry>[]; bytes: number; torn: number } {
  const content = readFileSync(path);
  const bytes = content.lastIndexOf(0x0a) + 1;
  const texts = content.subarray(0, bytes).toString('utf8').split('\n').slice(0, -1);
  return {
    lines: texts.map((text, index) => parseLine<Entry>(path, text, index + 1)),
    bytes,
    torn: content.length - bytes,
  };
}

function readSnapshot(dir: string): { seq: number; state: unknown } {
  const path = join(dir, SNAPSHOT_FILE);
  if (!existsSync(path)) return { seq: 0, state: undefined };
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as { seq: number; state: unknown };
  } catch (cause) {
    throw new JournalError(`${path}: not readable; restore it or move it away`, { cause });
  }
}

const segmentsOf = (dir: string): string[] =>
  readdirSync(dir)
    .filter((name) => SEGMENT.test(name))
    .sort();

class FileJournal<Entry> implements Journal<Entry> {
  readonly #dir: string;
  #seq: number;
  #fd: number;
  #bytes: number;

  constructor(dir: string, seq: number, segment: string, bytes: number) {
    this.#dir = dir;
    this.#seq = seq;
    this.#fd = openSync(join(dir, segment), existsSync(join(dir, segment)) ? 'r+' : 'w+');
    this.#bytes = bytes;
    ftruncateSync(this.#fd, bytes);
  }

  append(entry: Entry): void {
    const line = Buffer.from(`${JSON.stringify({ seq: this.#seq + 1, entry })}\n`);
    let written = 0;
    let cause: unknown;
    try {
      written = writeSync(this.#fd, line, 0, line.length, this.#bytes);
    } catch (error) {
      cause = error;
    }
    if (written !== line.length) {
      ftruncateSync(this.#fd, this.#bytes);
      throw new JournalError(`${this.#dir}: the journal could not be written`, { cause });
    }
    this.#bytes += line.length;
    this.#seq += 1;
  }

  saveSnapshot(state: unknown): void {
    replaceFile(join(this.#dir, SNAPSHOT_FILE), JSON.stringify({ seq: this.#seq, state }));
    const segment = segmentName(this.#seq + 1);
    const fd = openSync(join(this.#dir, segment), 'w+');
    closeSync(this.#fd);
    this.#fd = fd;
    this.#bytes = 0;
    for (const name of segmentsOf(this.#dir)) {
      if (name !== segment) rmSync(join(this.#dir, name));
    }
  }

  close(): void {
    closeSync(this.#fd);
  }
}

/**
 * Opens (or creates) the journal of a directory and reads what it holds.
 * @throws JournalError on a damaged snapshot or a damaged line other than the last.
 */
export function openJournal<Entry>(dir: string): Recovered<Entry> {
  mkdirSync(dir, { recursive: true });
  const snapshot = readSnapshot(dir);
  const names = segmentsOf(dir);
  const segments = names.map((name) => readSegment<Entry>(join(dir, name)));
  const lines = segments.flatMap((segment) => segment.lines);
  const fresh = lines.filter((line) => line.seq > snapshot.seq);
  fresh.forEach((line, index) => {
    const expected = snapshot.seq + index + 1;
    if (line.seq !== expected) {
      throw new JournalError(`${dir}: journal entry ${expected} is missing, found ${line.seq}`);
    }
  });
  const seq = snapshot.seq + fresh.length;
  const last = segments.at(-1);
  const journal = new FileJournal<Entry>(
    dir,
    seq,
    names.at(-1) ?? segmentName(seq + 1),
    last?.bytes ?? 0,
  );
  return {
    journal,
    snapshot: snapshot.state,
    entries: fresh.map((line) => line.entry),
    tornBytes: last?.torn ?? 0,
  };
}

/** A journal that keeps nothing: for an exchange without a state directory. */
export function forgetfulJournal<Entry>(): Recovered<Entry> {
  return {
    journal: { append: () => undefined, saveSnapshot: () => undefined, close: () => undefined },
    snapshot: undefined,
    entries: [],
    tornBytes: 0,
  };
}
