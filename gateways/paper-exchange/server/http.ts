/**
 * HTTP of the paper exchange: `POST /info` and `POST /exchange` with the venue's status codes. A
 * body that means nothing gets 422 in plain text; nothing that is sent here ends the process.
 */
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { infoRequestSchema } from '../../hyperliquid/wire/info-requests.ts';
import type { Log } from '../log.ts';
import type { AnswerAction } from '../protocol/actions.ts';
import type { Answer } from '../protocol/info.ts';

/** The venue's words for a body that it cannot read. */
export const MALFORMED = 'Failed to deserialize the JSON body into the target type';

const MAX_BODY_BYTES = 256 * 1024;

interface Reply {
  readonly status: number;
  /** A string is sent as plain text, anything else as JSON. */
  readonly text?: string;
  readonly json?: unknown;
}

const malformed: Reply = { status: 422, text: MALFORMED };

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined; // no JSON text has this value
  }
}

/** The body as text, or undefined when it is longer than allowed. */
async function readBody(request: IncomingMessage): Promise<string | undefined> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  // The stream must outlive the loop: destroying it would cut the refusal off as well.
  const body = request.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>;
  for await (const chunk of body) {
    bytes += chunk.length;
    if (bytes > MAX_BODY_BYTES) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function send(response: ServerResponse, reply: Reply): void {
  const body = reply.text ?? JSON.stringify(reply.json);
  const type = reply.text === undefined ? 'application/json' : 'text/plain; charset=utf-8';
  response.writeHead(reply.status, {
    'content-type': type,
    'content-length': Buffer.byteLength(body),
    ...(reply.status === 413 ? { connection: 'close' } : {}),
  });
  response.end(body);
}

/** Joins the answers to a listener of node's HTTP server. */
export function createHttp(info: Answer, exchange: AnswerAction, log: Log): RequestListener {
  const routes: Readonly<Record<string, (body: unknown) => Reply>> = {
    '/info': (body) => {
      const request = infoRequestSchema.safeParse(body);
      return request.success ? { status: 200, json: info(request.data) } : malformed;
    },
    '/exchange': (body) => {
      const answer = exchange(body);
      return answer === 'malformed' ? malformed : { status: 200, json: answer };
    },
  };

  const answer = async (request: IncomingMessage): Promise<Reply> => {
    const path = request.url?.split('?')[0] ?? '';
    const route = Object.hasOwn(routes, path) ? routes[path] : undefined;
    if (route === undefined) return { status: 404, text: 'Not Found' };
    if (request.method !== 'POST') return { status: 405, text: 'Method Not Allowed' };
    const text = await readBody(request);
    if (text === undefined) return { status: 413, text: 'Payload Too Large' };
    return route(parseJson(text));
  };

  return (request, response) => {
    answer(request)
      .catch((error: unknown): Reply => {
        log.error({ err: error, url: request.url }, 'a request failed');
        return { status: 500, text: 'Internal Server Error' };
      })
      .then((reply) => send(response, reply))
      .catch((error: unknown) => log.debug({ err: error }, 'the client is gone'));
  };
}
