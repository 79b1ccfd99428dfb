import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import {
  HALT_FILE,
  haltFile,
  haltRule,
  liftHalt,
  readHalt,
  tripHalt,
} from '../../config/halt-file.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'halt-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const HALT = { reason: 'feed looks wrong', by: 'command line', sinceMs: 1_760_000_000_000 };

describe('the kill switch', () => {
  test('is off until it is tripped, and stays on until it is lifted', () => {
    expect(readHalt(folder)).toBeUndefined();
    expect(haltRule(folder)).toBeUndefined();
    expect(tripHalt(folder, HALT)).toEqual(HALT);
    expect(readHalt(folder)).toEqual(HALT);
    expect(haltRule(folder)).toBe('entries are halted: feed looks wrong');
    expect(liftHalt(folder)).toEqual(HALT);
    expect(readHalt(folder)).toBeUndefined();
    expect(liftHalt(folder)).toBeUndefined();
  });

  test('keeps the first reason when it is tripped again', () => {
    tripHalt(folder, HALT);
    expect(tripHalt(folder, { ...HALT, reason: 'another', sinceMs: 2 })).toEqual(HALT);
    expect(readHalt(folder)).toEqual(HALT);
  });

  test('can be tripped in a folder that does not exist yet', () => {
    const fresh = join(folder, 'a', 'b');
    tripHalt(fresh, HALT);
    expect(readHalt(fresh)).toEqual(HALT);
  });

  test.each([
    ['nothing', '', `${HALT_FILE} is in the data folder`],
    ['a sentence', 'lunch break\n', 'lunch break'],
    ['JSON of another shape', '{"reason":1}', '{"reason":1}'],
    ['half a JSON text', '{"reason":"x', '{"reason":"x'],
  ])('is on when a file made by hand says %s', (_what, content, reason) => {
    writeFileSync(haltFile(folder), content);
    expect(readHalt(folder)).toEqual({ reason });
  });

  test('is on when what is there cannot be read as a file', () => {
    mkdirSync(haltFile(folder));
    expect(readHalt(folder)?.reason).toContain('cannot be read');
  });

  test('is on when the data folder cannot be looked into', () => {
    const notAFolder = join(folder, 'file');
    writeFileSync(notAFolder, '');
    expect(readHalt(notAFolder)?.reason).toContain('cannot be read');
  });
});
