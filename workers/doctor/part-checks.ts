/**
 * Checks of the running parts: stack, Temporal, ledger, exchange, clock. A part that nobody started
 * is no failure; one that should answer and does not is unreachable.
 */
import { performance } from 'node:perf_hooks';
import { Client, Connection } from '@temporalio/client';
import type { Endpoints } from '../../config/endpoints.ts';
import { isStillRunning } from '../../config/process-probe.ts';
import type { RuntimeReading } from '../../config/runtime-state.ts';
import { ownMigrations, schemaVersion } from '../../gateways/ledger/migrate.ts';
import { openLedgerPool, withoutPassword } from '../../gateways/ledger/pool.ts';
import { awaitTemporal } from '../../gateways/temporal/provision/dev-server.ts';
import { stuckRuns } from '../stuck-runs.ts';
import { ANSWER_WITHIN_MS, askExchange, reasonOf } from './ask-exchange.ts';
import { type Check, failure, fine, unreachable, warning } from './check.ts';

/** The venue's expiry leaves seconds; half of the shortest is a warning, all of it a failure. */
const SKEW_WARN_MS = 1_000;
const SKEW_FAIL_MS = 4_000;
const START = 'perpetua up';

/** Whether a part should answer: a stack runs, or the settings place the part elsewhere. */
export type Expectation = 'expected' | 'not started';

const notStarted = (name: string): Check => warning(name, 'not started', START);

export function checkStack(runtime: RuntimeReading): Check {
  if (runtime.kind !== 'running') return warning('stack', runtime.message, START);
  const { pid, phase, processes } = runtime.state;
  const dead = processes.filter((one) => !isStillRunning(one)).map((one) => one.name);
  if (dead.length > 0) {
    return failure('stack', `pid ${pid}: ${dead.join(', ')} not running`, 'see the logs folder');
  }
  const names = processes.map((one) => `${one.name} ${one.pid}`).join(', ');
  return fine('stack', `pid ${pid} is ${phase}: ${names}`);
}

export async function checkTemporal(
  { temporalAddress, namespace }: Endpoints,
  expectation: Expectation,
): Promise<Check> {
  if (expectation === 'not started') return notStarted('temporal');
  try {
    await awaitTemporal(temporalAddress, namespace, AbortSignal.timeout(ANSWER_WITHIN_MS));
    return fine('temporal', `${temporalAddress} serves namespace ${namespace}`);
  } catch (error) {
    const mend = `start it (${START}), or correct TEMPORAL_ADDRESS`;
    return unreachable('temporal', (error as Error).message, mend);
  }
}

const SHOWN_RUNS = 3;

/** Workflows whose tasks fail again and again: by itself none of them goes on. */
export async function checkWorkflows(
  { temporalAddress, namespace }: Endpoints,
  expectation: Expectation,
): Promise<Check> {
  const name = 'workflows';
  if (expectation === 'not started') return notStarted(name);
  const connection = Connection.lazy({ address: temporalAddress });
  try {
    const client = new Client({ connection, namespace });
    const stuck = await connection.withDeadline(Date.now() + ANSWER_WITHIN_MS, () =>
      stuckRuns(client),
    );
    if (stuck === undefined) {
      const detail = 'this Temporal does not tell which workflows are stuck';
      return warning(name, detail, 'use Temporal 1.30 or later');
    }
    if (stuck.length === 0) return fine(name, 'none is stuck');
    const some = stuck.slice(0, SHOWN_RUNS).map(({ workflowId, problems }) => {
      return `${workflowId} (${problems.join(', ')})`;
    });
    const rest = stuck.length > SHOWN_RUNS ? ` and ${stuck.length - SHOWN_RUNS} more` : '';
    const mend = 'a worker starts over what it cannot replay; if it stays, see the workers’ log';
    return failure(name, `${stuck.length} stuck: ${some.join(', ')}${rest}`, mend);
  } catch (error) {
    const mend = `start it (${START}), or correct TEMPORAL_ADDRESS`;
    return unreachable(name, (error as Error).message, mend);
  } finally {
    await connection.close();
  }
}

export async function checkLedger(
  { ledgerUrl }: Endpoints,
  expectation: Expectation,
): Promise<Check> {
  if (expectation === 'not started') return notStarted('ledger');
  const shown = withoutPassword(ledgerUrl);
  const pool = openLedgerPool(ledgerUrl, { max: 1 });
  try {
    const version = await schemaVersion(pool);
    const { length: wanted } = await ownMigrations();
    if (version !== wanted) {
      const detail = `${shown}: schema ${version}, this program needs ${wanted}`;
      return failure('ledger', detail, version < wanted ? START : 'use the newer program');
    }
    const client = await pool.connect();
    try {
      await client.query('begin');
      await client.query(`insert into watermarks (account, kind, to_ms) values ('-', 'probe', 0)`);
      await client.query('rollback');
    } finally {
      client.release(true);
    }
    return fine('ledger', `${shown}: schema ${version}, writable`);
  } catch (error) {
    const mend = `start it (${START}), or correct DATABASE_URL`;
    return unreachable('ledger', `${shown}: ${(error as Error).message}`, mend);
  } finally {
    await pool.end();
  }
}

export async function checkExchange(
  { exchangeUrl, network }: Endpoints,
  expectation: Expectation,
): Promise<Check> {
  if (expectation === 'not started') return notStarted('exchange');
  try {
    const meta = (await askExchange(exchangeUrl, 'meta')) as { universe?: unknown } | null;
    if (!Array.isArray(meta?.universe)) throw new Error('answered something else than its assets');
    return fine('exchange', `${exchangeUrl} (${network}) lists ${meta.universe.length} assets`);
  } catch (error) {
    const mend = `start it (${START}), or correct PERPETUA_EXCHANGE_URL`;
    return unreachable('exchange', `${exchangeUrl}: ${reasonOf(error)}`, mend);
  }
}

export async function checkClock(
  { exchangeUrl }: Endpoints,
  expectation: Expectation,
): Promise<Check> {
  const name = 'clock';
  if (expectation === 'not started') return notStarted(name);
  try {
    const sentMs = Date.now();
    const begunMs = performance.now();
    const answer = (await askExchange(exchangeUrl, 'exchangeStatus')) as { time?: unknown } | null;
    const tookMs = performance.now() - begunMs;
    if (typeof answer?.time !== 'number') throw new Error('told no time');
    const skewMs = Math.round(answer.time - (sentMs + tookMs / 2));
    const detail = `the exchange's clock is ${skewMs} ms from ours (to ${Math.ceil(tookMs / 2)} ms)`;
    const mend = "synchronise this machine's clock (NTP)";
    if (Math.abs(skewMs) > SKEW_FAIL_MS + tookMs) return failure(name, detail, mend);
    return Math.abs(skewMs) > SKEW_WARN_MS + tookMs
      ? warning(name, detail, mend)
      : fine(name, detail);
  } catch (error) {
    const detail = `${exchangeUrl}: ${reasonOf(error)}`;
    return unreachable(name, detail, `start it (${START}), or correct PERPETUA_EXCHANGE_URL`);
  }
}
