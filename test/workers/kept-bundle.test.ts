import { appendFileSync, mkdirSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { bundleKey, keptBundle } from '../../workers/kept-bundle.ts';
import { tempFolder } from './up/children.ts';

test('the bundle of a version is made once and is the same for every worker', async () => {
  const folder = tempFolder();
  const made = await keptBundle(folder);
  if (!('codePath' in made)) throw new Error('was not kept');
  const { mtimeMs, size } = statSync(made.codePath);
  expect(size).toBeGreaterThan(100_000);
  expect(await keptBundle(folder)).toEqual(made);
  expect(statSync(made.codePath).mtimeMs).toBe(mtimeMs);
  expect(readdirSync(join(folder, 'bundles'))).toHaveLength(1);
});

test('a bundle that cannot be kept is used all the same', async () => {
  const file = join(tempFolder(), 'no-folder');
  writeFileSync(file, '');
  expect(await keptBundle(file)).toHaveProperty('code');
});

test('another source, or another version of a package, is another bundle', () => {
  const root = tempFolder();
  mkdirSync(join(root, 'workflows'));
  const source = join(root, 'workflows', 'index.ts');
  writeFileSync(source, 'export {};');
  const keys = [bundleKey(root)];
  appendFileSync(source, '\n');
  keys.push(bundleKey(root));
  writeFileSync(join(root, 'package-lock.json'), '{}');
  keys.push(bundleKey(root));
  expect(new Set(keys).size).toBe(3);
  expect(bundleKey(root)).toBe(keys[2]);
});
