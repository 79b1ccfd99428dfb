/** Why a file is not imported: named by row, field, value and rule where there is one. */
import type { Finding, Refusal } from '../../../domain/market/history/finding.ts';

/** A file of the right sort that is damaged or breaks a rule. */
export class FileRefused extends Error {
  override readonly name = 'FileRefused';
  readonly finding: Finding;

  constructor(what: Refusal, rule: string, at?: { row: number; field: string; value: string }) {
    super(rule);
    this.finding = { what, treatment: 'refused', rule, count: 1, at: at ? [at] : [] };
  }
}

/** A file that holds nothing the store keeps. */
export class FileSkipped extends Error {
  override readonly name = 'FileSkipped';
}

const LONGEST_SHOWN = 80;
export const shown = (text: string): string =>
  text.length > LONGEST_SHOWN ? `${text.slice(0, LONGEST_SHOWN)}...` : text;
