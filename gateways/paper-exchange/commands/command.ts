/** What the commands of the paper exchange share: how one fails, what it prints. */
import { EXIT, type ExitCode } from '../../../domain/kernel/exit-codes.ts';
import type { RuleViolation } from '../../../domain/kernel/outcome.ts';
import { describeViolation } from '../../../domain/kernel/outcome.ts';

/** A command that cannot do its work. */
export class CommandError extends Error {
  override readonly name = 'CommandError';
  readonly exit: ExitCode;
  readonly violation: RuleViolation | undefined;

  constructor(exit: ExitCode, message: string, violation?: RuleViolation) {
    super(message);
    this.exit = exit;
    this.violation = violation;
  }
}

/** Bad input: exit code 2, named by field, value and rule. */
export const usageError = (violation: RuleViolation): CommandError =>
  new CommandError(EXIT.usage, describeViolation(violation), violation);

/** What a command ends with: one JSON document, and its text for people. */
export interface Report {
  readonly document: object;
  readonly text: string;
}

/** The words behind a command, read. */
export interface Words {
  readonly positionals: readonly string[];
  /** The text of an option, by its name without dashes. */
  readonly texts: Readonly<Record<string, string | undefined>>;
  /** Whether the user agreed beforehand. */
  readonly isAgreed: boolean;
  /** Asks the user; false when nobody is there to answer. */
  readonly ask: (question: string) => Promise<boolean>;
}

export interface PaperCommand {
  readonly name: string;
  readonly about: string;
  /** What follows the name, for help. */
  readonly usage: string;
  /** Names of positional words, all of them required. */
  readonly positionals: readonly string[];
  /** Options that take a text; `--json` and `--help` are understood everywhere. */
  readonly options: readonly string[];
  readonly takesYes?: boolean;
  readonly examples: readonly string[];
  run(words: Words): Promise<Report>;
}

/** An option that must be there. @throws CommandError */
export function required({ texts }: Words, name: string, rule: string): string {
  const value = texts[name];
  if (value !== undefined && value !== '') return value;
  throw usageError({ field: `--${name}`, value: value ?? '', rule });
}
