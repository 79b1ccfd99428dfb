/** A child's log on disk: appended to, and moved aside once when it grows too big. */
import { closeSync, mkdirSync, openSync, renameSync, statSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';

const BYTES_MAX = 10 * 1024 * 1024;

export class LogFile {
  readonly path: string;
  readonly #bytesMax: number;
  #descriptor: number;
  #bytes: number;

  constructor(path: string, bytesMax = BYTES_MAX) {
    this.path = path;
    this.#bytesMax = bytesMax;
    mkdirSync(dirname(path), { recursive: true });
    this.#descriptor = openSync(path, 'a', 0o600);
    this.#bytes = statSync(path).size;
  }

  /** Never throws: a full disk must not take the supervisor down with it. */
  append(chunk: Buffer): void {
    try {
      if (this.#bytes + chunk.length > this.#bytesMax && this.#bytes > 0) this.#rotate();
      this.#bytes += writeSync(this.#descriptor, chunk);
    } catch {
      // The child's own output is lost; what it does is not.
    }
  }

  close(): void {
    closeSync(this.#descriptor);
  }

  #rotate(): void {
    closeSync(this.#descriptor);
    renameSync(this.path, `${this.path}.1`);
    this.#descriptor = openSync(this.path, 'a', 0o600);
    this.#bytes = 0;
  }
}
