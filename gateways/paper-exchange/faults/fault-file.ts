/** Reads the faults of `--faults FILE`. */
import { readFileSync } from 'node:fs';
import { describeViolation } from '../../../domain/kernel/outcome.ts';
import { type Fault, parseFaults } from './fault.ts';

/** The file cannot be used; the message names it and the broken rule. */
export class FaultFileError extends Error {
  override readonly name = 'FaultFileError';
}

/** @throws FaultFileError when the file cannot be read or breaks a rule. */
export function readFaultFile(path: string): readonly Fault[] {
  let value: unknown;
  try {
    value = JSON.parse(readFileSync(path, 'utf8'));
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    const rule = code === undefined ? 'must be JSON' : `cannot be read (${code})`;
    throw new FaultFileError(`faults ${path}: ${rule}`, { cause });
  }
  const faults = parseFaults(value);
  if (faults.ok) return faults.value;
  throw new FaultFileError(`faults ${path}: ${describeViolation(faults.error)}`);
}
