/**
 * `<dataDir>/runtime.json`: what `perpetua up` runs and where it is reached, written by the supervisor
 * alone and read by every command. A file whose supervisor is gone says so instead of being believed.
 */
import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { isStillRunning } from './process-probe.ts';

const processSchema = z.object({
  name: z.string(),
  pid: z.int().positive(),
  /** As the system showed it after the start: proof that a pid is still the same process. */
  commandLine: z.string(),
  port: z.int().optional(),
});

const runtimeSchema = z.object({
  pid: z.int().positive(),
  commandLine: z.string(),
  startedMs: z.int(),
  phase: z.enum(['starting', 'ready', 'stopping']),
  network: z.enum(['paper', 'testnet', 'mainnet']),
  deployment: z.string(),
  account: z.string(),
  temporalAddress: z.string(),
  namespace: z.string(),
  taskQueue: z.string(),
  temporalUiUrl: z.string().optional(),
  ledgerUrl: z.string(),
  exchangeUrl: z.string(),
  exchangeWsUrl: z.string(),
  dashboardUrl: z.string(),
  /** Every port that the stack listens on, by part. */
  ports: z.record(z.string(), z.int()),
  processes: z.array(processSchema),
});

export type RuntimeState = z.infer<typeof runtimeSchema>;
export type ProcessRecord = z.infer<typeof processSchema>;

export type RuntimeReading =
  | { readonly kind: 'running'; readonly state: RuntimeState }
  /** The supervisor died without tidying up; its children may still run. */
  | { readonly kind: 'stale'; readonly state: RuntimeState; readonly message: string }
  | { readonly kind: 'absent'; readonly message: string };

const fileIn = (dataDir: string): string => join(dataDir, 'runtime.json');

/** Reads the state of the stack in a data folder. Never throws: what cannot be read is absent. */
export function readRuntime(dataDir: string): RuntimeReading {
  const file = fileIn(dataDir);
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch {
    return { kind: 'absent', message: `no stack runs in ${dataDir}: start one with perpetua up` };
  }
  const parsed = parse(text);
  if (parsed === undefined) {
    return { kind: 'absent', message: `${file} is damaged: start the stack with perpetua up` };
  }
  if (isStillRunning(parsed)) return { kind: 'running', state: parsed };
  const message =
    `the stack in ${dataDir} (pid ${parsed.pid}) ended without tidying up: ` +
    'perpetua up takes over';
  return { kind: 'stale', state: parsed, message };
}

function parse(text: string): RuntimeState | undefined {
  try {
    return runtimeSchema.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}

/** Replaces the file whole, readable by its owner only: the ledger's URL may hold a password. */
export function writeRuntime(dataDir: string, state: RuntimeState): void {
  mkdirSync(dataDir, { recursive: true });
  const draft = `${fileIn(dataDir)}.${process.pid}.tmp`;
  writeFileSync(draft, `${JSON.stringify(state, null, 2)}\n`, { mode: 0o600 });
  renameSync(draft, fileIn(dataDir));
}

export function removeRuntime(dataDir: string): void {
  rmSync(fileIn(dataDir), { force: true });
}
