/** The paper exchange as a child process, to be killed at will. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import type { ActionInput } from '../../../gateways/hyperliquid/wire/actions.ts';
import { addressOf, signL1Action } from '../../../gateways/hyperliquid/wire/signing.ts';

const MAIN = fileURLToPath(new URL('../../../gateways/paper-exchange/main.ts', import.meta.url));

export const KEY = '0x0123456789012345678901234567890123456789012345678901234567890123';
export const USER = addressOf(KEY);

const readySchema = z.object({
  ready: z.literal(true),
  url: z.url(),
  wsUrl: z.url(),
  admin: z.object({ url: z.url(), token: z.string() }),
});

export interface ServerProcess {
  readonly child: ChildProcess;
  readonly url: string;
  readonly wsUrl: string;
  readonly admin: { readonly url: string; readonly token: string };
  /** What it has logged so far. */
  readonly stderr: () => string;
  /** Sends a signal and waits for the end; the exit code, or null when the signal ended it. */
  stop(signal: NodeJS.Signals): Promise<number | null>;
}

/** Runs the program to its end, for flags with which it does not start. */
export async function runToEnd(args: readonly string[]) {
  const child = spawn(process.execPath, [MAIN, ...args]);
  const [out, err] = collect(child);
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, stdout: out(), stderr: err() };
}

function collect(child: ChildProcess): [() => string, () => string] {
  const texts = ['', ''];
  [child.stdout, child.stderr].forEach((stream, index) => {
    stream?.setEncoding('utf8').on('data', (text: string) => {
      texts[index] += text;
    });
  });
  return [() => texts[0] ?? '', () => texts[1] ?? ''];
}

/** Starts a server and waits until it says that it listens. */
export async function startServer(
  args: readonly string[],
  nodeArgs: readonly string[] = [],
): Promise<ServerProcess> {
  const ownArgs = ['--port', '0', '--limits', 'none'];
  const child = spawn(process.execPath, [...nodeArgs, MAIN, ...ownArgs, ...args]);
  const [out, err] = collect(child);
  const ended = once(child, 'close') as Promise<[number | null]>;
  const isReady = new Promise<void>((resolve) => {
    child.stdout.on('data', () => out().includes('\n') && resolve());
  });
  await Promise.race([
    isReady,
    ended.then(([code]) => {
      throw new Error(`the server ended with ${code}: ${err()}`);
    }),
  ]);
  const { url, wsUrl, admin } = readySchema.parse(JSON.parse(out()));
  return {
    child,
    url,
    wsUrl,
    admin,
    stderr: err,
    stop: async (signal) => {
      child.kill(signal);
      const [code] = await ended;
      return code;
    },
  };
}

/** Posts JSON and reads JSON. */
export async function post(url: string, body: unknown): Promise<unknown> {
  const answer = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  return answer.json();
}

/** A signed body of `POST /exchange`. */
export function signedBody(action: ActionInput, nonce: number) {
  const signature = signL1Action({ privateKey: KEY, action, nonce, isMainnet: false });
  return { action, nonce, signature };
}
