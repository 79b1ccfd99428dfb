/** The compiled kernel is what its source says, and both kernels mean the same places. */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import { AT, RECORD_DOUBLES } from '../../../../domain/evolution/kernel/record.ts';
import { kernelModule } from '../../../../domain/evolution/kernel/wasm-kernel.ts';

test('the committed module is what its source compiles to, byte by byte', () => {
  execFileSync(process.execPath, ['.config/build-kernel.mjs', '--check'], { encoding: 'utf8' });
  expect(kernelModule().length).toBeLessThan(10_000);
});

test('AssemblyScript and TypeScript mean the same places of a record', () => {
  const source = readFileSync('domain/evolution/kernel/assembly/places.ts', 'utf8');
  const theirs = new Map(
    [...source.matchAll(/const ([A-Z_]+): usize = ([\d *]+);/g)].map(([, name, value]) => [
      name,
      (value as string).split('*').reduce((product, factor) => product * Number(factor), 1),
    ]),
  );
  expect(theirs.get('RECORD_BYTES')).toBe(8 * RECORD_DOUBLES);
  const snake = (name: string) => name.replace(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase();
  // The TypeScript side alone turns weights into verdicts.
  const own = ['rsiWeight', 'emaWeight', 'bandWeight', 'threshold'];
  for (const [name, place] of Object.entries(AT)) {
    if (!own.includes(name)) expect([name, theirs.get(snake(name))]).toEqual([name, 8 * place]);
  }
});
