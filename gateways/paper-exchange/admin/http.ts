/**
 * The admin interface: JSON over HTTP under `/admin/`, for programs on this machine that hold the
 * token. Browsers are refused whatever they send, since a page may reach any port of its reader.
 */
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { describeViolation } from '../../../domain/kernel/outcome.ts';
import type { Log } from '../log.ts';
import { readBody } from '../server/body.ts';
import type { AdminAnswer, AdminDesk } from './desk.ts';
import { isSameToken } from './token.ts';

export const ADMIN_PATH = '/admin';

interface AdminReply {
  readonly status: number;
  readonly json?: object;
  readonly text?: string;
}

type Route = (body: unknown, rest: string) => AdminAnswer | Promise<AdminAnswer>;

const LOOPBACK_HOST = /^(127\.0\.0\.1|localhost|\[::1\])(:\d+)?$/;

const refusal = (status: number, message: string): AdminReply => ({
  status,
  json: { error: { message } },
});

function routesOf(desk: AdminDesk): Readonly<Record<string, Route>> {
  return {
    'GET /status': () => desk.status(),
    'GET /accounts': () => desk.accounts(),
    'POST /accounts': (body) => desk.setAccount(body),
    'POST /fund': (body) => desk.fund(body),
    'GET /faults': () => desk.faults(),
    'POST /faults': (body) => desk.addFaults(body),
    'DELETE /faults': (_body, id) => (id === '' ? desk.clearFaults() : desk.removeFault(id)),
    'POST /spike': (body) => desk.spike(body),
    'POST /tape': (body) => desk.moveTape(body),
    'GET /snapshot': () => desk.snapshot(),
    'GET /metrics': () => desk.metrics(),
  };
}

/** Why a request is not listened to, before anything of it is read. */
function turnedAway({ headers }: IncomingMessage, token: string): AdminReply | undefined {
  if (headers.origin !== undefined || headers['sec-fetch-site'] !== undefined) {
    return refusal(403, 'browsers are not admitted');
  }
  if (!LOOPBACK_HOST.test(headers.host ?? '')) {
    return refusal(403, 'the host must be 127.0.0.1 or localhost');
  }
  const [, given = ''] = /^Bearer (\S+)$/.exec(headers.authorization ?? '') ?? [];
  return isSameToken(given, token)
    ? undefined
    : refusal(401, 'authorization must be "Bearer" and the token of this start');
}

function replyOf(answer: AdminAnswer): AdminReply {
  if (answer.ok) return { status: 200, ...answer.value };
  const { error } = answer;
  return { status: 400, json: { error: { message: describeViolation(error), ...error } } };
}

function send(response: ServerResponse, { status, json, text }: AdminReply): void {
  response.writeHead(status, {
    'content-type': text === undefined ? 'application/json' : 'text/plain; charset=utf-8',
    'cache-control': 'no-store',
    // Of a request that was turned away the body was not read.
    ...(status === 200 ? {} : { connection: 'close' }),
  });
  response.end(text ?? JSON.stringify(json));
}

/** Whether a request is for the admin interface. */
export function isAdminPath(url: string | undefined): boolean {
  const path = url?.split('?', 1)[0] ?? '';
  return path === ADMIN_PATH || path.startsWith(`${ADMIN_PATH}/`);
}

export function createAdminHttp(desk: AdminDesk, token: string, log: Log): RequestListener {
  const routes = routesOf(desk);

  const answer = async (request: IncomingMessage): Promise<AdminReply> => {
    const away = turnedAway(request, token);
    if (away !== undefined) return away;
    const path = (request.url ?? '').split('?', 1)[0]?.slice(ADMIN_PATH.length + 1) ?? '';
    const [name = '', ...rest] = path.split('/');
    const key = `${request.method} /${name}`;
    const route = Object.hasOwn(routes, key) ? routes[key] : undefined;
    if (route === undefined) {
      return refusal(404, `there is no ${key}; there is ${Object.keys(routes).join(', ')}`);
    }
    const body = await readBody(request);
    if (typeof body === 'string') return refusal(400, `the body is ${body}`);
    return replyOf(await route(body.json, rest.join('/')));
  };

  return (request, response) => {
    answer(request)
      .catch((error: unknown): AdminReply => {
        log.error({ err: error, url: request.url }, 'an admin request failed');
        return refusal(500, error instanceof Error ? error.message : String(error));
      })
      .then((reply) => send(response, reply))
      .catch((error: unknown) => log.debug({ err: error }, 'the admin client is gone'));
  };
}
