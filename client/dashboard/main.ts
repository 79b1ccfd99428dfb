/**
 * The dashboard process: serves the page on loopback until it is told to stop. It opens the ledger's
 * read side and nothing else: no key, no venue, no Temporal.
 */
import { readWorkerConfig } from '../../config/worker-env.ts';
import { accountAddress } from '../../domain/kernel/ids.ts';
import { openLedgerPool } from '../../gateways/ledger/pool.ts';
import { createLedgerReader } from '../../gateways/ledger/reader.ts';
import { loadAssets } from './assets.ts';
import { Feed } from './feed.ts';
import { ledgerLook } from './ledger-look.ts';
import { qualityLook } from './quality-look.ts';
import { startDashboard } from './server.ts';
import type { Identity } from './state.ts';

const HEARTBEAT_MS = 5_000;
const LOOK_EVERY_MS = 1_000;
const POOL_CONNECTIONS = 2;

async function main(): Promise<void> {
  const { endpoints } = await readWorkerConfig();
  if (endpoints.account === undefined) {
    throw new Error(
      'account "": must be known; start the stack with perpetua up, or set PERPETUA_ACCOUNT',
    );
  }
  const account = accountAddress(endpoints.account);
  const identity: Identity = {
    account,
    network: endpoints.network,
    ...(endpoints.temporalUiUrl === undefined
      ? {}
      : {
          workflowPageUrl: `${endpoints.temporalUiUrl}/namespaces/${endpoints.namespace}/workflows`,
        }),
  };
  const pool = openLedgerPool(endpoints.ledgerUrl, { max: POOL_CONNECTIONS });
  const reader = createLedgerReader(pool);
  const feed = new Feed(identity, ledgerLook(reader, account), Date.now);
  const url = new URL(endpoints.dashboardUrl);
  const port = Number(url.port);
  const server = await startDashboard({
    feed,
    quality: qualityLook(reader, account, Date.now),
    assets: await loadAssets(),
    host: url.hostname.replace(/^\[|\]$/g, ''),
    port,
    heartbeatMs: HEARTBEAT_MS,
    lookEveryMs: LOOK_EVERY_MS,
  }).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'EADDRINUSE') throw error;
    throw new Error(`dashboard.port "${port}": is in use; set PERPETUA_DASHBOARD_PORT`);
  });
  process.stdout.write(`${JSON.stringify({ ready: true, url: server.url })}\n`);
  const stop = async (): Promise<void> => {
    await server.close();
    await pool.end();
  };
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void stop());
}

main().catch((error: unknown) => {
  process.stderr.write(`dashboard: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
});
