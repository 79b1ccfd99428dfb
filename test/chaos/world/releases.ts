/**
 * Two releases of the workers in folders of their own: an older one, whose orders prepare and send in
 * two activities (decision 8) and whose parents ask by local ones (decision 14), and the present one.
 * A deploy swap is a restart from the other folder while orders are in flight.
 */
import { cpSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));
const PARTS = [
  'activities',
  'config',
  'domain',
  'gateways',
  'workers',
  'workflows',
  'package.json',
];

const MESSAGES = ['workflows/order/order.messages.ts', 'workflows/parent/parent.messages.ts'];
const PRESENT = '({ intent, edition: EDITION })';
const OLDER = '({ intent })';

export interface Release {
  readonly name: string;
  readonly folder: string;
}

/** Makes the older release below the folder. @throws when the sources no longer say what it changes */
export function makeOlderRelease(folder: string): Release {
  const release = join(folder, 'release-older');
  mkdirSync(release, { recursive: true });
  for (const part of PARTS) cpSync(join(ROOT, part), join(release, part), { recursive: true });
  symlinkSync(join(ROOT, 'node_modules'), join(release, 'node_modules'));
  for (const messages of MESSAGES) {
    const file = join(release, messages);
    const source = readFileSync(file, 'utf8');
    if (!source.includes(PRESENT)) throw new Error(`${messages}: does not contain ${PRESENT}`);
    writeFileSync(file, source.replace(PRESENT, OLDER));
  }
  return { name: 'older', folder: release };
}

export const PRESENT_RELEASE: Release = { name: 'present', folder: ROOT };
