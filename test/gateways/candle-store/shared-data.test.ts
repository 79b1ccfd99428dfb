/**
 * Everything in the shared folder of market data, whose own list says how many rows, gaps and bars
 * without a trade each file has. The folder is no part of the repository.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from '@jest/globals';

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));
const FOLDER = process.env.PERPETUA_SHARED_DATA ?? join(ROOT, '../shared/data');

interface Listed {
  readonly file: string;
  readonly kind: string;
  readonly rows: number;
  readonly missing?: number;
  readonly zerovol?: number;
}

const reason = `${relative(ROOT, FOLDER)} is not there; PERPETUA_SHARED_DATA may name it`;

const DATA = join(ROOT, 'workers/data.ts');

interface Imported {
  readonly imported: number;
  readonly refused: number;
  readonly reports: readonly {
    readonly file: string;
    readonly outcome: string;
    readonly rows: number;
    readonly findings: readonly { readonly what: string; readonly count: number }[];
  }[];
}

function runData<Document>(dataDir: string, words: readonly string[]): Document {
  const args = [DATA, ...words, '--data-dir', dataDir, '--json'];
  return JSON.parse(execFileSync(process.execPath, args, { maxBuffer: 2 ** 26 }).toString());
}

if (!existsSync(join(FOLDER, 'manifest.json'))) {
  test.skip(`all shared data is imported: skipped because ${reason}`, () => undefined);
} else {
  describe('all shared data', () => {
    test('is imported as its list describes it, and again without a change', () => {
      const dataDir = mkdtempSync(join(tmpdir(), 'perpetua-shared-'));
      const listed = JSON.parse(readFileSync(join(FOLDER, 'manifest.json'), 'utf8')) as Listed[];
      const first = runData<Imported>(dataDir, ['import', FOLDER]);
      const reports = new Map(first.reports.map((one) => [relative(FOLDER, one.file), one]));
      expect(listed.length).toBe(180);
      for (const { file, kind, rows, zerovol } of listed) {
        const report = reports.get(file);
        const count = report?.findings.find((one) => one.what === 'zeroVolume')?.count ?? 0;
        if (['candles', 'mark', 'funding', 'sentiment'].includes(kind)) {
          expect([file, report?.outcome, report?.rows]).toEqual([file, 'imported', rows]);
        } else expect(report?.outcome === 'skipped' || file.includes('api/')).toBe(true);
        if (file.startsWith('candles/')) expect([file, count]).toEqual([file, zerovol]);
      }
      expect(first.refused).toBe(0);
      const stored = runData(dataDir, ['list']);
      expect(runData<Imported>(dataDir, ['import', FOLDER]).imported).toBe(0);
      expect(runData(dataDir, ['list'])).toEqual(stored);
      rmSync(dataDir, { recursive: true, force: true });
    });
  });
}
