import { spawnSync } from 'node:child_process';
import { describe, expect, test } from '@jest/globals';
import { completionScript, placesOf, SHELLS } from '../../../client/cli/completion.ts';
import { buildProgram } from '../../../client/cli/program.ts';
import type { World } from '../../../client/cli/world.ts';

const program = buildProgram({} as World, () => undefined, []);

/** What bash would offer for the words, the last of which is being typed. */
function offered(words: readonly string[]): readonly string[] {
  const line = `
${completionScript('bash', program)}
COMP_WORDS=(${words.map((word) => `'${word}'`).join(' ')})
COMP_CWORD=$((\${#COMP_WORDS[@]} - 1))
_perpetua
printf '%s\\n' "\${COMPREPLY[@]}"`;
  const { stdout, stderr, status } = spawnSync('bash', ['--norc', '-c', line], {
    encoding: 'utf8',
  });
  expect({ stderr, status }).toEqual({ stderr: '', status: 0 });
  return stdout.split('\n').filter(Boolean);
}

describe('bash completion', () => {
  test.each([
    [['perpetua', 'se'], ['session']],
    [
      ['perpetua', 'session', 'st'],
      ['start', 'stop'],
    ],
    [['perpetua', 'order', 'place', 'BTC', 'buy', '1', '--pr'], ['--price']],
    [
      ['perpetua', 'order', 'place', '--tif', ''],
      ['GTC', 'IOC', 'ALO'],
    ],
    [['perpetua', 'session', 'stop', 'demo', '--positions', 'c'], ['close']],
    [['perpetua', 'completion', 'f'], ['fish']],
    [['perpetua', 'paper', 'serve', '--sp'], ['--speed']],
  ])('%j offers %j', (words, expected) => {
    expect(offered(words)).toEqual(expected);
  });
});

describe('every shell', () => {
  test.each(SHELLS)('the %s script knows every command and every option', (shell) => {
    const script = completionScript(shell, program);
    for (const { path, words } of placesOf(program)) {
      expect(script).toContain(path);
      for (const { word } of words) expect(script).toContain(word.replace(/^--/, ''));
    }
  });
});
