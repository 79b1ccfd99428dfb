/**
 * Reads the JSON body of a request, however it arrives: at once, in pieces, too long, half, or in
 * an encoding that is none. It waits as long as the server's own timeouts let it, and judges no
 * content: a whole body is parsed when somebody asks for its value.
 */
import { isUtf8 } from 'node:buffer';
import type { IncomingMessage } from 'node:http';

const MAX_BODY_BYTES = 256 * 1024;

/** The JSON value (undefined when it is none), or why there is no body to speak of. */
export type Body = { readonly json: unknown } | 'too long' | 'encoded' | 'cut off';

class WholeBody {
  readonly #bytes: Buffer;
  #value: { readonly json: unknown } | undefined;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  get json(): unknown {
    this.#value ??= { json: parse(this.#bytes) };
    return this.#value.json;
  }
}

function parse(bytes: Buffer): unknown {
  if (!isUtf8(bytes)) return undefined;
  try {
    return JSON.parse(bytes.toString('utf8'));
  } catch {
    return undefined; // no JSON text has this value
  }
}

function isEncoded({ headers }: IncomingMessage): boolean {
  const encoding = headers['content-encoding'];
  return encoding !== undefined && encoding.toLowerCase() !== 'identity';
}

/** Resolves when the body is whole, or as soon as it is known to be no use. Never rejects. */
export function readBody(request: IncomingMessage): Promise<Body> {
  if (isEncoded(request)) return Promise.resolve('encoded');
  if (Number(request.headers['content-length']) > MAX_BODY_BYTES) {
    return Promise.resolve('too long');
  }
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    let bytes = 0;
    const keep = (chunk: Buffer): void => {
      bytes += chunk.length;
      if (bytes > MAX_BODY_BYTES) {
        request.off('data', keep);
        request.pause();
        resolve('too long');
      } else chunks.push(chunk);
    };
    request.on('data', keep);
    request.on('end', () => {
      const [first] = chunks;
      const whole = chunks.length === 1 && first ? first : Buffer.concat(chunks, bytes);
      resolve(new WholeBody(whole));
    });
    request.on('error', () => resolve('cut off'));
    request.on('close', () => resolve('cut off'));
  });
}
