/**
 * What a command ends with when it cannot do its work: an exit code, the broken rule in the form
 * field, value, rule, and where there is one the command that mends it.
 */

import type { ExitCode } from '../../domain/kernel/exit-codes.ts';
import { EXIT } from '../../domain/kernel/exit-codes.ts';
import type { RuleViolation } from '../../domain/kernel/outcome.ts';
import { describeViolation } from '../../domain/kernel/outcome.ts';

export interface FailureDetails {
  readonly violation?: RuleViolation;
  /** The command, or the change, that mends it. */
  readonly mend?: string;
  readonly cause?: unknown;
}

export class CliFailure extends Error {
  override readonly name = 'CliFailure';
  readonly exit: ExitCode;
  readonly violation: RuleViolation | undefined;
  readonly mend: string | undefined;

  constructor(exit: ExitCode, message: string, details: FailureDetails = {}) {
    super(message, { cause: details.cause });
    this.exit = exit;
    this.violation = details.violation;
    this.mend = details.mend;
  }
}

/** A workflow has ended without a result: somebody terminated it. */
export class NoResult extends CliFailure {}

/**
 * Asks a workflow, and takes what was told of its end where it has none to give: who terminates one
 * between the telling and the end leaves an order of which nobody could say any more what it came to.
 * @param told the end, if one was told
 */
export async function orTold<View>(
  ask: () => Promise<View>,
  told: () => Promise<View | undefined>,
): Promise<View> {
  try {
    return await ask();
  } catch (fault) {
    const end = fault instanceof NoResult ? await told() : undefined;
    if (end === undefined) throw fault;
    return end;
  }
}

/** Bad input: exit code 2, named by field, value and rule. */
export function usageFailure(violation: RuleViolation, mend?: string): CliFailure {
  return new CliFailure(EXIT.usage, describeViolation(violation), {
    violation,
    ...(mend === undefined ? {} : { mend }),
  });
}

/** The one JSON document that a failed command prints under `--json`. */
export function failureDocument(failure: CliFailure): Readonly<Record<string, unknown>> {
  return {
    error: {
      exitCode: failure.exit,
      message: failure.message,
      ...(failure.violation === undefined ? {} : failure.violation),
      ...(failure.mend === undefined ? {} : { mend: failure.mend }),
    },
  };
}
