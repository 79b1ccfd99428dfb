import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { durationMs } from '../../../workers/up/duration.ts';
import { parseUpFlags, USAGE } from '../../../workers/up/flags.ts';
import { runUp } from '../../../workers/up/run-up.ts';
import { tempFolder } from './children.ts';

let stdout: string;
let stderr: string;
beforeEach(() => {
  stdout = '';
  stderr = '';
  jest.spyOn(process.stdout, 'write').mockImplementation((text) => {
    stdout += String(text);
    return true;
  });
  jest.spyOn(process.stderr, 'write').mockImplementation((text) => {
    stderr += String(text);
    return true;
  });
});
afterEach(() => {
  jest.restoreAllMocks();
});

describe('the flags of up', () => {
  test('become settings that name their flag', () => {
    const flags = parseUpFlags(['--speed', '600', '--data-dir', 'x', '--for', '90s', '--json']);
    expect(flags).toEqual({
      settings: [
        { key: 'dataDir', value: 'x', flag: '--data-dir' },
        { key: 'paper.speed', value: '600', flag: '--speed' },
      ],
      forMs: 90_000,
      ports: 'fixed',
      json: true,
      help: false,
    });
    expect(parseUpFlags(['--session', 'demo']).session).toBe('demo');
  });

  test.each([
    ['90s', 90_000],
    ['5m', 300_000],
    ['1.5h', 5_400_000],
    ['250ms', 250],
    ['90', undefined],
    ['0s', undefined],
    ['-5s', undefined],
    ['9999h', undefined],
    ['', undefined],
  ])('a duration %j is %p milliseconds', (text, expected) => {
    expect(durationMs(text)).toBe(expected);
  });

  test.each([
    [['--sped', '3'], '--sped'],
    [['--for', 'soon'], '--for "soon": must be a duration'],
    [['--ports', 'some'], '--ports "some": must be auto or fixed'],
    [['--session', 'a', '--no-session'], '--session "a": contradicts --no-session'],
    [['--speed', 'fast'], 'paper.speed "fast"'],
    [['--speed', 'fast'], 'flag --speed'],
    [['--network', 'mainnet'], 'does not trade real money yet'],
    [['extra'], 'extra'],
  ])('that are wrong end with exit code 2 and say what: %j', async (args, message) => {
    expect(
      await runUp([...args, ...(args[0] === 'extra' ? [] : ['--data-dir', tempFolder()])]),
    ).toBe(2);
    expect(stderr).toContain(message);
    expect(stdout).toBe('');
  });

  test('are explained by --help, each of them', async () => {
    expect(await runUp(['--help'])).toBe(0);
    expect(stdout).toBe(USAGE);
    for (const flag of ['--for', '--ports', '--json', '--session', '--speed', '--workers']) {
      expect(USAGE).toContain(flag);
    }
  });
});
