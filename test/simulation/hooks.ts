/**
 * Puts the simulation's modules in the place of Temporal's workflow library and of the SDK's
 * transports and signing, for the product's code only; and, when asked, plants a bug by replacing a
 * text of the source that must be there exactly once. The product knows nothing of either.
 */
import { readFileSync } from 'node:fs';
import { registerHooks } from 'node:module';
import { fileURLToPath } from 'node:url';

const shim = (name: string): string => new URL(`./shims/${name}.ts`, import.meta.url).href;
const ROOT = new URL('../../', import.meta.url).href;

const SHIMS: Readonly<Record<string, string>> = {
  '@temporalio/activity': shim('temporal-activity'),
  '@temporalio/workflow': shim('temporal-workflow'),
  '@nktkas/hyperliquid': shim('hyperliquid'),
  '@nktkas/hyperliquid/signing': shim('signing'),
};

/** One change of a source: `find` stands in `file` exactly once. */
export interface Change {
  readonly file: string;
  readonly find: string;
  readonly put: string;
}

function changed(source: string, { file, find, put }: Change): string {
  const parts = source.split(find);
  if (parts.length !== 2) {
    throw new Error(`${file} has ${parts.length - 1} times what is to be changed: ${find}`);
  }
  return parts.join(put);
}

/** @param changes of the bug that is planted */
export function installHooks(changes: readonly Change[]): void {
  registerHooks({
    resolve(specifier, context, next) {
      const url = SHIMS[specifier];
      const isOurs =
        context.parentURL?.startsWith(ROOT) && !context.parentURL.includes('node_modules');
      return url !== undefined && isOurs ? { url, shortCircuit: true } : next(specifier, context);
    },
    load(url, context, next) {
      const own = changes.filter(({ file }) => url === ROOT + file);
      if (own.length === 0) return next(url, context);
      const source = own.reduce(changed, readFileSync(fileURLToPath(url), 'utf8'));
      return { format: 'module-typescript', source, shortCircuit: true };
    },
  });
}
