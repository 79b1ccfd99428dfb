/** The fact board: a shortcut from the user stream to whoever is sending, which loses nothing. */
import { describe, expect, test } from '@jest/globals';
import { createFactBoard } from '../../activities/fact-board.ts';
import type { FillFact } from '../../domain/execution/order-facts.ts';
import { px, sizeBase, usd } from '../../domain/kernel/decimal.ts';
import type { Cloid } from '../../domain/kernel/ids.ts';

const MINE = '0x00000000000000000000000000000001' as Cloid;
const OTHER = '0x00000000000000000000000000000002' as Cloid;

const fill = (tid: number, size: string): FillFact => ({
  tid,
  oid: 7,
  timeMs: 1_795_000_000_000,
  px: px('90000'),
  sizeBase: sizeBase(size),
  feeUsd: usd('0.1'),
  closedPnlUsd: usd('0'),
  crossed: true,
});
const fills = (...all: FillFact[]) => ({ statuses: [], fills: all });

describe('the fact board', () => {
  test('takes nothing for an order that nobody is sending here', () => {
    const board = createFactBoard();
    board.listen(MINE);
    expect(board.offer(OTHER, fills(fill(1, '1')))).toBe(false);
  });

  test('hands everything that was heard to the sender, and nothing after it closed', () => {
    const board = createFactBoard();
    const ear = board.listen(MINE);
    expect(board.offer(MINE, fills(fill(1, '1')))).toBe(true);
    expect(board.offer(MINE, fills(fill(2, '2')))).toBe(true);
    expect(ear.close().fills.map(({ tid }) => tid)).toEqual([1, 2]);
    expect(board.offer(MINE, fills(fill(3, '3')))).toBe(false);
  });

  test('a sender waits until the size that the venue counted was heard', async () => {
    const board = createFactBoard();
    board.streaming();
    const ear = board.listen(MINE);
    const heard: number[] = [];
    const waiting = ear.untilFilled(sizeBase('3')).then(() => heard.push(0));
    board.offer(MINE, fills(fill(1, '1')));
    await Promise.resolve();
    expect(heard).toEqual([]);
    board.offer(MINE, fills(fill(2, '2')));
    await waiting;
    expect(ear.close().fills).toHaveLength(2);
  });

  test('a sender whose executions are never heard goes on without them', async () => {
    const board = createFactBoard();
    board.streaming();
    const ear = board.listen(MINE);
    await ear.untilFilled(sizeBase('1'));
    expect(ear.close()).toEqual({ statuses: [], fills: [] });
  });

  test('whoever starts orders is told once all of them are being sent', async () => {
    const board = createFactBoard();
    const heard: string[] = [];
    const sent = board.untilSent([MINE, OTHER]).then(() => heard.push('sent'));
    board.listen(MINE);
    await new Promise((resolve) => setImmediate(resolve));
    expect(heard).toEqual([]);
    board.listen(OTHER);
    await new Promise((resolve) => setImmediate(resolve));
    expect(heard).toEqual(['sent']);
    await sent;
  });

  test('an order that is sent elsewhere, or never, keeps nobody waiting for ever', async () => {
    const board = createFactBoard();
    await board.untilSent([MINE]);
    // Nobody waits any more: sending it now is nobody's news.
    board.listen(MINE).close();
  });

  test('a sender does not wait when the stream runs elsewhere', async () => {
    const board = createFactBoard();
    const end = board.streaming();
    end();
    const ear = board.listen(MINE);
    let waited = true;
    const waiting = ear.untilFilled(sizeBase('1')).then(() => {
      waited = false;
    });
    await Promise.resolve();
    await Promise.resolve();
    expect(waited).toBe(false);
    await waiting;
    ear.close();
  });
});
