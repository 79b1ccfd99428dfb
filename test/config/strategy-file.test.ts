import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { fileWith, folder, inProcess, strategyText } from './strategy-runs.ts';

const hashOf = (text: string): string => createHash('sha256').update(text).digest('hex');
const find = (word: string, files: readonly string[] = []): unknown =>
  inProcess(`
    const found = await strategies.findStrategy(${JSON.stringify(word)}, ${JSON.stringify(files)});
    return found.ok
      ? { name: found.value.seed.name, genes: found.value.seed.genes.length, file: found.value.file }
      : found.error;
  `);

describe('a strategy file', () => {
  const text = strategyText();

  test('is named with the hash of its content', () => {
    const path = fileWith(text);
    const sha256 = hashOf(text);
    expect(find(path)).toEqual({
      name: `my-seed@${sha256.slice(0, 12)}`,
      genes: 9,
      file: { path, sha256 },
    });
  });

  test('takes filters after its path, and is found by name when the settings list it', () => {
    const path = fileWith(text);
    const name = `my-seed@${hashOf(text).slice(0, 12)}`;
    expect(find(`${path}+correlation`)).toMatchObject({ name: `${name}+correlation`, genes: 13 });
    expect(find('my-seed', [path])).toMatchObject({ name, file: { path } });
    expect(find('my-seed+sentiment', [path])).toMatchObject({ name: `${name}+sentiment` });
    expect(find('ema-crossover', [path])).toEqual({ name: 'ema-crossover', genes: 11 });
  });

  test.each([
    ['cannot be parsed', 'export default {', /^cannot be loaded: /],
    [
      'has no default export',
      'export const seed = 1;',
      /is no strategy: default export "undefined"/,
    ],
    [
      'lacks parts',
      "export default { name: 'Bad Name', title: '', genes: [] };",
      /name "Bad Name": must be words .*; title "": must be some text; .*trace "undefined": must be a function/,
    ],
    [
      'imports more than the kit',
      "import fs from 'node:fs'; export default fs;",
      /import "node:fs": a strategy is one file: it may import perpetua\/strategy only/,
    ],
    [
      'reads the next bar',
      strategyText('close[i + 1] > close[i] ? LONG : FLAT'),
      /trace at bar \d+ ".* became .*": must not change with the bars after it \(look-ahead\)/,
    ],
    ['has stances that are none', strategyText('7'), /trace\.stance\[1\] "7": must be LONG, SHORT/],
    ['throws', strategyText('nothing.at(i)'), /trace "nothing is not defined": must not throw/],
  ])('that %s is refused with the rule', (_what, content, rule) => {
    const path = fileWith(content);
    expect(find(path)).toEqual({
      field: 'strategy',
      value: path,
      rule: expect.stringMatching(rule),
    });
  });

  test.each([
    ['/nowhere/seed.ts', 'must be a file that can be read'],
    ['./seed.py/x', 'must be a file that ends in .ts, .mts, .js, .mjs'],
  ])('%s is refused: %s', (path, rule) => {
    expect(find(path)).toMatchObject({ field: 'strategy', rule });
  });
});

test('the example of docs/write-a-strategy.md is a strategy', () => {
  const text = readFileSync('docs/write-a-strategy.md', 'utf8');
  const example = /```ts\n([\s\S]*?)```/.exec(text)?.[1] ?? '';
  expect(find(fileWith(example))).toMatchObject({
    name: `three-in-a-row@${hashOf(example).slice(0, 12)}`,
    genes: 10,
  });
});

describe('a worker', () => {
  const text = strategyText();
  const sha256 = hashOf(text);
  const name = `my-seed@${sha256.slice(0, 12)}`;
  const ask = (dataDir: string, path: string, before = '', asked = name): unknown =>
    inProcess(`
      ${before}
      const file = ${JSON.stringify({ path, sha256 })};
      const seed = await strategies.strategyOfRules(${JSON.stringify(dataDir)}, ${JSON.stringify(asked)}, file);
      return seed.name;
    `);
  const noted = (dataDir: string, path: string): string => `
    const found = await strategies.findStrategy(${JSON.stringify(path)});
    strategies.noteStrategy(${JSON.stringify(dataDir)}, found.value, 1);
  `;

  test('runs a file that was noted in the data folder, with its filters', () => {
    const [dataDir, path] = [folder(), fileWith(text)];
    expect(ask(dataDir, path, noted(dataDir, path))).toBe(name);
    expect(ask(dataDir, path, '', `${name}+sentiment`)).toBe(`${name}+sentiment`);
  });

  test('runs no file that nobody noted: a message alone makes nobody run code', () => {
    const mark = `${folder()}/ran`;
    const loud = strategyText(
      undefined,
      `globalThis.process.getBuiltinModule('fs').writeFileSync(${JSON.stringify(mark)}, '')`,
    );
    const answer = inProcess(`
      const file = { path: ${JSON.stringify(fileWith(loud))}, sha256: ${JSON.stringify(hashOf(loud))} };
      const { existsSync } = await import('node:fs');
      const fault = await strategies.strategyOfRules(${JSON.stringify(folder())}, 'my-seed', file).catch((one) => one);
      return { name: fault.name, message: fault.message, ran: existsSync(${JSON.stringify(mark)}) };
    `);
    expect(answer).toEqual({
      name: 'RangeError',
      message: expect.stringContaining('must be noted in the data folder'),
      ran: false,
    });
  });

  test('refuses a file whose content is not the one that the session was started with', () => {
    const [dataDir, path] = [folder(), fileWith(text)];
    const edit = `${noted(dataDir, path)} writeFileSync(${JSON.stringify(path)}, ${JSON.stringify(strategyText('FLAT'))});`;
    expect(ask(dataDir, path, edit)).toEqual({
      thrown: 'RangeError',
      message: expect.stringMatching(
        /must still have the content that the session was started with/,
      ),
    });
  });

  test('finds registered seeds without a file, and says which there are', () => {
    const answer = inProcess(`
      const seed = await strategies.strategyOfRules('x', 'rsi-reversion+sentiment', undefined);
      const fault = await strategies.strategyOfRules('x', 'nope', undefined).catch((one) => one);
      return [seed.name, fault.message];
    `);
    expect(answer).toEqual([
      'rsi-reversion+sentiment',
      expect.stringMatching(/^strategy "nope": must be one of ema-crossover, /),
    ]);
  });
});
