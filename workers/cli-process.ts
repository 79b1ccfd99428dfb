/** How a process that carries out a command of the command line ends when it cannot. */
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
export function failWith(fault: unknown, words: readonly string[]): void {
  const failure = failureOf(fault);
  const mend = failure.mend === undefined ? '' : `\n  mend: ${failure.mend}`;
  process.stderr.write(`error: ${failure.message}${mend}\n`);
  if (words.includes('--json')) {
    process.stdout.write(`${JSON.stringify(failureDocument(failure))}\n`);
  }
  process.exitCode = failure.exit;
}
