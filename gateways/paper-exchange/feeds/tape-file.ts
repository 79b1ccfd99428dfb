/**
 * Reading a file of a tape: its text line by line, unpacked when it is gzip, and an account of the
 * lines that could not be used. What was cut off at the end of a recording is a torn line, not an
 * error; a file of which nothing can be used is one.
 */
import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { constants, gunzipSync } from 'node:zlib';
import { TapeError } from './feed.ts';
import type { BookFault } from './market-events.ts';

/** Why a line was not used. */
export type SkipReason =
  | 'unreadable'
  | 'out of order'
  | 'duplicate'
  | BookFault
  | 'of no known market'
  | 'before the first book';

export interface TapeLine {
  /** From 1. */
  readonly number: number;
  readonly text: string;
}

export class TapeFile {
  readonly path: string;
  readonly name: string;
  readonly bytes: Buffer;
  readonly #skipped = new Map<SkipReason, { count: number; firstLine: number }>();
  #text: string | undefined;

  /** @throws TapeError when the file cannot be read. */
  constructor(path: string) {
    this.path = path;
    this.name = basename(path);
    try {
      this.bytes = readFileSync(path);
    } catch (cause) {
      throw new TapeError(`${path}: cannot be read`, { cause });
    }
  }

  /** The lines that are not empty, with their numbers. */
  *lines(): Generator<TapeLine> {
    const content = this.#unpacked();
    let number = 0;
    for (let start = 0; start < content.length; ) {
      const newline = content.indexOf('\n', start);
      const end = newline === -1 ? content.length : newline;
      number += 1;
      const text = content.slice(start, end).trimEnd();
      if (text !== '') yield { number, text };
      start = end + 1;
    }
  }

  /** @throws TapeError when the file holds no line. */
  firstLine(): string {
    for (const { text } of this.lines()) return text;
    throw new TapeError(`${this.path}: is empty`);
  }

  skip(reason: SkipReason, line: number): void {
    const known = this.#skipped.get(reason);
    if (known) known.count += 1;
    else this.#skipped.set(reason, { count: 1, firstLine: line });
  }

  skipped(reason: SkipReason): number {
    return this.#skipped.get(reason)?.count ?? 0;
  }

  /** What was skipped, as a sentence; undefined when every line was used. */
  get note(): string | undefined {
    const parts = [...this.#skipped].map(
      ([reason, { count, firstLine }]) => `${count} ${reason} (first in line ${firstLine})`,
    );
    return parts.length > 0 ? `${this.name}: skipped ${parts.join(', ')}` : undefined;
  }

  /** An error that names a place in this file. */
  error(line: number, text: string, rule: string): TapeError {
    const shown = text.length > 120 ? `${text.slice(0, 120)}...` : text;
    return new TapeError(`${this.path} line ${line} ${JSON.stringify(shown)}: ${rule}`);
  }

  #unpacked(): string {
    if (this.#text !== undefined) return this.#text;
    const isGzip = this.bytes[0] === 0x1f && this.bytes[1] === 0x8b;
    try {
      // A recorder that was killed leaves gzip without its end: what is there is read.
      const finishFlush = constants.Z_SYNC_FLUSH;
      const content = isGzip ? gunzipSync(this.bytes, { finishFlush }) : this.bytes;
      this.#text = content.toString('utf8');
      return this.#text;
    } catch (cause) {
      throw new TapeError(`${this.path}: is damaged or too long and cannot be unpacked`, { cause });
    }
  }
}

/** The rest of a CSV: each row's values by the columns that were asked for. */
export function* csvRows(
  file: TapeFile,
  columns: readonly string[],
): Generator<{ line: TapeLine; values: string[] }> {
  let places: number[] | undefined;
  for (const line of file.lines()) {
    const values = line.text.split(',');
    if (places) {
      yield { line, values: places.map((place) => values[place] ?? '') };
      continue;
    }
    places = columns.map((column) => values.indexOf(column));
    const missing = columns.filter((_, index) => places?.[index] === -1);
    if (missing.length > 0) {
      throw file.error(line.number, line.text, `must be a header with ${missing.join(', ')}`);
    }
  }
  if (!places) throw new TapeError(`${file.path}: is empty`);
}
