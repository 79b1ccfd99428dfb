/**
 * The workflows' code as workers load it, bundled once for each version of the sources and kept in the
 * data folder: a worker that is started again after its death polls about a second of work earlier.
 */
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  globSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
} from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { bundleWorkflowCode, type WorkflowBundle } from '@temporalio/worker';
import { bundled } from './workflow-bundle.ts';

const run = promisify(execFile);
const BUNDLER = fileURLToPath(new URL('./bundle-workflows.ts', import.meta.url));
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

/**
 * A bundle on disk by its path, else by its code: what cannot be kept is used all the same. A process of
 * its own does the bundling: a worker would hold on to the memory that it takes for as long as it lives.
 */
export async function keptBundle(dataDir: string): Promise<WorkflowBundle | { codePath: string }> {
  const folder = join(dataDir, 'bundles');
  const file = join(folder, `workflows-${bundleKey()}.js`);
  if (statSync(file, { throwIfNoEntry: false }) !== undefined) return { codePath: file };
  // Under its name it is whole or not there, whoever else writes it at the same time.
  const draft = `${file}.${process.pid}`;
  try {
    mkdirSync(folder, { recursive: true });
    await run(process.execPath, ['--no-warnings', BUNDLER, draft]);
    renameSync(draft, file);
    dropOld(folder);
    return { codePath: file };
  } catch {
    // A full disk costs this start some memory, not its life. A fault of the code is met again.
    await rm(draft, { force: true }).catch(() => undefined);
    return bundleWorkflowCode(bundled());
  }
}
