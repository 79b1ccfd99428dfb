/**
 * A proxy between worker and server that can make workflows leave the worker that remembers them. The
 * server that skips time gives a workflow's next task to that worker for ever, also when it is gone;
 * the real ones stop after some seconds. While it releases, the proxy takes out of every answer where
 * the worker would like the next task.
 */
import {
  type ClientHttp2Session,
  connect,
  createServer,
  type Http2Server,
  type IncomingHttpHeaders,
  type ServerHttp2Stream,
} from 'node:http2';
import type { AddressInfo } from 'node:net';
import { gunzipSync } from 'node:zlib';

const COMPLETED = '/temporal.api.workflowservice.v1.WorkflowService/RespondWorkflowTaskCompleted';
/** The number of `sticky_attributes` in that request. */
const STICKY_FIELD = 4;
/** What a gRPC message has before it: whether it is compressed, and its length. */
const PREFIX_BYTES = 5;

interface Varint {
  readonly value: number;
  readonly end: number;
}

function varintAt(bytes: Buffer, start: number): Varint {
  let [value, end, factor] = [0, start, 1];
  for (;;) {
    const byte = bytes[end] ?? 0;
    value += (byte & 0x7f) * factor;
    end += 1;
    if (byte < 0x80) return { value, end };
    factor *= 0x80;
  }
}

/** Where the field that starts with this key ends. */
function endOfField(bytes: Buffer, { value, end }: Varint): number {
  const wire = value % 8;
  if (wire === 0) return varintAt(bytes, end).end;
  if (wire === 1) return end + 8;
  if (wire === 5) return end + 4;
  const length = varintAt(bytes, end);
  return length.end + length.value;
}

/** The message without one of its fields. */
function without(message: Buffer, field: number): Buffer {
  const kept: Buffer[] = [];
  for (let at = 0; at < message.length; ) {
    const key = varintAt(message, at);
    const end = endOfField(message, key);
    if (Math.floor(key.value / 8) !== field) kept.push(message.subarray(at, end));
    at = end;
  }
  return Buffer.concat(kept);
}

function released(body: Buffer): Buffer {
  const sent = body.subarray(PREFIX_BYTES);
  const message = without(body[0] === 0 ? sent : gunzipSync(sent), STICKY_FIELD);
  const prefix = Buffer.alloc(PREFIX_BYTES);
  prefix.writeUInt32BE(message.length, 1);
  return Buffer.concat([prefix, message]);
}

const plain = (headers: IncomingHttpHeaders): IncomingHttpHeaders =>
  Object.fromEntries(Object.entries(headers).filter(([name]) => name !== 'connection'));

export class ReleaseProxy {
  releasing = false;
  private readonly server: Http2Server;
  private readonly backend: ClientHttp2Session;

  private constructor(target: string) {
    this.backend = connect(`http://${target}`);
    // The server goes before the proxy does.
    this.backend.on('error', () => undefined);
    this.server = createServer();
    this.server.on('sessionError', () => undefined);
    this.server.on('stream', (stream, headers) => void this.forward(stream, headers));
  }

  static async open(target: string): Promise<ReleaseProxy> {
    const proxy = new ReleaseProxy(target);
    await new Promise<void>((resolve) => proxy.server.listen(0, '127.0.0.1', resolve));
    return proxy;
  }

  get address(): string {
    return `127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  private async forward(stream: ServerHttp2Stream, headers: IncomingHttpHeaders): Promise<void> {
    stream.on('error', () => undefined);
    const request = this.backend.request(plain(headers));
    request.on('error', () => stream.destroy());
    stream.on('close', () => request.close());
    request.on('response', (answer) => {
      stream.respond(plain(answer), { waitForTrailers: true });
      request.pipe(stream);
    });
    let trailers: IncomingHttpHeaders = {};
    request.on('trailers', (last) => {
      trailers = last;
    });
    stream.on('wantTrailers', () => stream.sendTrailers(plain(trailers)));
    if (headers[':path'] !== COMPLETED) {
      stream.pipe(request);
      return;
    }
    const chunks: Buffer[] = [];
    for await (const chunk of stream as AsyncIterable<Buffer>) chunks.push(chunk);
    const body = Buffer.concat(chunks);
    request.end(this.releasing ? released(body) : body);
  }

  close(): void {
    this.server.close();
    this.backend.destroy();
  }
}
