/**
 * An honest client in a process of its own: places an order far from the market and cancels it,
 * again and again, and measures each reply. Its parent tells it when; a wrong answer ends it.
 * Arguments: the server's URL, and perhaps the first three parts of the addresses to come from.
 */
import { Agent, request } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { signedBody, USER } from '../gateways/paper-exchange/server-process.ts';

export type Command =
  | { readonly kind: 'rounds'; readonly count: number }
  | { readonly kind: 'start' }
  | { readonly kind: 'stop' };

/** The times of the replies in ms, after `rounds` and after `stop`. */
export interface Report {
  readonly latenciesMs: readonly number[];
}

const restingSchema = z.object({
  status: z.literal('ok'),
  response: z.object({
    data: z.object({ statuses: z.tuple([z.object({ resting: z.object({ oid: z.int() }) })]) }),
  }),
});
const cancelledSchema = z.object({
  status: z.literal('ok'),
  response: z.object({ data: z.object({ statuses: z.tuple([z.literal('success')]) }) }),
});
const canceledSchema = z.object({
  status: z.literal('order'),
  order: z.object({ status: z.literal('canceled') }),
});

const [url = '', from] = process.argv.slice(2);

/** Rounds that one address may make within its minute, beside the questions. */
const ROUNDS_PER_ADDRESS = 100;
let roundsMade = 0;
let agent = new Agent({ keepAlive: true, maxSockets: 1 });

/** Goes on from a fresh address, so that its own limit is not what is measured. */
function moveOn(): void {
  roundsMade += 1;
  if (from === undefined || roundsMade % ROUNDS_PER_ADDRESS !== 1) return;
  agent.destroy();
  const localAddress = `${from}.${1 + Math.floor(roundsMade / ROUNDS_PER_ADDRESS)}`;
  agent = new Agent({ keepAlive: true, maxSockets: 1, localAddress });
}
let nonce = Date.now();

async function post(path: string, body: unknown): Promise<{ json: unknown; tookMs: number }> {
  const text = JSON.stringify(body);
  const startedAt = performance.now();
  const answer = await new Promise<string>((resolve, reject) => {
    const headers = { 'content-type': 'application/json', 'content-length': text.length };
    const sent = request(`${url}${path}`, { method: 'POST', agent, headers }, (response) => {
      let received = '';
      response.setEncoding('utf8').on('data', (chunk: string) => {
        received += chunk;
      });
      response.on('end', () => resolve(received));
      response.on('error', reject);
    });
    sent.on('error', reject);
    sent.end(text);
  });
  return { tookMs: performance.now() - startedAt, json: JSON.parse(answer) };
}

/** Places, cancels, and asks whether it was cancelled. */
async function round(latenciesMs: number[]): Promise<void> {
  moveOn();
  const t = { limit: { tif: 'Gtc' as const } };
  const order = { a: 0, b: true, p: '50000', s: '0.01', r: false, t };
  nonce += 1;
  const placed = await post(
    '/exchange',
    signedBody({ type: 'order', orders: [order], grouping: 'na' }, nonce),
  );
  const { oid } = restingSchema.parse(placed.json).response.data.statuses[0].resting;
  nonce += 1;
  const cancelled = await post(
    '/exchange',
    signedBody({ type: 'cancel', cancels: [{ a: 0, o: oid }] }, nonce),
  );
  cancelledSchema.parse(cancelled.json);
  const asked = await post('/info', { type: 'orderStatus', user: USER, oid });
  canceledSchema.parse(asked.json);
  latenciesMs.push(placed.tookMs, cancelled.tookMs, asked.tookMs);
}

/** Between the rounds of one who trades steadily and floods nobody. */
const PAUSE_MS = 10;

let isTrading = false;

async function trade(): Promise<void> {
  isTrading = true;
  const latenciesMs: number[] = [];
  while (isTrading) {
    await round(latenciesMs);
    await sleep(PAUSE_MS);
  }
  process.send?.({ latenciesMs } satisfies Report);
}

async function obey(command: Command): Promise<void> {
  if (command.kind === 'start') return trade();
  if (command.kind === 'stop') {
    isTrading = false;
    return;
  }
  const latenciesMs: number[] = [];
  for (let index = 0; index < command.count; index += 1) {
    await round(latenciesMs);
    await sleep(PAUSE_MS);
  }
  process.send?.({ latenciesMs } satisfies Report);
}

process.on('message', (command: Command) => {
  obey(command).catch((error: unknown) => {
    process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`);
    process.exit(1);
  });
});
process.on('disconnect', () => process.exit(0));
