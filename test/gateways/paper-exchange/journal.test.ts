import {
  appendFileSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { openJournal } from '../../../gateways/paper-exchange/state/journal.ts';

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
    writeFileSync(join(dir, 'snapshot.json'), JSON.stringify({ seq: 2, state: 'two' }));
    const recovered = openJournal<number>(dir);
    expect([recovered.snapshot, recovered.entries]).toEqual(['two', [3]]);
  });

  test('refuses a damaged line other than the last, with its place', () => {
    openJournal<number>(dir).journal.append(1);
    appendFileSync(lastSegment(), 'nonsense\n{"seq":2,"entry":2}\n');
    expect(() => openJournal<number>(dir)).toThrow(/line 2: not a journal line/);
  });

  test('refuses a hole in its entries', () => {
    openJournal<number>(dir).journal.append(1);
    appendFileSync(lastSegment(), '{"seq":3,"entry":3}\n');
    expect(() => openJournal<number>(dir)).toThrow('journal entry 2 is missing, found 3');
  });

  test('refuses a damaged snapshot', () => {
    openJournal<number>(dir).journal.append(1);
    writeFileSync(join(dir, 'snapshot.json'), '{"seq":1,"st');
    expect(() => openJournal<number>(dir)).toThrow(/snapshot.json: not readable/);
  });
});
