/**
 * `perpetua up` from flags to exit code: starts the stack, opens a session when asked, waits for
 * Ctrl-C or the end of `--for`, ends everything and says what came of it. Messages go to stderr, the
 * last line or the one JSON document to stdout.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { ConfigError } from '../../config/config-error.ts';
import type { Endpoints } from '../../config/endpoints.ts';
import { loadConfig } from '../../config/load.ts';
import type { Config } from '../../config/schema.ts';
import { accountAddress } from '../../domain/kernel/ids.ts';
import { openLedgerPool, withoutPassword } from '../../gateways/ledger/pool.ts';
import { type AccountSummary, createLedgerReader } from '../../gateways/ledger/reader.ts';
import { parseUpFlags, type UpFlags, USAGE } from './flags.ts';
import { type Stack, startStack } from './stack.ts';
import { EXIT_FAILED, EXIT_USAGE, UpError } from './up-error.ts';

export interface ReadyStack {
  readonly config: Config;
  readonly endpoints: Endpoints;
  /** The session named by `--session`. */
  readonly session?: string;
  /** Aborted by Ctrl-C. */
  readonly signal: AbortSignal;
}

export interface UpHooks {
  /** Called once when everything is ready; a failure ends the stack with exit code 1. */
  readonly onReady?: (ready: ReadyStack) => Promise<void>;
}

const say = (message: string): void => void process.stderr.write(`${message}\n`);

/** Runs until stopped; returns the exit code. */
export async function runUp(args: readonly string[], hooks: UpHooks = {}): Promise<number> {
  try {
    const flags = parseUpFlags(args);
    if (flags.help) {
      process.stdout.write(USAGE);
      return 0;
    }
    return await runStack(flags, hooks);
  } catch (error) {
    if (error instanceof ConfigError) return complain(error.message, EXIT_USAGE);
    if (error instanceof UpError) return complain(error.message, error.exitCode);
    throw error;
  }
}

function complain(message: string, exitCode: number): number {
  say(message);
  return exitCode;
}

async function runStack(flags: UpFlags, hooks: UpHooks): Promise<number> {
  const { config } = await loadConfig({ flags: flags.settings });
  const interrupt = listenForInterrupt();
  try {
    const stack = await startStack({
      config,
      ports: flags.ports,
      say,
      signal: interrupt.signal,
      killSignal: interrupt.killSignal,
    }).catch((error: unknown) => {
      if (interrupt.signal.aborted) throw new UpError('stopped before everything was ready');
      throw error;
    });
    return await attend(stack, flags, hooks, interrupt.signal);
  } finally {
    interrupt.dispose();
  }
}

async function attend(
  stack: Stack,
  flags: UpFlags,
  hooks: UpHooks,
  interrupted: AbortSignal,
): Promise<number> {
  const { config, endpoints } = stack;
  announce(endpoints);
  let problem: string | undefined;
  try {
    const session = flags.session === undefined ? {} : { session: flags.session };
    await hooks.onReady?.({ config, endpoints, ...session, signal: interrupted });
    await sleep(flags.forMs ?? 2 ** 31 - 1, undefined, { signal: interrupted }).catch(() => {});
  } catch (error) {
    problem = (error as Error).message;
  }
  const restarts = restartsOf(stack);
  const summary = await summarise(endpoints);
  say('stopping');
  await stack.stop();
  report({ endpoints, restarts, summary, problem }, flags.json);
  return problem === undefined ? 0 : EXIT_FAILED;
}

/** A first Ctrl-C or SIGTERM asks for an orderly end, a second one ends everything at once. */
function listenForInterrupt(): {
  signal: AbortSignal;
  killSignal: AbortSignal;
  dispose(): void;
} {
  const first = new AbortController();
  const second = new AbortController();
  const handle = (): void => {
    if (!first.signal.aborted) {
      first.abort();
      return;
    }
    say('killed before everything had ended');
    second.abort();
    process.exit(EXIT_FAILED);
  };
  process.on('SIGINT', handle);
  process.on('SIGTERM', handle);
  return {
    signal: first.signal,
    killSignal: second.signal,
    dispose: () => {
      process.off('SIGINT', handle);
      process.off('SIGTERM', handle);
    },
  };
}

function announce(endpoints: Endpoints): void {
  say(`dashboard        ${endpoints.dashboardUrl}`);
  if (endpoints.temporalUiUrl !== undefined) say(`Temporal Web UI  ${endpoints.temporalUiUrl}`);
  say(`Temporal         ${endpoints.temporalAddress}`);
  say(`exchange         ${endpoints.exchangeUrl} (${endpoints.network})`);
  say(`ledger           ${withoutPassword(endpoints.ledgerUrl)}`);
  say(`account          ${endpoints.account}`);
}

const restartsOf = (stack: Stack): Readonly<Record<string, number>> =>
  Object.fromEntries([...stack.processes().keys()].map((name) => [name, stack.restartCount(name)]));

/** What the account came to, or undefined when the ledger does not answer any more. */
async function summarise(endpoints: Endpoints): Promise<AccountSummary | undefined> {
  if (endpoints.account === undefined) return undefined;
  const pool = openLedgerPool(endpoints.ledgerUrl, { max: 1 });
  try {
    return await createLedgerReader(pool).summary(accountAddress(endpoints.account));
  } catch {
    return undefined;
  } finally {
    await pool.end();
  }
}

interface Report {
  readonly endpoints: Endpoints;
  readonly restarts: Readonly<Record<string, number>>;
  readonly summary: AccountSummary | undefined;
  readonly problem: string | undefined;
}

function report({ endpoints, restarts, summary, problem }: Report, json: boolean): void {
  const filledOrders = summary?.ordersByStatus.FILLED ?? 0;
  if (json) {
    const document = {
      ok: problem === undefined,
      ...(problem === undefined ? {} : { problem }),
      filledOrders,
      ...(summary === undefined ? {} : { equityUsd: summary.equity?.equityUsd, summary }),
      restarts,
      endpoints: { ...endpoints, ledgerUrl: withoutPassword(endpoints.ledgerUrl) },
    };
    process.stdout.write(`${JSON.stringify(document)}\n`);
    return;
  }
  if (problem !== undefined) say(problem);
  const urls = [endpoints.dashboardUrl, endpoints.temporalUiUrl, endpoints.exchangeUrl];
  process.stdout.write(
    `${filledOrders} filled orders, ${summary?.fills ?? 0} fills, equity ` +
      `${summary?.equity?.equityUsd ?? 'unknown'} USD; served ` +
      `${urls.filter((url) => url !== undefined).join(' ')}\n`,
  );
}
