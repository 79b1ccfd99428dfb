/**
 * The kill switch: while the file HALT lies in the data folder nothing is opened or added to; exits
 * go on. It outlives every process and needs none. Its mere presence halts, whatever it says, and a
 * folder that cannot be looked into halts as well.
 */
import {
  closeSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readFileSync,
  rmSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';

export const HALT_FILE = 'HALT';

/** Why entries are halted, by whom and since when; parts that the file does not tell are absent. */
export interface Halt {
  readonly reason: string;
  readonly by?: string;
  readonly sinceMs?: number;
}

const haltSchema = z.object({ reason: z.string(), by: z.string(), sinceMs: z.int() });
const SAID_MOST = 500;

export const haltFile = (dataDir: string): string => join(dataDir, HALT_FILE);

/** The halt in force, or undefined. Never throws: what cannot be read is a halt. */
export function readHalt(dataDir: string): Halt | undefined {
  const file = haltFile(dataDir);
  try {
    return parse(readFileSync(file, 'utf8'));
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') return undefined;
    return { reason: `${file} cannot be read (${code})` };
  }
}

/** A file made by hand may say anything, or nothing. */
function parse(text: string): Halt {
  try {
    return haltSchema.parse(JSON.parse(text));
  } catch {
    return { reason: text.trim().slice(0, SAID_MOST) || `${HALT_FILE} is in the data folder` };
  }
}

/** The halt in force as the rule that an order broke, or undefined. */
export function haltRule(dataDir: string): string | undefined {
  const halt = readHalt(dataDir);
  return halt === undefined ? undefined : `entries are halted: ${halt.reason}`;
}

/**
 * Halts entries, for as long as nobody lifts it. A halt that is in force stays as it is.
 * @returns the halt in force
 */
export function tripHalt(dataDir: string, halt: Required<Halt>): Halt {
  mkdirSync(dataDir, { recursive: true });
  const reason = halt.reason.slice(0, SAID_MOST);
  let file: number;
  try {
    file = openSync(haltFile(dataDir), 'wx', 0o600);
  } catch (error) {
    const inForce = readHalt(dataDir);
    if (inForce === undefined) throw error;
    return inForce;
  }
  try {
    // On a full disk the empty file that exists by now halts just as well.
    writeSync(file, `${JSON.stringify({ ...halt, reason }, null, 2)}\n`);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
  return { ...halt, reason };
}

/** Lets entries pass again. @returns the halt that was lifted, or undefined when there was none */
export function liftHalt(dataDir: string): Halt | undefined {
  const halt = readHalt(dataDir);
  rmSync(haltFile(dataDir), { force: true });
  return halt;
}
