/**
 * Who may ask what: GET on a known Host only, no other site's scripts, and headers that keep the
 * page from being framed, sniffed or extended. Binding to loopback is not enough: any web page in
 * the user's browser can reach loopback, and DNS rebinding gives it a name of its own.
 */
import type { IncomingMessage } from 'node:http';

export interface Refusal {
  readonly status: 403 | 405 | 421;
  readonly message: string;
}

/** Sent with every answer. */
export const SECURITY_HEADERS: Readonly<Record<string, string>> = {
  'Content-Security-Policy': [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self'",
    "connect-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; '),
  'X-Content-Type-Options': 'nosniff',
  'X-Frame-Options': 'DENY',
  'Referrer-Policy': 'no-referrer',
  'Cross-Origin-Resource-Policy': 'same-origin',
  'Cross-Origin-Opener-Policy': 'same-origin',
};

const LOOPBACK_NAMES = ['127.0.0.1', 'localhost', '[::1]'];

/** Why the request is refused, or undefined. */
export function refusalOf(request: IncomingMessage, port: number): Refusal | undefined {
  const host = request.headers.host ?? '';
  if (!LOOPBACK_NAMES.some((name) => host === `${name}:${port}`)) {
    const rule = `must be ${LOOPBACK_NAMES.join(', ')} with port ${port}`;
    return { status: 421, message: `Host ${JSON.stringify(host)}: ${rule}` };
  }
  if (request.method !== 'GET') {
    return { status: 405, message: `method ${request.method}: must be GET` };
  }
  const site = request.headers['sec-fetch-site'];
  const isNavigation = request.headers['sec-fetch-mode'] === 'navigate';
  if (site !== undefined && site !== 'same-origin' && site !== 'none' && !isNavigation) {
    return { status: 403, message: `Sec-Fetch-Site ${site}: must be same-origin` };
  }
  const origin = request.headers.origin;
  if (origin !== undefined && origin !== `http://${host}`) {
    return { status: 403, message: `Origin ${JSON.stringify(origin)}: must be http://${host}` };
  }
  return undefined;
}
