/**
 * The spending of all processes of one machine, in files of fixed-size records that are only ever
 * appended to: no lock that a stopped process could hold, nothing that a killed one could corrupt.
 *
 * To spend is to append a claim and then to read everything before it; a claim that was one too many
 * is taken back. Of two claims the later one sees the earlier one, so together they never pass the
 * limit. A process that dies in between has claimed what it never sent, which costs a minute of that
 * weight. When the files cannot be written, this process counts for itself.
 */
import {
  closeSync,
  fstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  readSync,
  rmSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import type { Priority } from '../../../domain/execution/priority.ts';
import type { Spent } from './shares.ts';
import {
  barOf,
  countOf,
  KINDS,
  memoryStore,
  type Spend,
  type SpendStore,
  sumOf,
} from './spend-store.ts';

/** A file holds what was claimed in this time; two of them span more than what counts. */
const FILE_MS = 120_000;
/** Divides the blocks of a disk, so that a full one never keeps half a record. */
const RECORD_BYTES = 32;
/** A claim whose time is older than this when it is written came from a process that was stopped. */
const STALE_CLAIM_MS = 500;

/** Milliseconds on the machine's own clock, the same in all its processes; no step of time moves it. */
export const machineClockMs = (): number => Number(process.hrtime.bigint() / 1_000n) / 1_000;

interface Claim extends Spend {
  readonly writer: number;
  readonly number: number;
}

function encode({ atMs, kind, amount, writer, number }: Claim): Buffer {
  const bytes = Buffer.alloc(RECORD_BYTES);
  bytes.writeDoubleLE(atMs, 0);
  bytes.writeInt32LE(amount, 8);
  bytes.writeUInt32LE(KINDS.indexOf(kind), 12);
  bytes.writeUInt32LE(writer, 16);
  bytes.writeUInt32LE(number, 20);
  return bytes;
}

function decode(bytes: Buffer, at: number): Claim | undefined {
  const kind = KINDS[bytes.readUInt32LE(at + 12)];
  if (kind === undefined) return undefined;
  return {
    atMs: bytes.readDoubleLE(at),
    amount: bytes.readInt32LE(at + 8),
    kind,
    writer: bytes.readUInt32LE(at + 16),
    number: bytes.readUInt32LE(at + 20),
  };
}

/** One file, read as far as it has been seen. */
class ClaimFile {
  readonly claims: Claim[] = [];
  readonly #descriptor: number;
  #readBytes = 0;

  constructor(path: string) {
    this.#descriptor = openSync(path, 'a+', 0o600);
  }

  append(claim: Claim): void {
    writeSync(this.#descriptor, encode(claim));
  }

  /** Reads what was added since; half a record at the end is left for the next time. */
  catchUp(): void {
    const missing = fstatSync(this.#descriptor).size - this.#readBytes;
    const whole = missing - (missing % RECORD_BYTES);
    if (whole <= 0) return;
    const bytes = Buffer.alloc(whole);
    const read = readSync(this.#descriptor, bytes, 0, whole, this.#readBytes);
    for (let at = 0; at + RECORD_BYTES <= read; at += RECORD_BYTES) {
      const claim = decode(bytes, at);
      if (claim !== undefined) this.claims.push(claim);
    }
    this.#readBytes += read - (read % RECORD_BYTES);
  }

  close(): void {
    closeSync(this.#descriptor);
  }
}

class SharedLog {
  readonly #folder: string;
  readonly #clock: () => number;
  readonly #writer: number;
  readonly #files = new Map<number, ClaimFile>();
  #number = 0;

  constructor(folder: string, clock: () => number, writer: number) {
    this.#folder = folder;
    this.#clock = clock;
    this.#writer = writer;
    mkdirSync(folder, { recursive: true, mode: 0o700 });
  }

  /** Appends a claim; what it returns knows all that was claimed before it. */
  claim(
    kind: Spend['kind'],
    amount: number,
  ): { before(): Claim[]; takeBack(): void; isLate: boolean } {
    const atMs = this.#clock();
    this.#number = (this.#number + 1) % 0xffff_ffff;
    const claim: Claim = { atMs, kind, amount, writer: this.#writer, number: this.#number };
    const slot = Math.floor(atMs / FILE_MS);
    const file = this.#file(slot);
    file.append(claim);
    return {
      isLate: this.#clock() - atMs > STALE_CLAIM_MS,
      before: () => {
        const all = this.#claims(slot);
        const own = all.findIndex(
          ({ writer, number, amount: signed }) =>
            writer === claim.writer && number === claim.number && signed === amount,
        );
        return [...all.slice(0, own), ...this.#claimsOfOthers(slot)];
      },
      takeBack: () => file.append({ ...claim, amount: -amount }),
    };
  }

  /** Everything that may still count. */
  all(): Claim[] {
    const slot = Math.floor(this.#clock() / FILE_MS);
    return [...this.#claims(slot), ...this.#claimsOfOthers(slot)];
  }

  #claims(slot: number): Claim[] {
    const file = this.#file(slot);
    file.catchUp();
    return file.claims;
  }

  /** Of the file before, and of the one after, which a quicker process may have begun. */
  #claimsOfOthers(slot: number): Claim[] {
    return [slot - 1, slot + 1].flatMap((other) => this.#claims(other));
  }

  #file(slot: number): ClaimFile {
    const known = this.#files.get(slot);
    if (known !== undefined) return known;
    const file = new ClaimFile(join(this.#folder, `spend-${slot}`));
    this.#files.set(slot, file);
    this.#forget(slot);
    return file;
  }

  /** Files of long ago, and of before the machine was started anew. */
  #forget(slot: number): void {
    const isNear = (other: number): boolean => Math.abs(other - slot) <= 2;
    for (const [other, file] of this.#files) {
      if (isNear(other)) continue;
      file.close();
      this.#files.delete(other);
    }
    for (const name of readdirSync(this.#folder)) {
      const number = /^spend-(\d+)$/.exec(name)?.[1];
      if (number !== undefined && !isNear(Number(number))) {
        rmSync(join(this.#folder, name), { force: true });
      }
    }
  }
}

/**
 * @param folder the same for all processes that share the venue's limit
 * @param writer a number that no other process has
 * @param onFault told when the files fail and the process counts for itself
 */
export function sharedStore(
  folder: string,
  writer: number,
  onFault: (message: string) => void = () => undefined,
  clock: () => number = machineClockMs,
): SpendStore {
  // What this process spends is also kept here, for the time when the files fail.
  const own = memoryStore(clock);
  let log: SharedLog | undefined;
  const shared = <Result>(work: (log: SharedLog) => Result, alone: () => Result): Result => {
    try {
      log ??= new SharedLog(folder, clock, writer);
      return work(log);
    } catch (error) {
      onFault((error as Error).message);
      log = undefined;
      return alone();
    }
  };
  const recent = (claims: readonly Claim[]): Spent => sumOf(claims, clock());
  const isTaken = (
    files: SharedLog,
    kind: Priority,
    weight: number,
    allows: (spent: Spent) => boolean,
  ): boolean => {
    if (!allows(recent(files.all()))) return false;
    const claim = files.claim(kind, weight);
    if (!claim.isLate && allows(recent(claim.before()))) return true;
    claim.takeBack();
    return false;
  };
  return {
    take(kind, weight, allows) {
      const taken = shared<boolean | undefined>(
        (files) => isTaken(files, kind, weight, allows),
        () => undefined,
      );
      if (taken === undefined) return own.take(kind, weight, allows);
      if (taken) own.owe(kind, weight);
      return taken;
    },
    owe(kind, weight) {
      own.owe(kind, weight);
      shared(
        (files) => void files.claim(kind, weight),
        () => undefined,
      );
    },
    bar(forMs) {
      own.bar(forMs);
      shared(
        (files) => void files.claim('bar', Math.ceil(forMs)),
        () => undefined,
      );
    },
    barredMs: () => shared((files) => barOf(files.all(), clock()), own.barredMs),
    count(requests) {
      own.count(requests);
      shared(
        (files) => void files.claim('count', requests),
        () => undefined,
      );
    },
    countedSince: (sinceMs) =>
      shared(
        (files) => countOf(files.all(), sinceMs),
        () => own.countedSince(sinceMs),
      ),
  };
}
