/**
 * The workflows' code as workers load it, bundled once for each version of the sources and kept in the
 * data folder: a worker that is started again after its death polls about a second of work earlier.
 */
import { createHash } from 'node:crypto';
import {
  globSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { bundleWorkflowCode, type WorkflowBundle } from '@temporalio/worker';
import { bundled } from './workflow-bundle.ts';

const ROOT = fileURLToPath(new URL('../', import.meta.url));
/** Whatever a workflow may import (`.config/dependency-cruiser.cjs`), how it is bundled, and packages. */
const SOURCES = [
  'workflows/**/*.ts',
  'domain/**/*.ts',
  'activities/interfaces/**/*.ts',
  'workers/workflow-bundle.ts',
];
const VERSIONS = 'package-lock.json';
const NAME = /^workflows-[0-9a-f]{64}\.js$/;
/** The present version, and the ones that a deployment goes back to. */
const KEPT = 3;

/** Names the bundle that follows from these sources, this Node and these packages. */
export function bundleKey(root: string = ROOT): string {
  const hash = createHash('sha256').update(process.version);
  for (const file of [...globSync([...SOURCES, VERSIONS], { cwd: root })].sort()) {
    hash.update(`\0${file}\0`).update(readFileSync(join(root, file)));
  }
  return hash.digest('hex');
}

function dropOld(folder: string): void {
  const bundles = readdirSync(folder)
    .filter((name) => NAME.test(name))
    .map((name) => join(folder, name))
    .sort((a, b) => statSync(b).mtimeMs - statSync(a).mtimeMs);
  for (const file of bundles.slice(KEPT)) rmSync(file, { force: true });
}

/** A bundle on disk by its path, else by its code: what cannot be kept is used all the same. */
export async function keptBundle(dataDir: string): Promise<WorkflowBundle | { codePath: string }> {
  const folder = join(dataDir, 'bundles');
  const file = join(folder, `workflows-${bundleKey()}.js`);
  if (statSync(file, { throwIfNoEntry: false }) !== undefined) return { codePath: file };
  const bundle = await bundleWorkflowCode(bundled());
  try {
    mkdirSync(folder, { recursive: true });
    // Under its name it is whole or not there, whoever else writes it at the same time.
    const draft = `${file}.${process.pid}`;
    writeFileSync(draft, bundle.code, { flush: true });
    renameSync(draft, file);
    dropOld(folder);
  } catch {
    // A full disk costs the next start a second, not this one its life.
  }
  return bundle;
}
