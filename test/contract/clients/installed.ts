/**
 * Where the third-party clients are installed, and why one is not. They are no dependency of the
 * product: `npm run test:clients` installs them beside the tests and in the user's cache.
 */
import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { cacheFolder } from '../../../gateways/temporal/provision/install-wheel.ts';

export const CLIENTS_DIR = fileURLToPath(new URL('.', import.meta.url));
export const REQUIREMENTS = join(CLIENTS_DIR, 'python', 'requirements.txt');

/** The Python packages; another list of versions is another folder. */
export function pythonPackages(): string {
  const hash = createHash('sha256').update(readFileSync(REQUIREMENTS)).digest('hex');
  return join(cacheFolder(), `python-clients-${hash.slice(0, 12)}`);
}

const INSTALL = 'install it with `node test/contract/clients/install.ts`';

/** Why an npm client cannot be run, or undefined when it can. */
export function whyNpmClientIsMissing(name: string): string | undefined {
  const isThere = existsSync(join(CLIENTS_DIR, 'node_modules', name, 'package.json'));
  return isThere ? undefined : `npm's ${name} is not installed: ${INSTALL}`;
}

/** Why the Python client cannot be run, or undefined when it can. */
export function whyPythonClientIsMissing(): string | undefined {
  return existsSync(join(pythonPackages(), 'hyperliquid', 'exchange.py'))
    ? undefined
    : `the Python SDK is not installed: ${INSTALL}; it needs python3 with pip`;
}
