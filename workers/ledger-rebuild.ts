/**
 * `perpetua ledger rebuild`: recreates the ledger's projection from Temporal's histories and the
 * venue, and says what differed. Never touches intents, envelopes, nonces or decisions. Safe to run
 * beside a working stack, and to run again.
 */
import { parseArgs } from 'node:util';
import { Client, Connection } from '@temporalio/client';
import { DefaultLogger, Runtime } from '@temporalio/worker';
import type { Pool } from 'pg';
import { sweepEnds, sweepMarkouts } from '../activities/markouts.ts';
import { ConfigError } from '../config/config-error.ts';
import { readWorkerConfig } from '../config/worker-env.ts';
import { EXIT } from '../domain/kernel/exit-codes.ts';
import { type AccountAddress, accountAddress } from '../domain/kernel/ids.ts';
import { connectVenue, type VenueConnection } from '../gateways/hyperliquid/connection.ts';
import {
  readAccount,
  readFillsSince,
  readFundingSince,
  readOrderStatus,
} from '../gateways/hyperliquid/info.ts';
import { createPriceHistory } from '../gateways/hyperliquid/price-history.ts';
import { migrate } from '../gateways/ledger/migrate.ts';
import { openLedgerPool, withoutPassword } from '../gateways/ledger/pool.ts';
import { createQualityStore } from '../gateways/ledger/quality.ts';
import { rebuildProjection } from '../gateways/ledger/rebuild.ts';
import type { RebuildReport, VenueReads } from '../gateways/ledger/rebuild-types.ts';
import { type ReadRecords, readTold } from './told-records.ts';

const CONNECT_TIMEOUT = '5s';
const RECORDING = `WorkflowType IN ('order', 'parent', 'venueTwap', 'tradingSession')`;

export const LEDGER_REBUILD_USAGE = `Usage: perpetua ledger rebuild [--account ADDRESS] [--dry-run] [--json]

  Recreates orders, steps, parents, sessions, fills, funding and positions from Temporal's histories
  and the venue, and looks for prices after fills that nobody captured. Intents, envelopes and decisions are the authority and stay as they are.

Options:
  --account <address>  the account; the configured one by default
  --dry-run            report the differences and change nothing
  --json               print one JSON document on standard output

Examples:
  perpetua ledger rebuild --dry-run
  perpetua ledger rebuild --json
`;

type Outcome = RebuildReport &
  Pick<ReadRecords, 'histories' | 'unreadable'> & {
    /** Prices after fills and at ends that were looked for now, late. */
    readonly prices: number;
  };

class Refused extends Error {
  readonly exitCode: number;
  constructor(message: string, exitCode: number) {
    super(message);
    this.exitCode = exitCode;
  }
}

const readable = (fault: unknown): string => (fault instanceof Error ? fault.message : `${fault}`);

/** What nobody captured is looked for in the venue's candles, and stored as late as it is. */
async function findPrices(
  pool: Pool,
  connection: VenueConnection,
  account: AccountAddress,
): Promise<number> {
  const ports = { quality: createQualityStore(pool), history: createPriceHistory(connection) };
  const nowMs = await connection.exchangeTimeMs();
  let found = 0;
  for (const sweep of [sweepMarkouts, sweepEnds]) {
    for (;;) {
      const more = await sweep(ports, account, 0, nowMs);
      if (more === 0) break;
      found += more;
    }
  }
  return found;
}

async function rebuild(given: string | undefined, dryRun: boolean): Promise<Outcome> {
  const { endpoints } = await readWorkerConfig();
  const named = given ?? endpoints.account;
  if (named === undefined) {
    throw new Refused('account: none is known; give --account or set PERPETUA_ACCOUNT', EXIT.usage);
  }
  const account = accountAddress(named);
  const venueConnection = connectVenue({
    url: endpoints.exchangeUrl,
    wsUrl: endpoints.exchangeWsUrl,
    isMainnet: endpoints.network === 'mainnet',
  });
  const venue: VenueReads = {
    account: (address) => readAccount(venueConnection, address),
    fillsSince: (address, sinceMs) => readFillsSince(venueConnection, address, sinceMs),
    fundingSince: (address, sinceMs) => readFundingSince(venueConnection, address, sinceMs),
    orderStatus: (address, cloid) => readOrderStatus(venueConnection, address, cloid),
  };
  const { temporalAddress: address, namespace, ledgerUrl } = endpoints;
  const connection = await Connection.connect({ address, connectTimeout: CONNECT_TIMEOUT }).catch(
    () => {
      throw new Refused(`Temporal ${address}: cannot be reached`, EXIT.unreachable);
    },
  );
  const pool = openLedgerPool(ledgerUrl, { max: 2 });
  try {
    await migrate(pool).catch((fault: unknown) => {
      const message = `ledger ${withoutPassword(ledgerUrl)}: ${readable(fault)}`;
      throw new Refused(message, EXIT.unreachable);
    });
    const { workflow } = new Client({ connection, namespace });
    const histories = workflow.list({ query: RECORDING }).intoHistories();
    const read = await readTold(histories, account);
    const report = await rebuildProjection(pool, venue, account, read.told, dryRun);
    const prices = dryRun ? 0 : await findPrices(pool, venueConnection, account);
    return { ...report, prices, histories: read.histories, unreadable: read.unreadable };
  } finally {
    await pool.end();
    await connection.close();
  }
}

function print(outcome: Outcome): void {
  const { compared, differences, histories, recalled, unreadable } = outcome;
  const counts = Object.entries(compared).map(([table, count]) => `${count} ${table}`);
  const lines = [
    `${histories} histories: ${counts.join(', ')} compared`,
    ...unreadable.map(({ workflowId, problem }) => `  does not replay: ${workflowId}: ${problem}`),
    ...differences.map(({ table, key, kind }) => `  ${kind}: ${table} ${key}`),
    ...(outcome.prices === 0 ? [] : [`  ${outcome.prices} prices of past moments looked for`]),
    ...recalled.map((id) => `  recalled from envelopes and venue: ${id}`),
    differences.length === 0
      ? 'nothing differs'
      : `${differences.length} differences${outcome.dryRun ? '; nothing was changed' : ''}`,
  ];
  process.stdout.write(`${lines.join('\n')}\n`);
}

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      account: { type: 'string' },
      'dry-run': { type: 'boolean', default: false },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  if (values.help) {
    process.stdout.write(LEDGER_REBUILD_USAGE);
    return EXIT.done;
  }
  Runtime.install({ logger: new DefaultLogger('ERROR') });
  const outcome = await rebuild(values.account, values['dry-run']);
  if (values.json) process.stdout.write(`${JSON.stringify(outcome)}\n`);
  else print(outcome);
  return EXIT.done;
}

function exitCodeOf(fault: unknown): number {
  if (fault instanceof Refused) return fault.exitCode;
  if (fault instanceof ConfigError || fault instanceof RangeError) return EXIT.usage;
  const { code } = fault as NodeJS.ErrnoException;
  return code?.startsWith('ERR_PARSE_ARGS') ? EXIT.usage : EXIT.failed;
}

main().then(
  (code) => {
    process.exitCode = code;
  },
  (fault: unknown) => {
    process.stderr.write(`perpetua ledger rebuild: ${readable(fault)}\n`);
    process.exitCode = exitCodeOf(fault);
  },
);
