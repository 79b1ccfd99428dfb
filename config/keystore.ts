/**
 * The key that signs. Paper keys are made on first use and lie in `<dataDir>/keys/paper.json`; all
 * others come from the environment. A key object shows its address only: printed, logged or turned
 * into JSON it never gives the key away.
 */
import { randomBytes } from 'node:crypto';
import { linkSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { privateKeyToAddress } from 'viem/accounts';
import { z } from 'zod';
import { type AccountAddress, accountAddress, type Network } from '../domain/kernel/ids.ts';

export type PrivateKey = `0x${string}`;

export class KeyError extends Error {
  override readonly name = 'KeyError';
}

const PRIVATE_KEY = /^0x[0-9a-f]{64}$/;

/** A private key that does not show itself. */
export class SigningKey {
  readonly address: AccountAddress;
  readonly #privateKey: PrivateKey;

  /** @throws KeyError without showing the text, when it is no private key */
  constructor(text: string, origin: string) {
    const lower = text.trim().toLowerCase();
    if (!PRIVATE_KEY.test(lower)) {
      throw new KeyError(`${origin}: must be a private key of 0x and 64 hex digits (not shown)`);
    }
    this.#privateKey = lower as PrivateKey;
    try {
      this.address = accountAddress(privateKeyToAddress(this.#privateKey));
    } catch {
      throw new KeyError(`${origin}: is no valid private key of the curve (not shown)`);
    }
  }

  /** The key itself, for the code that signs. */
  reveal(): PrivateKey {
    return this.#privateKey;
  }

  toJSON(): { address: AccountAddress } {
    return { address: this.address };
  }

  [inspect.custom](): string {
    return `SigningKey(${this.address})`;
  }
}

export const SIGNER_KEY_ENV = 'PERPETUA_SIGNER_KEY';

/** A second agent's key, for what cancels when the workers cannot: watchdog and kill switch. */
export const WATCHDOG_KEY_ENV = 'PERPETUA_WATCHDOG_KEY';

/**
 * The key that cancels in an emergency: PERPETUA_WATCHDOG_KEY when set, else the signing key.
 * @throws KeyError as {@link loadSigningKey}
 */
export function loadEmergencyKey(
  network: Network,
  dataDir: string,
  env: Readonly<Record<string, string | undefined>> = process.env,
): SigningKey {
  const own = env[WATCHDOG_KEY_ENV];
  return own
    ? new SigningKey(own, `environment ${WATCHDOG_KEY_ENV}`)
    : loadSigningKey(network, dataDir, env);
}

export const paperKeyFile = (dataDir: string): string => join(dataDir, 'keys', 'paper.json');

const keyFileSchema = z.object({ address: z.string(), privateKey: z.string() });

/**
 * The signing key of a network: PERPETUA_SIGNER_KEY when set, else on paper the data folder's own.
 * @throws KeyError when there is none, or its file may be read by others
 */
export function loadSigningKey(
  network: Network,
  dataDir: string,
  env: Readonly<Record<string, string | undefined>> = process.env,
): SigningKey {
  const fromEnvironment = env[SIGNER_KEY_ENV];
  if (fromEnvironment) return new SigningKey(fromEnvironment, `environment ${SIGNER_KEY_ENV}`);
  if (network !== 'paper') {
    throw new KeyError(
      `${network} needs the key of an agent wallet: set ${SIGNER_KEY_ENV} for the worker`,
    );
  }
  return readPaperKey(dataDir) ?? createPaperKey(dataDir);
}

/** The data folder's paper key, or undefined before its first use. */
export function readPaperKey(dataDir: string): SigningKey | undefined {
  const file = paperKeyFile(dataDir);
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw new KeyError(`${file}: cannot be read (${(error as NodeJS.ErrnoException).code})`);
  }
  if (isOpenToOthers(file)) {
    throw new KeyError(`${file}: must be readable by its owner only; chmod 600 it`);
  }
  const parsed = keyFileSchema.safeParse(parseJson(text));
  if (!parsed.success) throw new KeyError(`${file}: must hold an address and a private key`);
  const key = new SigningKey(parsed.data.privateKey, file);
  if (key.address !== parsed.data.address.toLowerCase()) {
    throw new KeyError(`${file}: the address ${parsed.data.address} is not the key's own`);
  }
  return key;
}

/** Whether anybody but the owner may use the file; other systems than POSIX have no such bits. */
export function isOpenToOthers(file: string): boolean {
  return process.platform !== 'win32' && (statSync(file).mode & 0o077) !== 0;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Writes a whole file and then names it, so that of two first users one makes the key of both. */
function createPaperKey(dataDir: string): SigningKey {
  const file = paperKeyFile(dataDir);
  mkdirSync(join(dataDir, 'keys'), { recursive: true, mode: 0o700 });
  const key = randomKey();
  const draft = `${file}.${process.pid}.${randomBytes(4).toString('hex')}.tmp`;
  const content = { address: key.address, privateKey: key.reveal() };
  writeFileSync(draft, `${JSON.stringify(content, null, 2)}\n`, { mode: 0o600, flag: 'wx' });
  try {
    linkSync(draft, file);
    return key;
  } catch (error) {
    const winner = readPaperKey(dataDir);
    if (winner === undefined) throw error;
    return winner;
  } finally {
    rmSync(draft, { force: true });
  }
}

/** 32 random bytes are a valid key but for a chance of about 1 in 2^128. */
const randomKey = (): SigningKey =>
  new SigningKey(`0x${randomBytes(32).toString('hex')}`, 'random bytes');
