/**
 * The write-ahead journal of a state directory: every input is one line, written by one write()
 * before anybody is told of its effect, so that kill -9 at any moment loses nothing acknowledged.
 * A snapshot (atomic rename) starts a new segment. It knows nothing of what the inputs mean.
 */
import {
  closeSync,
  existsSync,
  fdatasync,
  fdatasyncSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  rmSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { JournalError, replaceFile, syncDirectory } from './files.ts';
import {
  journalLine,
  readJournal,
  SNAPSHOT_FILE,
  segmentName,
  segmentsOf,
  snapshotText,
} from './journal-file.ts';

export const FSYNC_MODES = ['always', 'batch', 'never'] as const;

/**
 * What survives a loss of power (the death of the process loses nothing in any of them).
 * `always`: every input, before it has any effect. `batch`: every input that was answered; events
 * on streams may be some ms ahead of the disk. `never`: what the system happened to have written.
 */
export type Fsync = (typeof FSYNC_MODES)[number];

export interface Journal<Entry> {
  /** Writes the entry. @throws JournalError when it was not written (nothing was kept). */
  append(entry: Entry): void;
  /** Resolves when all entries so far are as durable as promised; undefined when they are. */
  settled(): Promise<void> | undefined;
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

const syncLater = promisify(fdatasync);

class FileJournal<Entry> implements Journal<Entry> {
  readonly #dir: string;
  readonly #fsync: Fsync;
  #seq: number;
  #fd: number;
  #bytes: number;
  /** Number of the last entry that a loss of power would leave. */
  #syncedSeq: number;
  #syncing: Promise<void> | undefined;
  #failure: unknown;

  constructor(dir: string, fsync: Fsync, seq: number, segment: string, bytes: number) {
    this.#dir = dir;
    this.#fsync = fsync;
    this.#seq = seq;
    this.#syncedSeq = seq;
    this.#fd = openSync(join(dir, segment), existsSync(join(dir, segment)) ? 'r+' : 'w+');
    this.#bytes = bytes;
    ftruncateSync(this.#fd, bytes);
    if (fsync !== 'never') {
      fdatasyncSync(this.#fd);
      syncDirectory(dir);
    }
  }

  append(entry: Entry): void {
    if (this.#failure !== undefined) throw this.#unwritable(this.#failure);
    const line = Buffer.from(journalLine(this.#seq + 1, entry));
    let written = 0;
    let cause: unknown;
    try {
      written = writeSync(this.#fd, line, 0, line.length, this.#bytes);
      if (this.#fsync === 'always') fdatasyncSync(this.#fd);
    } catch (error) {
      cause = error;
    }
    if (written !== line.length || cause !== undefined) {
      ftruncateSync(this.#fd, this.#bytes);
      throw this.#unwritable(cause);
    }
    this.#bytes += line.length;
    this.#seq += 1;
  }

  settled(): Promise<void> | undefined {
    if (this.#fsync !== 'batch' || this.#syncedSeq >= this.#seq) return undefined;
    return this.#syncUpTo(this.#seq);
  }

  saveSnapshot(state: unknown): void {
    const isSynced = this.#fsync !== 'never';
    replaceFile(join(this.#dir, SNAPSHOT_FILE), snapshotText(this.#seq, state), { isSynced });
    this.#syncedSeq = this.#seq;
    const segment = segmentName(this.#seq + 1);
    const fd = openSync(join(this.#dir, segment), 'w+');
    this.#closeFile();
    this.#fd = fd;
    this.#bytes = 0;
    if (isSynced) syncDirectory(this.#dir);
    for (const name of segmentsOf(this.#dir)) {
      if (name !== segment) rmSync(join(this.#dir, name));
    }
  }

  close(): void {
    this.#closeFile();
  }

  /** A sync that is under way covers what was written before it began; the next covers the rest. */
  async #syncUpTo(seq: number): Promise<void> {
    while (this.#syncedSeq < seq) {
      this.#syncing ??= this.#sync();
      await this.#syncing;
    }
  }

  async #sync(): Promise<void> {
    const seq = this.#seq;
    try {
      await syncLater(this.#fd);
      this.#syncedSeq = Math.max(this.#syncedSeq, seq);
    } catch (error) {
      // What the disk has is unknown from here on: nothing more is taken in.
      this.#failure = error;
      throw this.#unwritable(error);
    } finally {
      this.#syncing = undefined;
    }
  }

  /** A number that is closed while a sync uses it could become another file's. */
  #closeFile(): void {
    const fd = this.#fd;
    if (this.#syncing === undefined) closeSync(fd);
    else this.#syncing.catch(() => undefined).then(() => closeSync(fd));
  }

  #unwritable(cause: unknown): JournalError {
    return new JournalError(`${this.#dir}: the journal could not be written`, { cause });
  }
}

/**
 * Opens (or creates) the journal of a directory and reads what it holds.
 * @throws JournalError on a damaged snapshot or a damaged line other than the last.
 */
export function openJournal<Entry>(dir: string, fsync: Fsync = 'never'): Recovered<Entry> {
  mkdirSync(dir, { recursive: true });
  const { snapshot, entries, seq, lastSegment } = readJournal<Entry>(dir);
  const name = lastSegment?.name ?? segmentName(seq + 1);
  const journal = new FileJournal<Entry>(dir, fsync, seq, name, lastSegment?.bytes ?? 0);
  return { journal, snapshot, entries, tornBytes: lastSegment?.tornBytes ?? 0 };
}

/** A journal that keeps nothing: for an exchange without a state directory. */
export function forgetfulJournal<Entry>(): Recovered<Entry> {
  return {
    journal: {
      append: () => undefined,
      settled: () => undefined,
      saveSnapshot: () => undefined,
      close: () => undefined,
    },
    snapshot: undefined,
    entries: [],
    tornBytes: 0,
  };
}
