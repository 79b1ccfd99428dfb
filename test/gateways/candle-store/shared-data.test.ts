/**
 * Everything in the shared folder of market data, whose own list says how many rows, gaps and bars
 * without a trade each file has. The folder is no part of the repository.
 */
import { existsSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from '@jest/globals';
import { openScene } from './scene.ts';

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

if (!existsSync(join(FOLDER, 'manifest.json'))) {
  test.skip(`all shared data is imported: skipped because ${reason}`, () => undefined);
} else {
  describe('all shared data', () => {
    test('is imported as its list describes it, and again without a change', async () => {
      const scene = openScene();
      const listed = JSON.parse(readFileSync(join(FOLDER, 'manifest.json'), 'utf8')) as Listed[];
      const reports = new Map(
        (await scene.import([FOLDER])).map((report) => [relative(FOLDER, report.file), report]),
      );
      expect(listed.length).toBe(180);
      const count = (file: string, what: string): number =>
        reports.get(file)?.findings.find((one) => one.what === what)?.count ?? 0;
      for (const { file, kind, rows, zerovol } of listed) {
        const report = reports.get(file);
        if (!['candles', 'mark', 'funding', 'sentiment'].includes(kind)) {
          expect(report?.outcome === 'skipped' || file.includes('api/')).toBe(true);
          continue;
        }
        expect([file, report?.outcome, report?.rows]).toEqual([file, 'imported', rows]);
        if (file.startsWith('candles/'))
          expect([file, count(file, 'zeroVolume')]).toEqual([file, zerovol]);
      }
      expect([...reports.values()].filter(({ outcome }) => outcome === 'refused')).toEqual([]);
      const hashes = (): string[] => scene.store.series().map(({ contentHash }) => contentHash);
      const before = hashes();
      const again = await scene.import([FOLDER]);
      expect(again.filter(({ outcome }) => outcome === 'imported')).toEqual([]);
      expect(hashes()).toEqual(before);
      await scene.close();
    });
  });
}
