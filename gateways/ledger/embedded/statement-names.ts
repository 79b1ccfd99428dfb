/**
 * Named prepared statements for clients that share one backend: each connection's names get its own
 * prefix, so that two clients may call different statements the same. Portals keep their names:
 * they do not outlive the turn. It reads no more of a message than the name.
 */

/** Messages that name a statement: where the name begins. */
function nameStart(type: string, bytes: Uint8Array): number | undefined {
  if (type === 'P') return 5;
  if (type === 'B') return endOfText(bytes, 5) + 1;
  const isStatement = bytes[5] === 'S'.charCodeAt(0);
  return (type === 'D' || type === 'C') && isStatement ? 6 : undefined;
}

/** Index of the zero byte that ends the text which begins at `start`. */
function endOfText(bytes: Uint8Array, start: number): number {
  const end = bytes.indexOf(0, start);
  if (end < 0) throw new RangeError('message: a name must end with a zero byte');
  return end;
}

function withPrefix(bytes: Uint8Array, at: number, prefix: Uint8Array): Uint8Array {
  const longer = new Uint8Array(bytes.length + prefix.length);
  longer.set(bytes.subarray(0, at));
  longer.set(prefix, at);
  longer.set(bytes.subarray(at), at + prefix.length);
  const view = new DataView(longer.buffer);
  view.setInt32(1, view.getInt32(1) + prefix.length);
  return longer;
}

const text = new TextDecoder();

/** The names of one connection. */
export class StatementNames {
  readonly #prefix: Uint8Array;
  readonly #prefixText: string;
  readonly #known = new Set<string>();

  constructor(connectionId: number) {
    this.#prefixText = `c${connectionId}.`;
    this.#prefix = new TextEncoder().encode(this.#prefixText);
  }

  /** The message as the backend shall see it. @throws RangeError on a name without an end */
  own(type: string, bytes: Uint8Array): Uint8Array {
    const at = nameStart(type, bytes);
    // The unnamed statement is replaced by its next Parse, which belongs to the same turn.
    if (at === undefined || bytes[at] === 0) return bytes;
    if (type === 'P') this.#known.add(text.decode(bytes.subarray(at, endOfText(bytes, at))));
    return withPrefix(bytes, at, this.#prefix);
  }

  /** Close messages for all statements of the connection, for when it is gone. */
  farewell(): readonly Uint8Array[] {
    return [...this.#known].map((name) => {
      const body = new TextEncoder().encode(`S${this.#prefixText}${name}\0`);
      const message = new Uint8Array(5 + body.length);
      message[0] = 'C'.charCodeAt(0);
      new DataView(message.buffer).setInt32(1, 4 + body.length);
      message.set(body, 5);
      return message;
    });
  }
}
