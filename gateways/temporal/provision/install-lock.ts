/**
 * Keeps two processes from installing the same thing at once. The lock is a folder whose holder
 * touches it; one that nobody has touched for a while belonged to a process that died.
 */
import { mkdir, rm, stat, utimes } from 'node:fs/promises';

const TOUCH_EVERY_MS = 2_000;
const STALE_AFTER_MS = 15_000;
const LOOK_EVERY_MS = 200;

/** Runs the work while holding the lock; waits for another holder first. */
export async function withInstallLock<Result>(
  path: string,
  work: () => Promise<Result>,
): Promise<Result> {
  while (!(await tryTake(path))) {
    await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
  }
  const touching = setInterval(() => {
    const now = new Date();
    utimes(path, now, now).catch(() => {});
  }, TOUCH_EVERY_MS);
  try {
    return await work();
  } finally {
    clearInterval(touching);
    await rm(path, { recursive: true, force: true });
  }
}

async function tryTake(path: string): Promise<boolean> {
  try {
    await mkdir(path);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
  const touched = await stat(path).catch(() => undefined);
  if (touched !== undefined && Date.now() - touched.mtimeMs > STALE_AFTER_MS) {
    await rm(path, { recursive: true, force: true });
  }
  return false;
}
