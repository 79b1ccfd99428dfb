/**
 * The key of the admin interface: whoever can read the state directory's file may use it. It is new
 * at every start unless a file gives it.
 */
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { JournalError, replaceFile } from '../state/files.ts';
import { ADMIN_FILE } from '../state/state-dir.ts';

/** Where an admin interface is and what opens it. */
export interface AdminAccess {
  readonly url: string;
  readonly token: string;
}

const TOKEN_BYTES = 32;
const LEAST_TOKEN_LENGTH = 16;

export const newToken = (): string => randomBytes(TOKEN_BYTES).toString('hex');

/** @throws JournalError when the file cannot be read or its token could be guessed. */
export function readTokenFile(path: string): string {
  let token: string;
  try {
    token = readFileSync(path, 'utf8').trim();
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    throw new JournalError(`token file ${path}: cannot be read (${code ?? 'unknown error'})`, {
      cause,
    });
  }
  if (token.length >= LEAST_TOKEN_LENGTH && !/\s/.test(token)) return token;
  throw new JournalError(
    `token file ${path}: must hold one word of at least ${LEAST_TOKEN_LENGTH} characters`,
  );
}

const digest = (text: string): Buffer => createHash('sha256').update(text).digest();

/** Takes as long for a wrong token as for the right one. */
export const isSameToken = (given: string, token: string): boolean =>
  timingSafeEqual(digest(given), digest(token));

const accessSchema = z.object({ url: z.url(), token: z.string().min(1) });

/** Leaves the access in a state directory, for its owner's eyes only. */
export function writeAccess(dir: string, access: AdminAccess): void {
  replaceFile(join(dir, ADMIN_FILE), JSON.stringify(access), { mode: 0o600 });
}

export const removeAccess = (dir: string): void => rmSync(join(dir, ADMIN_FILE), { force: true });

/** @throws JournalError when the directory has no readable access. */
export function readAccess(dir: string): AdminAccess {
  const path = join(dir, ADMIN_FILE);
  try {
    return accessSchema.parse(JSON.parse(readFileSync(path, 'utf8')));
  } catch (cause) {
    throw new JournalError(`${path}: must hold the url and token of a running exchange`, { cause });
  }
}
