/**
 * The paper exchange as a process. By default, or with `serve`, it serves: flags in, one JSON line
 * on stdout when it listens, logs on stderr; SIGTERM and SIGINT save a snapshot and exit 0; a bad
 * flag exits 2; anything that keeps it from starting exits 1. The other commands end by themselves.
 */
import { EXIT } from '../../domain/kernel/exit-codes.ts';
import { describeViolation } from '../../domain/kernel/outcome.ts';
import { readTokenFile } from './admin/token.ts';
import { commandNamed, runCommand } from './commands/run.ts';
import { FaultFileError, readFaultFile } from './faults/fault-file.ts';
import { TapeError } from './feeds/feed.ts';
import { createLog } from './log.ts';
import { type PaperExchangeFlags, parseFlags, USAGE } from './options.ts';
import { JournalError } from './state/files.ts';

function explain(error: unknown, port: number): string {
  if (error instanceof JournalError || error instanceof TapeError) return error.message;
  if (error instanceof FaultFileError) return error.message;
  const { code } = error as NodeJS.ErrnoException;
  if (code === 'EADDRINUSE') {
    return `port ${port}: already in use on 127.0.0.1; stop what listens there or choose another --port`;
  }
  if (code === 'EACCES') return `port ${port}: not allowed; choose a --port above 1023`;
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}

async function serve(flags: PaperExchangeFlags): Promise<void> {
  const log = createLog(flags['log-level']);
  const tokenFile = flags['admin-token-file'];
  // The other commands need none of it, and are quick without it.
  const { startPaperExchange } = await import('./start.ts');
  const running = await startPaperExchange({
    port: flags.port,
    speed: flags.speed,
    ...(flags.state === undefined ? {} : { stateDir: flags.state }),
    fsync: flags.fsync,
    fund: flags.fund,
    accounts: flags.account,
    ...(flags.faucet === undefined ? {} : { faucetUsd: flags.faucet }),
    ...(flags.faults === undefined ? {} : { faults: readFaultFile(flags.faults) }),
    ...(tokenFile === undefined ? {} : { adminToken: readTokenFile(tokenFile) }),
    seed: flags.seed,
    tapeDir: flags.tape,
    steps: flags.steps,
    symbols: new Map(flags.symbol),
    ...(flags.live === undefined ? {} : { live: { url: flags.live, coins: flags['live-coins'] } }),
    ...(flags.clock === 'tape' ? { clock: flags.clock } : {}),
    ...(flags['start-offset-minutes'] === undefined
      ? {}
      : { startOffsetMinutes: flags['start-offset-minutes'] }),
    limits: flags.limits,
    log,
  });
  let isStopping = false;
  const stop = (signal: string): void => {
    if (isStopping) return;
    isStopping = true;
    log.info({ signal }, 'stopping');
    running.close().then(
      () => process.exit(0),
      (error: unknown) => {
        log.error({ err: error }, 'could not stop cleanly; the journal holds every input');
        process.exit(EXIT.failed);
      },
    );
  };
  process.on('SIGTERM', () => stop('SIGTERM'));
  process.on('SIGINT', () => stop('SIGINT'));
  const { url, wsUrl, admin } = running;
  process.stdout.write(`${JSON.stringify({ ready: true, url, wsUrl, admin })}\n`);
}

function serveWith(args: readonly string[]): void {
  const flags = parseFlags(args);
  if (!flags.ok) {
    process.stderr.write(`${describeViolation(flags.error)}\n`);
    process.exitCode = EXIT.usage;
  } else if (flags.value === 'help') {
    process.stdout.write(USAGE);
  } else {
    const { value } = flags;
    serve(value).catch((error: unknown) => {
      process.stderr.write(`${explain(error, value.port)}\n`);
      process.exit(error instanceof FaultFileError ? EXIT.usage : EXIT.failed);
    });
  }
}

const [word, ...rest] = process.argv.slice(2);
const command = commandNamed(word);
if (command === undefined) serveWith(word === 'serve' ? rest : process.argv.slice(2));
else process.exitCode = await runCommand(command, rest);
