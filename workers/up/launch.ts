/** One run of a child: started, watched for its ready line, logged, until it ends. */
import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ChildSpec } from './child-spec.ts';
import type { LogFile } from './log-file.ts';

export interface Launch {
  readonly process: ChildProcess;
  /** Rejects when it ends or dawdles before it is ready. */
  readonly ready: Promise<void>;
  /** How it ended, e.g. `exit code 1` or `signal SIGKILL`; never rejects. */
  readonly ended: Promise<string>;
  /** What it said last on stderr, for a message when it ends before it was ready. */
  lastWords(): string;
}

const WARNING_LEVEL = 40;
const LAST_WORDS_LINES = 5;
const LINE_LENGTH_MAX = 400;

export function launch(spec: ChildSpec, log: LogFile, onWarning: (text: string) => void): Launch {
  const child = spawn(spec.command, [...spec.args], {
    env: spec.env,
    stdio: ['ignore', 'pipe', 'pipe'],
    // A group of its own: Ctrl-C reaches us alone, and we end the children in order.
    detached: true,
  });
  const ended = new Promise<string>((resolve) => {
    child.once('error', (error) => resolve(error.message));
    child.once('exit', (code, signal) =>
      resolve(signal === null ? `exit code ${code}` : `signal ${signal}`),
    );
  });
  const words: string[] = [];
  const saidReady = new Promise<void>((resolve) => {
    followLines(child.stdout, log, (line) => {
      if (isReadyLine(line)) resolve();
    });
  });
  followLines(child.stderr, log, (line) => {
    const entry = logEntryOf(line);
    const text = (entry?.text ?? line).slice(0, LINE_LENGTH_MAX);
    words.push(text);
    if (words.length > LAST_WORDS_LINES) words.shift();
    if (entry !== undefined && entry.level >= WARNING_LEVEL) onWarning(text);
  });
  const lastWords = (): string => words.join('\n');
  const ready = readyInTime(spec, saidReady, ended);
  return { process: child, ready, ended, lastWords };
}

async function readyInTime(
  spec: ChildSpec,
  saidReady: Promise<void>,
  ended: Promise<string>,
): Promise<void> {
  const pointless = new AbortController();
  const late = sleep(spec.readyWithinMs, undefined, { signal: pointless.signal }).then(
    (): never => {
      throw new Error(`not ready within ${spec.readyWithinMs / 1_000} s`);
    },
  );
  const died = ended.then((how): never => {
    throw new Error(`ended before it was ready (${how})`);
  });
  const ready = spec.probe?.(pointless.signal) ?? saidReady;
  try {
    await Promise.race([ready, died, late]);
  } finally {
    pointless.abort();
    // Whichever of them fails later is no news.
    for (const other of [ready, died, late]) other.catch(() => {});
  }
}

function followLines(stream: Readable | null, log: LogFile, onLine: (line: string) => void): void {
  if (stream === null) return;
  stream.on('data', (chunk: Buffer) => log.append(chunk));
  createInterface({ input: stream }).on('line', onLine);
}

function isReadyLine(line: string): boolean {
  return line.startsWith('{') && (parse(line) as { ready?: unknown } | undefined)?.ready === true;
}

/** An entry of pino's, which all our processes log with. */
function logEntryOf(line: string): { level: number; text: string } | undefined {
  if (!line.startsWith('{')) return undefined;
  const entry = parse(line) as { level?: unknown; msg?: unknown; err?: { message?: unknown } };
  if (typeof entry?.level !== 'number') return undefined;
  const words = [entry.msg, entry.err?.message].filter((one) => typeof one === 'string');
  return { level: entry.level, text: words.join(': ') };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
