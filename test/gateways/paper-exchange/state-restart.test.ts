import { mkdtempSync, readdirSync, rmSync, statSync, truncateSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { createRng } from '../../../domain/kernel/rng.ts';
import type { JournalEntry } from '../../../gateways/paper-exchange/exchange.ts';
import { openJournal } from '../../../gateways/paper-exchange/state/journal.ts';
import { readJournal } from '../../../gateways/paper-exchange/state/journal-file.ts';
import {
  portableText,
  readPortableText,
  readStateDir,
  writeStateDir,
} from '../../../gateways/paper-exchange/state/portable.ts';
import {
  ORIGIN_VERSION,
  type Origin,
  writeOrigin,
} from '../../../gateways/paper-exchange/state/state-dir.ts';
import { type Input, isJournalled, Run, randomInputs } from './state-runs.ts';

const SEEDS = 200;
const BATCH = 50;
const INPUTS = 40;
const ORIGIN: Origin = {
  version: ORIGIN_VERSION,
  tape: 'tape',
  seed: 1,
  steps: 6,
  startOffsetMinutes: 0,
};

let root: string;

beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'restarts-'));
});

afterAll(() => rmSync(root, { recursive: true, force: true }));

/** Lives until its input number `upTo` and dies without a word, as by kill -9. */
function dieAfter(dir: string, inputs: readonly Input[], upTo: number): void {
  const recovered = openJournal<JournalEntry>(dir);
  new Run(recovered).take(inputs.slice(0, upTo));
  recovered.journal.close();
}

/** Cuts the journal's last file at any byte, as a kill in the middle of a write does. */
function cutAnywhere(dir: string, at: number): void {
  const last = readdirSync(dir)
    .filter((name) => name.endsWith('.jsonl'))
    .sort()
    .at(-1);
  if (last === undefined) throw new Error('there is no journal');
  const path = join(dir, last);
  truncateSync(path, Math.floor(at * (statSync(path).size + 1)));
}

/** How many inputs a directory holds; the first entry is the start's own step. */
function inputsIn(dir: string, inputs: readonly Input[]): number {
  let left = readJournal(dir).seq - 1;
  let count = 0;
  for (const input of inputs) {
    if (isJournalled(input)) left -= 1;
    if (left < 0) break;
    count += 1;
  }
  return count;
}

function checkSeed(seed: number, isCut: boolean): void {
  const dir = join(root, String(seed));
  const rng = createRng(seed);
  const inputs = randomInputs(seed, INPUTS);
  const diesAfter = rng.int(inputs.length + 1);
  dieAfter(dir, inputs, diesAfter);
  if (isCut) cutAnywhere(dir, rng.next());
  const kept = isCut ? Math.min(diesAfter, inputsIn(dir, inputs)) : diesAfter;

  const restarted = new Run(openJournal<JournalEntry>(dir), kept);
  const neverStopped = new Run();
  neverStopped.take(inputs.slice(0, kept));
  expect(restarted.state()).toBe(neverStopped.state());

  const rest = inputs.slice(kept);
  expect(restarted.take(rest)).toEqual(neverStopped.take(rest));
  expect(restarted.state()).toBe(neverStopped.state());
  expect(restarted.exchange.venue.conservation().difference).toBe('0.0');
  restarted.exchange.close();
  rmSync(dir, { recursive: true });
}

describe('a restart equals no restart', () => {
  // Every other seed is killed between two inputs, the rest at any byte that was written.
  test.each(Array.from({ length: SEEDS / BATCH }, (_, batch) => batch * BATCH))(
    'whenever the end came: nothing acknowledged is lost, all goes on alike (seeds from %i)',
    (from) => {
      for (let seed = from; seed < from + BATCH; seed += 1) checkSeed(seed, seed % 2 === 1);
    },
  );
});

describe('a snapshot file', () => {
  test('goes on elsewhere as if it had never been stopped', () => {
    for (let seed = 1; seed <= 20; seed += 1) {
      const [from, to] = [join(root, `from-${seed}`), join(root, `to-${seed}`)];
      const inputs = randomInputs(seed, INPUTS);
      const half = inputs.length >> 1;
      dieAfter(from, inputs, half);
      writeOrigin(from, ORIGIN);
      writeStateDir(to, readPortableText(portableText(readStateDir(from)), 'text'));
      const restored = new Run(openJournal<JournalEntry>(to), half);
      const neverStopped = new Run();
      neverStopped.take(inputs.slice(0, half));
      const rest = inputs.slice(half);
      expect(restored.take(rest)).toEqual(neverStopped.take(rest));
      expect(restored.state()).toBe(neverStopped.state());
      restored.exchange.close();
    }
  });
});

describe('the random runs', () => {
  test('fill, rest, trigger, reject and cancel: they are worth comparing', () => {
    const statuses = new Set<string>();
    for (let seed = 0; seed < 20; seed += 1) {
      const run = new Run();
      run.take(randomInputs(seed, INPUTS));
      for (const account of run.exchange.venue.knownAccounts()) {
        for (const { status } of run.exchange.venue.historicalOrders(account)) statuses.add(status);
      }
    }
    for (const status of ['open', 'filled', 'canceled', 'triggered', 'iocCancelRejected']) {
      expect([...statuses]).toContain(status);
    }
  });
});
