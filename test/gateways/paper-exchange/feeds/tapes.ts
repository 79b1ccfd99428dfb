/** Tapes for the tests of feeds: the committed recordings, and files that a test writes itself. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';
import { expect } from '@jest/globals';
import type { Feed } from '../../../../gateways/paper-exchange/feeds/feed.ts';
import { openTape } from '../../../../gateways/paper-exchange/feeds/open-tape.ts';
import type { TapeFeed } from '../../../../gateways/paper-exchange/feeds/tape-feed.ts';

const fixture = (name: string): string =>
  fileURLToPath(new URL(`../../../fixtures/feeds/${name}`, import.meta.url));

export const HYPERLIQUID_LOG = fixture('ws_BTC_20250126.log.gz');
export const BINANCE_LOG = fixture('ws_BTCUSDT_20240808.log.gz');

export const linesOf = (path: string): string[] =>
  gunzipSync(readFileSync(path)).toString('utf8').trimEnd().split('\n');

/** A folder for the files of one test file. */
export function tapeFolder() {
  const root = mkdtempSync(join(tmpdir(), 'feeds-'));
  let made = 0;
  return {
    /** Writes files into a new folder and returns its path. */
    with(files: Readonly<Record<string, string | Uint8Array>>): string {
      made += 1;
      const dir = mkdtempSync(join(root, `${made}-`));
      for (const [name, content] of Object.entries(files)) writeFileSync(join(dir, name), content);
      return dir;
    },
    remove: () => rmSync(root, { recursive: true, force: true }),
  };
}

export const open = (path: string, options: object = {}): TapeFeed =>
  openTape(path, { seed: 1, stepsPerBar: 6, ...options });

/** What every recorded feed keeps: time goes forward, books are whole and uncrossed, ticks legal. */
export function expectSound(feed: Feed, steps: readonly number[]): void {
  for (const step of steps) {
    const { timeMs, updates } = feed.moment(step);
    expect(timeMs).toBeGreaterThan(feed.timeMs(step - 1));
    for (const { bids, asks, markPx } of updates) {
      const ladder = [...bids.toReversed(), ...asks].map(({ px }) => Number(px));
      expect(ladder.every((px, place) => place === 0 || px > (ladder[place - 1] ?? px))).toBe(true);
      expect([...bids, ...asks].every(({ sz }) => Number(sz) > 0)).toBe(true);
      expect(Number(markPx)).toBeGreaterThan(0);
    }
  }
}

export const everyStep = (feed: Feed): number[] =>
  Array.from({ length: feed.lastStep }, (_, index) => index + 1);

/** Repeats expectations until they hold; after the deadline, the last failure. */
export async function soon(expectations: () => unknown, deadlineMs = 15_000): Promise<void> {
  const startMs = Date.now();
  for (;;) {
    try {
      await expectations();
      return;
    } catch (failure) {
      if (Date.now() - startMs > deadlineMs) throw failure;
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  }
}
