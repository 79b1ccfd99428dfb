/** A process that carries out a command of the command line: how it runs and how it ends. */
import { letReadersStopEarly } from '../client/cli/early-readers.ts';
import { CliFailure, failureDocument } from '../client/cli/failure.ts';
import { ConfigError } from '../config/config-error.ts';
import { EXIT } from '../domain/kernel/exit-codes.ts';

function failureOf(fault: unknown): CliFailure {
  if (fault instanceof CliFailure) return fault;
  const message = fault instanceof Error ? fault.message : String(fault);
  const isUsage = fault instanceof ConfigError;
  return new CliFailure(isUsage ? EXIT.usage : EXIT.failed, message, { cause: fault });
}

/** Says why on standard error, and as the one document under `--json`; sets the exit code. */
function failWith(fault: unknown, words: readonly string[]): void {
  const failure = failureOf(fault);
  const mend = failure.mend === undefined ? '' : `\n  mend: ${failure.mend}`;
  process.stderr.write(`error: ${failure.message}${mend}\n`);
  if (words.includes('--json')) {
    process.stdout.write(`${JSON.stringify(failureDocument(failure))}\n`);
  }
  process.exitCode = failure.exit;
}

/** Runs the command that this process was started for; its answer is the exit code. */
export function runProcess(main: (words: readonly string[]) => Promise<number>): void {
  const words = process.argv.slice(2);
  letReadersStopEarly();
  main(words).then(
    (code) => {
      process.exitCode = code;
    },
    (fault: unknown) => failWith(fault, words),
  );
}
