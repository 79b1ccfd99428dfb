/** What a command ends with: one JSON document, its text for people, and the exit code. */
import type { ExitCode } from '../../domain/kernel/exit-codes.ts';
import { EXIT } from '../../domain/kernel/exit-codes.ts';
import type { Style } from './style.ts';

export interface Report {
  /** Printed whole under `--json`: plain JSON. */
  readonly document: unknown;
  /** Printed otherwise; without a line break at its end. */
  text(style: Style): string;
  readonly exit: ExitCode | number;
  /** The command's own process has printed already. */
  readonly isPrinted?: boolean;
}

export const report = (
  document: unknown,
  text: (style: Style) => string,
  exit: ExitCode = EXIT.done,
): Report => ({ document, text, exit });

/** Takes a command's report; the program prints it. */
export type Tell = (report: Report) => void;
