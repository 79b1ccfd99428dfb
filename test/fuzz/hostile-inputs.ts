/**
 * What a hostile or broken client sends: bodies, frames and raw bytes, the same for the same seed.
 * It sends nothing itself.
 */
import { gzipSync } from 'node:zlib';
import type { Rng } from '../../domain/kernel/rng.ts';

export interface HostileRequest {
  readonly kind: string;
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

/** One frame of a web socket. */
export type HostileFrame = string | Buffer;

const pick = <Value>(rng: Rng, values: readonly Value[]): Value =>
  values[rng.int(values.length)] as Value;

const ADDRESS = '0x5e9ee1089755c3435139848e47e6635505d5a13a';

/** JSON texts, not values: some are values that no JSON writer would write. */
const ODD_VALUES = [
  ...['null', 'true', '0', '-0', '-1', '1e308', '1e400', '-1e999', '9007199254740993', '1e-400'],
  ...['NaN', 'Infinity', 'undefined', '0x10', '01', '.5', '1.', '+1', '1_000'],
  ...['"NaN"', '"Infinity"', '"-0"', '"1e5"', '"0x10"', '""', '" 1"', '"1,000"', '"0.0000000001"'],
  ...['"__proto__"', '"constructor"', '"toString"', '"hasOwnProperty"', '"prototype"'],
  ...['"\\u0000"', '"\\ud800"', '"\\uffff"', '"’"', '"💥"', '"\\n"', '"../../etc/passwd"'],
  ...['[]', '{}', '[[]]', '[null]', '{"__proto__":{"polluted":true}}', '{"length":4294967295}'],
  ...['{"constructor":{"prototype":{"polluted":true}}}', '{"toJSON":1}', '{"then":"x"}'],
  `"${'9'.repeat(60)}"`,
  `"0.${'0'.repeat(40)}1"`,
  `"${'A'.repeat(500)}"`,
  '9'.repeat(400),
] as const;

const SIGNATURE = `{"r":"0x${'1f'.repeat(32)}","s":"0x${'2e'.repeat(32)}","v":27}`;
const ORDER =
  '{"a":0,"b":true,"p":"50000","s":"0.01","r":false,"t":{"limit":{"tif":"Gtc"}},' +
  '"c":"0x00000000000000000000000000000001"}';
const envelope = (action: string): string =>
  `{"action":${action},"nonce":1700000000000,"signature":${SIGNATURE},"vaultAddress":null}`;

const GOOD_QUESTIONS = [
  '{"type":"l2Book","coin":"BTC","nSigFigs":5,"mantissa":2}',
  `{"type":"clearinghouseState","user":"${ADDRESS}","dex":""}`,
  `{"type":"orderStatus","user":"${ADDRESS}","oid":1}`,
  `{"type":"userFillsByTime","user":"${ADDRESS}","startTime":0,"endTime":null}`,
  '{"type":"candleSnapshot","req":{"coin":"BTC","interval":"1m","startTime":0,"endTime":1}}',
  '{"type":"fundingHistory","coin":"BTC","startTime":0}',
  `{"type":"userRole","user":"${ADDRESS}"}`,
  '{"type":"allMids"}',
] as const;

const GOOD_ENVELOPES = [
  `{"type":"order","orders":[${ORDER}],"grouping":"na"}`,
  '{"type":"cancel","cancels":[{"a":0,"o":1}]}',
  '{"type":"cancelByCloid","cancels":[{"asset":0,"cloid":"0x00000000000000000000000000000001"}]}',
  '{"type":"updateLeverage","asset":0,"isCross":true,"leverage":5}',
  '{"type":"noop"}',
  `{"type":"batchModify","modifies":[{"oid":1,"order":${ORDER}}]}`,
  '{"type":"scheduleCancel","time":1700000000000}',
  `{"type":"vaultTransfer","vaultAddress":"${ADDRESS}","isDeposit":true,"usd":1}`,
].map(envelope);

const GOOD_FRAMES = [
  '{"method":"subscribe","subscription":{"type":"l2Book","coin":"BTC","nSigFigs":5}}',
  '{"method":"subscribe","subscription":{"type":"candle","coin":"BTC","interval":"1m"}}',
  `{"method":"subscribe","subscription":{"type":"userFills","user":"${ADDRESS}"}}`,
  '{"method":"subscribe","subscription":{"type":"allMids"}}',
  '{"method":"unsubscribe","subscription":{"type":"l2Book","coin":"BTC","nSigFigs":5}}',
  ...GOOD_QUESTIONS.map(
    (payload) => `{"method":"post","id":1,"request":{"type":"info","payload":${payload}}}`,
  ),
  ...GOOD_ENVELOPES.map(
    (payload) => `{"method":"post","id":1,"request":{"type":"action","payload":${payload}}}`,
  ),
  '{"method":"ping"}',
] as const;

/** Where a value of a JSON text begins and ends: strings that are no keys, numbers, words. */
const VALUE = /(?<=[:[,])("[^"]*"(?!\s*:)|-?\d[\d.eE+-]*|true|false|null)/g;
const KEY = /"[A-Za-z]\w*":/g;

function replaceOne(rng: Rng, text: string, pattern: RegExp, by: (old: string) => string): string {
  const matches = [...text.matchAll(pattern)];
  if (matches.length === 0) return text;
  const { index, 0: old } = pick(rng, matches);
  return text.slice(0, index) + by(old) + text.slice(index + old.length);
}

/** Changes of a good text, one of which is made. */
const CHANGES: readonly ((rng: Rng, text: string) => string)[] = [
  (rng, text) => replaceOne(rng, text, VALUE, () => pick(rng, ODD_VALUES)),
  (rng, text) => replaceOne(rng, text, VALUE, () => pick(rng, ODD_VALUES)),
  (rng, text) => replaceOne(rng, text, VALUE, (old) => `[${old}]`),
  (rng, text) => replaceOne(rng, text, KEY, () => `"${pick(rng, ['__proto__', 'x', ''])}":`),
  // The same key twice, with another value first.
  (rng, text) => replaceOne(rng, text, KEY, (old) => `${old}${pick(rng, ODD_VALUES)},${old}`),
  (rng, text) => text.slice(0, rng.int(text.length)),
  (rng, text) => text + pick(rng, [',', '}', 'null', '\u0000', text]),
  (rng, text) => {
    const at = rng.int(text.length);
    return text.slice(0, at) + String.fromCharCode(rng.int(0x10000)) + text.slice(at + 1);
  },
  (_rng, text) => `[${text}]`,
  (_rng, text) => `\ufeff${text}`,
  (_rng, text) => JSON.stringify(text),
];

function changed(rng: Rng, text: string): string {
  let result = text;
  for (let times = 1 + rng.int(3); times > 0; times -= 1) {
    result = pick(rng, CHANGES)(rng, result);
  }
  return result;
}

function nested(rng: Rng): string {
  const depth = pick(rng, [100, 5_000, 40_000]);
  return pick(rng, [
    '['.repeat(depth),
    '['.repeat(depth) + ']'.repeat(depth),
    `${'{"type":'.repeat(depth)}1${'}'.repeat(depth)}`,
    `{"type":"allMids","x":${'['.repeat(depth)}${']'.repeat(depth)}}`,
    envelope(`{"type":"order","orders":${'['.repeat(depth)}${']'.repeat(depth)}}`),
  ]);
}

const manyOrders = (rng: Rng): string =>
  envelope(
    `{"type":"order","orders":[${new Array(1 + rng.int(200)).fill(ORDER).join(',')}],` +
      '"grouping":"na"}',
  );

function badBytes(rng: Rng, text: string): Buffer {
  const bytes = Buffer.from(text);
  return pick(rng, [
    () => Buffer.concat([bytes.subarray(0, -1), Buffer.of(0xff, 0xfe, 0x7d)]),
    () => Buffer.from(text, 'utf16le'),
    () => gzipSync(bytes),
    () => {
      for (let times = 0; times < 5; times += 1) bytes[rng.int(bytes.length)] = rng.int(256);
      return bytes;
    },
  ])();
}

const METHODS = ['GET', 'PUT', 'DELETE', 'HEAD', 'OPTIONS', 'PATCH'] as const;
const PATHS = [
  '/',
  '/ws',
  '/info/',
  '/INFO',
  '/exchange/../info',
  '/%69nfo',
  '/__proto__',
] as const;

/** Shares in thousandths. */
const REQUEST_KINDS: readonly [share: number, kind: string][] = [
  [695, 'changed'],
  [70, 'well formed'],
  [80, 'bad bytes'],
  [60, 'wrong method or path'],
  [50, 'odd headers'],
  [15, 'many orders'],
  [25, 'nested'],
  [5, 'too long'],
];

function kindOf(rng: Rng): string {
  let left = rng.int(1000);
  for (const [share, kind] of REQUEST_KINDS) {
    left -= share;
    if (left < 0) return kind;
  }
  return 'changed';
}

const ODD_HEADERS: readonly Readonly<Record<string, string>>[] = [
  { 'content-encoding': 'gzip' },
  { 'content-encoding': 'br, deflate' },
  { 'content-type': 'text/plain; charset=utf-16' },
  { 'transfer-encoding': 'chunked' },
  { connection: 'upgrade', upgrade: 'h2c' },
  { expect: '100-continue' },
  { 'x-forwarded-for': '10.0.0.1', host: '' },
  { cookie: 'a'.repeat(8000) },
];

/** A request over HTTP: what would have been good, made bad in one of many ways. */
export function hostileRequest(rng: Rng): HostileRequest {
  const kind = kindOf(rng);
  const path = pick(rng, ['/info', '/exchange']);
  const good = pick(rng, path === '/info' ? GOOD_QUESTIONS : GOOD_ENVELOPES);
  const request = { kind, method: 'POST', path, headers: {}, body: Buffer.from(good) };
  switch (kind) {
    case 'well formed':
      return request;
    case 'bad bytes':
      return { ...request, body: badBytes(rng, good) };
    case 'wrong method or path':
      return rng.int(2) === 0
        ? { ...request, method: pick(rng, METHODS) }
        : { ...request, path: pick(rng, PATHS) };
    case 'odd headers':
      return { ...request, headers: pick(rng, ODD_HEADERS) };
    case 'many orders':
      return { ...request, path: '/exchange', body: Buffer.from(manyOrders(rng)) };
    case 'nested':
      return { ...request, body: Buffer.from(nested(rng)) };
    case 'too long':
      return { ...request, body: Buffer.alloc(270_000 + rng.int(100_000), '[') };
    default:
      return { ...request, body: Buffer.from(changed(rng, good)) };
  }
}

const COINS = ['BTC', 'ETH', 'SOL', 'NOPE', '__proto__', 'constructor', 'toString', ''] as const;

function subscriptionStorm(rng: Rng): string {
  const subscription = pick(rng, [
    () => ({ type: 'trades', coin: pick(rng, COINS) }),
    () => ({ type: 'bbo', coin: `${pick(rng, COINS)}${rng.int(1000)}` }),
    () => ({ type: 'l2Book', coin: pick(rng, COINS), nSigFigs: 2 + rng.int(4) }),
    () => ({
      type: 'orderUpdates',
      user: `0x${rng
        .int(2 ** 31)
        .toString(16)
        .padStart(40, '0')}`,
    }),
    () => ({ type: 'activeAssetCtx', coin: pick(rng, COINS) }),
  ])();
  const method = rng.int(4) === 0 ? 'unsubscribe' : 'subscribe';
  return JSON.stringify({ method, subscription });
}

/** A frame of a web socket; few are such that the connection must end. */
export function hostileFrame(rng: Rng): HostileFrame {
  const roll = rng.int(1000);
  if (roll < 2) return Buffer.from(pick(rng, GOOD_FRAMES));
  if (roll < 4) return `{"method":"${'x'.repeat(300_000)}"}`;
  if (roll < 20) return nested(rng);
  if (roll < 320) return subscriptionStorm(rng);
  const good = pick(rng, GOOD_FRAMES);
  return roll < 400 ? good : changed(rng, good);
}

const HANDSHAKE =
  'GET /ws HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n' +
  'Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n';

/** Frames that break the protocol: unmasked, of a reserved kind, too long, cut, never ended. */
const BROKEN_FRAMES: readonly Buffer[] = [
  Buffer.of(0x81, 0x02, 0x68, 0x69),
  Buffer.of(0x83, 0x80, 0, 0, 0, 0),
  Buffer.of(0xf1, 0x80, 0, 0, 0, 0),
  Buffer.of(0x81, 0xff, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0),
  Buffer.of(0x89, 0xfe, 0x01, 0x00, 0, 0, 0, 0),
  Buffer.of(0x80, 0x80, 0, 0, 0, 0),
  Buffer.concat([Buffer.of(0x01, 0x80, 0, 0, 0, 0), Buffer.of(0x01, 0x80, 0, 0, 0, 0)]),
  Buffer.concat([Buffer.of(0x81, 0x82, 0, 0, 0, 0), Buffer.of(0xff, 0xff)]),
  Buffer.of(0x88, 0x81, 0, 0, 0, 0, 0x03),
  Buffer.concat(new Array(2000).fill(Buffer.of(0x00, 0x81, 0, 0, 0, 0, 0x41))),
  Buffer.of(0x81, 0xfe),
];

const RAW: readonly string[] = [
  '',
  'G',
  'POST /info HTTP/1.1\r\nHost: x\r\nContent-Len',
  'POST /info HTTP/1.1\r\nHost: x\r\nContent-Length: 50\r\n\r\n{"type":',
  'POST /info HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\n{}',
  'POST /info HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n',
  'POST /info HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nffffffffffffffff\r\n',
  'POST /info HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n1\r\n{\r\n',
  `POST /info HTTP/1.1\r\nHost: x\r\nX: ${'a'.repeat(20_000)}\r\n\r\n`,
  'POST /info HTTP/9.9\r\n\r\n',
  '\u0016\u0003\u0001\u0002\u0000\u0001\u0000',
  'GET /ws HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n',
  HANDSHAKE.replace('GET', 'POST'),
  HANDSHAKE.replace('/ws', '/elsewhere'),
  HANDSHAKE.replace('13', '7'),
  HANDSHAKE.replace('dGhlIHNhbXBsZSBub25jZQ==', 'short'),
  'CONNECT x:443 HTTP/1.1\r\nHost: x\r\n\r\n',
  'GET /info HTTP/1.1\r\nHost: x\r\n\r\n'.repeat(20),
];

/** The bytes of a connection that speaks no good HTTP, or breaks off in the middle of it. */
export function hostileBytes(rng: Rng): Buffer {
  if (rng.int(2) === 0) return Buffer.from(pick(rng, RAW), 'latin1');
  return Buffer.concat([Buffer.from(HANDSHAKE), pick(rng, BROKEN_FRAMES)]);
}
