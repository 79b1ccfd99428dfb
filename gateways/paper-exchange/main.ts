/**
 * The paper exchange as a process: flags in, one JSON line on stdout when it listens, logs on
 * stderr. SIGTERM and SIGINT save a snapshot and exit 0; a bad flag exits 2; anything that keeps it
 * from starting exits 1.
 */
import { describeViolation } from '../../domain/kernel/outcome.ts';
import { TapeError } from './feeds/tape.ts';
import { createLog } from './log.ts';
import { type PaperExchangeFlags, parseFlags, USAGE } from './options.ts';
import { startPaperExchange } from './start.ts';
import { JournalError } from './state/journal.ts';

const EXIT_FAILED = 1;
const EXIT_USAGE = 2;

function explain(error: unknown, port: number): string {
  if (error instanceof JournalError || error instanceof TapeError) return error.message;
  const { code } = error as NodeJS.ErrnoException;
  if (code === 'EADDRINUSE') {
    return `port ${port}: already in use on 127.0.0.1; stop what listens there or choose another --port`;
  }
  if (code === 'EACCES') return `port ${port}: not allowed; choose a --port above 1023`;
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}

async function serve(flags: PaperExchangeFlags): Promise<void> {
  const log = createLog(flags['log-level']);
  const running = await startPaperExchange({
    port: flags.port,
    speed: flags.speed,
    ...(flags.state === undefined ? {} : { stateDir: flags.state }),
    fund: flags.fund,
    seed: flags.seed,
    tapeDir: flags.tape,
    steps: flags.steps,
    startOffsetMinutes: flags['start-offset-minutes'],
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
        process.exit(EXIT_FAILED);
      },
    );
  };
  process.on('SIGTERM', () => stop('SIGTERM'));
  process.on('SIGINT', () => stop('SIGINT'));
  const { url, wsUrl } = running;
  process.stdout.write(`${JSON.stringify({ ready: true, url, wsUrl })}\n`);
}

const flags = parseFlags(process.argv.slice(2));
if (!flags.ok) {
  process.stderr.write(`${describeViolation(flags.error)}\n`);
  process.exitCode = EXIT_USAGE;
} else if (flags.value === 'help') {
  process.stdout.write(USAGE);
} else {
  const { value } = flags;
  serve(value).catch((error: unknown) => {
    process.stderr.write(`${explain(error, value.port)}\n`);
    process.exit(EXIT_FAILED);
  });
}
