/**
 * Cuts the PostgreSQL wire protocol (version 3) into messages. It looks at type and length only and
 * refuses lengths that no client of ours sends, so that a stray connection cannot fill the memory.
 */

/** A message before the session: start-up, or a request for encryption or cancellation. */
export interface StartupFrame {
  readonly kind: 'startup';
  /** The protocol version, or one of the request codes below. */
  readonly code: number;
}

export interface MessageFrame {
  readonly kind: 'message';
  /** The type byte as a letter, e.g. `Q` for a simple query, `S` for Sync. */
  readonly type: string;
  /** The whole message with its type and length, as it came. */
  readonly bytes: Uint8Array;
}

export type Frame = StartupFrame | MessageFrame;

export const CANCEL_REQUEST = 80877102;
export const SSL_REQUEST = 80877103;
export const GSS_REQUEST = 80877104;

const STARTUP_BYTES_MAX = 10_000;
const MESSAGE_BYTES_MAX = 64 * 1024 * 1024;

/** Collects bytes and hands out whole messages. */
export class FrameReader {
  #pending: Buffer = Buffer.alloc(0);
  #started = false;

  push(chunk: Buffer): void {
    this.#pending = this.#pending.length === 0 ? chunk : Buffer.concat([this.#pending, chunk]);
  }

  /**
   * The next whole message, or undefined until more bytes come.
   * @throws RangeError on a length that the protocol or our limits do not allow
   */
  next(): Frame | undefined {
    return this.#started ? this.#nextMessage() : this.#nextStartup();
  }

  #nextStartup(): StartupFrame | undefined {
    if (this.#pending.length < 8) return undefined;
    const length = this.#pending.readInt32BE(0);
    if (length < 8 || length > STARTUP_BYTES_MAX) {
      throw new RangeError(
        `start-up message of ${length} bytes: must be 8 to ${STARTUP_BYTES_MAX}`,
      );
    }
    if (this.#pending.length < length) return undefined;
    const code = this.#pending.readInt32BE(4);
    this.#pending = this.#pending.subarray(length);
    this.#started = code !== SSL_REQUEST && code !== GSS_REQUEST;
    return { kind: 'startup', code };
  }

  #nextMessage(): MessageFrame | undefined {
    if (this.#pending.length < 5) return undefined;
    const length = this.#pending.readInt32BE(1);
    if (length < 4 || length > MESSAGE_BYTES_MAX) {
      throw new RangeError(`message of ${length} bytes: must be 4 to ${MESSAGE_BYTES_MAX}`);
    }
    if (this.#pending.length < length + 1) return undefined;
    // A copy: the database keeps no reference to the buffer that we go on reading from.
    const bytes = Uint8Array.from(this.#pending.subarray(0, length + 1));
    this.#pending = this.#pending.subarray(length + 1);
    return { kind: 'message', type: String.fromCharCode(bytes[0] ?? 0), bytes };
  }
}

function message(type: string, body: Buffer): Buffer {
  const head = Buffer.alloc(5);
  head.write(type, 0, 'latin1');
  head.writeInt32BE(body.length + 4, 1);
  return Buffer.concat([head, body]);
}

const int32 = (value: number): Buffer => {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32BE(value);
  return bytes;
};

/** What a server says after a start-up without password: settings, a key and "ready, idle". */
export function greeting(connectionId: number, serverVersion: string): Buffer {
  const settings: readonly (readonly [string, string])[] = [
    ['server_version', serverVersion],
    ['server_encoding', 'UTF8'],
    ['client_encoding', 'UTF8'],
    ['DateStyle', 'ISO, MDY'],
    ['TimeZone', 'UTC'],
    ['integer_datetimes', 'on'],
    ['standard_conforming_strings', 'on'],
  ];
  return Buffer.concat([
    message('R', int32(0)),
    ...settings.map(([name, value]) => message('S', Buffer.from(`${name}\0${value}\0`))),
    message('K', Buffer.concat([int32(connectionId), int32(0)])),
    message('Z', Buffer.from('I')),
  ]);
}

/** A fatal error for the client, e.g. when too many are connected. */
export function fatalError(sqlState: string, text: string): Buffer {
  return message('E', Buffer.from(`SFATAL\0VFATAL\0C${sqlState}\0M${text}\0\0`));
}

/** The messages that end what an absent client left open: roll back, then leave any error state. */
export const ROLLBACK_QUERY: Uint8Array = message('Q', Buffer.from('ROLLBACK\0'));
export const SYNC: Uint8Array = message('S', Buffer.alloc(0));

/**
 * Whether an answer ends with ReadyForQuery in the idle state: the client's turn is over and no
 * transaction is open.
 */
export function endsIdle(lastBytes: Uint8Array): boolean {
  const tail = lastBytes.subarray(-6);
  return Buffer.from(tail).equals(Buffer.from([0x5a, 0, 0, 0, 5, 0x49]));
}

/** How an error of severity PANIC begins: the localised severity, then the plain one. */
const PANIC = Buffer.from('SPANIC\0VPANIC\0', 'latin1');
/** So much of an answer's earlier part is needed to recognise it across two parts. */
export const PANIC_BYTES: number = PANIC.length;

/**
 * Whether an answer reports that the database gave up, e.g. because its log could not be written.
 * PGlite goes on regardless, with locks that nobody holds any more and a log that it believes to be
 * written: it must be started anew, as PostgreSQL would do by itself.
 */
export const reportsPanic = (bytes: Uint8Array): boolean => Buffer.from(bytes).includes(PANIC);
