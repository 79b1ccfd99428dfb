/** Many files and folders, one after the other, each whole or not at all: a stopped import goes on. */
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { type FileReport, type ImportOptions, importFile } from './import-file.ts';
import type { CandleStore } from './store.ts';

export interface ImportProgress {
  readonly done: number;
  readonly total: number;
  readonly rows: number;
  readonly file: string;
}

/** A path that was named and is not there. */
export class PathMissing extends Error {
  override readonly name = 'PathMissing';
}

/** Files in the order of their names; hidden ones are left out. @throws PathMissing */
export function filesUnder(paths: readonly string[]): readonly string[] {
  return paths.flatMap((path) => {
    let stat: ReturnType<typeof statSync>;
    try {
      stat = statSync(path);
    } catch {
      throw new PathMissing(`${path}: does not exist`);
    }
    if (!stat.isDirectory()) return [path];
    const names = readdirSync(path).filter((name) => !name.startsWith('.'));
    return filesUnder(names.sort().map((name) => join(path, name)));
  });
}

export async function importMany(
  store: CandleStore,
  files: readonly string[],
  options: ImportOptions,
  onProgress: (progress: ImportProgress) => void = () => undefined,
): Promise<readonly FileReport[]> {
  const lists = new Map();
  const reports: FileReport[] = [];
  let rows = 0;
  const run = async (writer: Parameters<typeof importFile>[1]): Promise<void> => {
    for (const file of files) {
      onProgress({ done: reports.length, total: files.length, rows, file });
      const report = await importFile(store, writer, file, options, lists);
      rows += report.rows;
      reports.push(report);
    }
  };
  // A dry run needs no lock, and must not wait for one.
  if (options.dryRun === true) await run(store.dryWriter());
  else await store.write(run);
  onProgress({ done: files.length, total: files.length, rows, file: '' });
  return reports;
}
