/**
 * The trading worker's process: orders, accounts and sessions of one account. Prints one JSON line
 * when it polls; drains on SIGTERM and SIGINT. It alone holds the key that signs.
 */
import { setFlagsFromString } from 'node:v8';
import { DefaultLogger, Runtime } from '@temporalio/worker';
import { pino } from 'pino';
import { loadSigningKey, SIGNER_KEY_ENV } from '../config/keystore.ts';
import { readWorkerConfig } from '../config/worker-env.ts';
import { composeTradingWorker } from './compose.ts';

/**
 * The heap grows by half of what is alive before it is collected, where V8 would let it grow to four
 * times that: with thousands of open orders the rest of the machine needs the memory more.
 */
setFlagsFromString('--heap-growing-percent=50');

const log = pino({ name: 'trading-worker' }, pino.destination({ dest: 2, sync: true }));

/** Temporal's own log lines go where ours go; its levels are pino's, in capitals. */
function routeTemporalLogs(): void {
  Runtime.install({
    logger: new DefaultLogger('WARN', ({ level, message, meta }) => {
      const write = level === 'ERROR' ? log.error : log.warn;
      write.call(log, { ...meta }, message);
    }),
    shutdownSignals: [],
  });
}

async function main(): Promise<void> {
  const workerConfig = await readWorkerConfig();
  log.level = workerConfig.config.logLevel;
  const { network } = workerConfig.endpoints;
  const key = loadSigningKey(network, workerConfig.config.dataDir);
  delete process.env[SIGNER_KEY_ENV];
  routeTemporalLogs();
  const worker = await composeTradingWorker(workerConfig, key, log);
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.once(signal, () => worker.shutdown());
  }
  const running = worker.run();
  process.stdout.write(`${JSON.stringify({ ready: true, account: key.address })}\n`);
  await running;
}

main().catch((fault: unknown) => {
  log.fatal({ fault: fault instanceof Error ? fault.message : String(fault) }, 'worker failed');
  process.exitCode = 1;
});
