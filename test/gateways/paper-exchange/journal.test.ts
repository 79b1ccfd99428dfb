import {
  appendFileSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { type Fsync, openJournal } from '../../../gateways/paper-exchange/state/journal.ts';
import { journalLine, snapshotText } from '../../../gateways/paper-exchange/state/journal-file.ts';

let dir: string;

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'journal-'));
});

afterEach(() => rmSync(dir, { recursive: true, force: true }));

const segments = (): string[] => readdirSync(dir).filter((name) => name.endsWith('.jsonl'));
const lastSegment = (): string => join(dir, segments().sort().at(-1) ?? '');

describe('a journal', () => {
  test('gives back every entry in order, and goes on after them', () => {
    const first = openJournal<number>(dir);
    for (const entry of [1, 2, 3]) first.journal.append(entry);
    const second = openJournal<number>(dir);
    expect(second.entries).toEqual([1, 2, 3]);
    second.journal.append(4);
    expect(openJournal<number>(dir).entries).toEqual([1, 2, 3, 4]);
  });

  test('starts anew from a snapshot and removes what came before it', () => {
    const { journal } = openJournal<number>(dir);
    journal.append(1);
    journal.saveSnapshot({ sum: 1 });
    journal.append(2);
    expect(segments()).toHaveLength(1);
    const recovered = openJournal<number>(dir);
    expect([recovered.snapshot, recovered.entries]).toEqual([{ sum: 1 }, [2]]);
  });

  test('cut at any byte loses at most the entry that was being written', () => {
    const entries = fc.array(fc.string({ minLength: 1, maxLength: 20 }), {
      minLength: 1,
      maxLength: 8,
    });
    fc.assert(
      fc.property(entries, fc.nat(), fc.boolean(), (texts, at, hasSnapshot) => {
        rmSync(dir, { recursive: true, force: true });
        const { journal } = openJournal<string>(dir);
        if (hasSnapshot) {
          journal.append('before');
          journal.saveSnapshot('state');
        }
        const ends = texts.map((text) => {
          journal.append(text);
          return statSync(lastSegment()).size;
        });
        const cut = at % ((ends.at(-1) ?? 0) + 1);
        truncateSync(lastSegment(), cut);
        const whole = ends.filter((end) => end <= cut).length;
        const recovered = openJournal<string>(dir);
        expect(recovered.entries).toEqual(texts.slice(0, whole));
        expect(recovered.tornBytes).toBe(cut - (ends[whole - 1] ?? 0));
        recovered.journal.append('after');
        expect(openJournal<string>(dir).entries).toEqual([...texts.slice(0, whole), 'after']);
      }),
      { numRuns: 60 },
    );
  });

  test('killed between its snapshot and the removal of old entries counts nothing twice', () => {
    const { journal } = openJournal<number>(dir);
    for (const entry of [1, 2, 3]) journal.append(entry);
    writeFileSync(join(dir, 'snapshot.json'), snapshotText(2, 'two'));
    const recovered = openJournal<number>(dir);
    expect([recovered.snapshot, recovered.entries]).toEqual(['two', [3]]);
  });

  test('refuses a damaged line other than the last, with its place', () => {
    openJournal<number>(dir).journal.append(1);
    appendFileSync(lastSegment(), `nonsense\n${journalLine(2, 2)}`);
    expect(() => openJournal<number>(dir)).toThrow(/line 2: damaged: its checksum does not fit/);
  });

  test('refuses a line in which a single digit has changed', () => {
    const { journal } = openJournal<{ usd: string }>(dir);
    journal.append({ usd: '100' });
    journal.append({ usd: '5' });
    const text = readFileSync(lastSegment(), 'utf8');
    writeFileSync(lastSegment(), text.replace('"100"', '"900"'));
    expect(() => openJournal(dir)).toThrow(/line 1: damaged/);
  });

  test('refuses a hole in its entries', () => {
    openJournal<number>(dir).journal.append(1);
    appendFileSync(lastSegment(), journalLine(3, 3));
    expect(() => openJournal<number>(dir)).toThrow('journal entry 2 is missing, found 3');
  });

  test.each([
    [
      'cut short',
      (text: string) => text.slice(0, -9),
      /snapshot.json: damaged: must hold \d+ bytes/,
    ],
    [
      'changed',
      (text: string) => text.replace('one', 'two'),
      /snapshot.json: damaged: its checksum/,
    ],
    ['another file', () => '{"seq":1,"state":{}}', /snapshot.json: must be a paper-exchange state/],
    [
      'of another version',
      (text: string) => text.replace('"version":1', '"version":99'),
      /snapshot.json: version 99: must be 1/,
    ],
  ])('refuses a snapshot that is %s, with the reason', (_how, damage, words) => {
    const { journal } = openJournal<number>(dir);
    journal.append(1);
    journal.saveSnapshot({ state: 'one' });
    const path = join(dir, 'snapshot.json');
    writeFileSync(path, damage(readFileSync(path, 'utf8')));
    expect(() => openJournal<number>(dir)).toThrow(words);
  });
});

describe('the durability of a journal', () => {
  test.each<Fsync>(['always', 'batch', 'never'])('%s gives back every entry', async (fsync) => {
    const first = openJournal<number>(dir, fsync);
    for (const entry of [1, 2]) first.journal.append(entry);
    await first.journal.settled();
    first.journal.saveSnapshot('two');
    first.journal.append(3);
    await first.journal.settled();
    first.journal.close();
    const second = openJournal<number>(dir, fsync);
    expect([second.snapshot, second.entries]).toEqual(['two', [3]]);
    second.journal.close();
  });

  test.each<Fsync>(['always', 'never'])('%s makes nobody wait after the write', (fsync) => {
    const { journal } = openJournal<number>(dir, fsync);
    journal.append(1);
    expect(journal.settled()).toBeUndefined();
  });

  test('batch makes those wait whose entries the disk does not have yet, and nobody twice', async () => {
    const { journal } = openJournal<number>(dir, 'batch');
    expect(journal.settled()).toBeUndefined();
    journal.append(1);
    const early = journal.settled();
    journal.append(2);
    const late = journal.settled();
    expect([early, late]).toEqual([expect.any(Promise), expect.any(Promise)]);
    await Promise.all([early, late]);
    expect(journal.settled()).toBeUndefined();
  });

  test('batch goes on when a snapshot is saved while a sync is under way', async () => {
    const { journal } = openJournal<number>(dir, 'batch');
    journal.append(1);
    const settled = journal.settled();
    journal.saveSnapshot('one');
    journal.append(2);
    await Promise.all([settled, journal.settled()]);
    expect(openJournal<number>(dir).entries).toEqual([2]);
  });
});
