/**
 * The real world of the commands: this process's streams, the settings of the working folder, the
 * running stack's endpoints. Connections are opened, and their libraries loaded, when a command first
 * needs them: help and completion must be quick.
 */
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { type Endpoints, resolveEndpoints } from '../../config/endpoints.ts';
import { loadConfig } from '../../config/load.ts';
import type { RuntimeReading } from '../../config/runtime-state.ts';
import type { Config } from '../../config/schema.ts';
import { EXIT } from '../../domain/kernel/exit-codes.ts';
import { accountAddress } from '../../domain/kernel/ids.ts';
import { CliFailure } from './failure.ts';
import type { OpenLedger } from './ledger-connection.ts';
import type { OpenWorkflows } from './temporal-connection.ts';
import type { Sink, Target, World } from './world.ts';

const ROOT = new URL('../../', import.meta.url);

const sinkOf = (stream: NodeJS.WriteStream): Sink => ({
  write: (text) => stream.write(text),
  isTerminal: stream.isTTY === true,
});

/** Computes a value at the first call and keeps it. */
function once<Value>(make: () => Promise<Value>): () => Promise<Value> {
  let made: Promise<Value> | undefined;
  return () => {
    made ??= make();
    return made;
  };
}

interface Place {
  readonly config: Config;
  readonly endpoints: Endpoints;
  readonly runtime: RuntimeReading;
}

async function findPlace(): Promise<Place> {
  const loaded = await loadConfig();
  return { config: loaded.config, ...resolveEndpoints(loaded) };
}

function targetOf({ endpoints, runtime }: Place): Target {
  const account =
    endpoints.account ?? (runtime.kind === 'stale' ? runtime.state.account : undefined);
  if (account === undefined) {
    throw new CliFailure(EXIT.unreachable, `no account is known: ${noStack(runtime)}`, {
      mend: 'perpetua up, or set PERPETUA_ACCOUNT',
    });
  }
  return { network: endpoints.network, account: accountAddress(account) };
}

const noStack = (runtime: RuntimeReading): string =>
  runtime.kind === 'running' ? 'the running stack names none' : runtime.message;

/** Runs a process file with our streams. Signals reach it: by the terminal, or handed on. */
function runProcess(file: string, args: readonly string[]): Promise<number> {
  const path = fileURLToPath(new URL(file, ROOT));
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [path, ...args], { stdio: 'inherit' });
    const handOn = (signal: NodeJS.Signals): void => {
      child.kill(signal);
    };
    const signals: readonly NodeJS.Signals[] = ['SIGINT', 'SIGTERM', 'SIGHUP'];
    for (const signal of signals) process.on(signal, handOn);
    child.on('error', reject);
    child.on('exit', (code, signal) => {
      for (const name of signals) process.removeListener(name, handOn);
      if (signal === null) resolve(code ?? EXIT.failed);
      else process.kill(process.pid, signal);
    });
  });
}

export interface RealWorld extends World {
  /** Ends the connections that were opened. */
  close(): Promise<void>;
}

export function openRealWorld(): RealWorld {
  const opened: { close(): Promise<void> }[] = [];
  const keep = <Open extends { close(): Promise<void> }>(open: Open): Open => {
    opened.push(open);
    return open;
  };
  const place = once(findPlace);
  const workflows = once(async (): Promise<OpenWorkflows> => {
    const { openWorkflows } = await import('./temporal-connection.ts');
    return keep(await openWorkflows((await place()).endpoints));
  });
  const ledger = once(async (): Promise<OpenLedger> => {
    const { openLedger } = await import('./ledger-connection.ts');
    return keep(await openLedger((await place()).endpoints.ledgerUrl));
  });
  return {
    stdout: sinkOf(process.stdout),
    stderr: sinkOf(process.stderr),
    env: process.env,
    nowMs: Date.now,
    randomHex: (bytes) => randomBytes(bytes).toString('hex'),
    settings: async () => (await place()).config,
    target: async () => targetOf(await place()),
    workflows,
    ledger: async () => (await ledger()).reader,
    runProcess,
    close: async () => {
      await Promise.allSettled(opened.map((open) => open.close()));
    },
  };
}
