/**
 * When a position was open without a stop that covers it, reconstructed from the venue's executions
 * and status changes alone.
 */
import { decimal, ZERO } from '../../domain/kernel/decimal.ts';
import type { VenueFacts } from './facts.ts';

export interface Spell {
  readonly coin: string;
  readonly fromMs: number;
  readonly toMs: number;
}

interface Stop {
  readonly side: 'buy' | 'sell';
  readonly size: string;
}

interface Change {
  readonly atMs: number;
  readonly apply: (book: Book) => void;
}

/** Position and resting stops of one coin at one moment. */
interface Book {
  position: string;
  readonly stops: Map<number, Stop>;
}

function changesOf({ fills, changes }: VenueFacts, coin: string): Change[] {
  const ofCoin = <Item extends { readonly coin: string }>(items: readonly Item[]) =>
    items.filter((item) => item.coin === coin);
  return [
    ...ofCoin(fills).map(({ timeMs, side, sizeBase }) => ({
      atMs: timeMs,
      apply: (book: Book) => {
        const signed = side === 'buy' ? decimal(sizeBase) : decimal(sizeBase).negated();
        book.position = decimal(book.position).plus(signed).toFixed();
      },
    })),
    ...ofCoin(changes).map(({ atMs, oid, status, stopSize, side }) => ({
      atMs,
      apply: (book: Book) => {
        if (status === 'open' && stopSize !== '0') book.stops.set(oid, { side, size: stopSize });
        else book.stops.delete(oid);
      },
    })),
  ].sort((a, b) => a.atMs - b.atMs);
}

function isCovered({ position, stops }: Book): boolean {
  const held = decimal(position);
  if (held.isZero()) return true;
  const closing = held.gt(0) ? 'sell' : 'buy';
  const covered = [...stops.values()]
    .filter(({ side }) => side === closing)
    .reduce((sum, { size }) => sum.plus(decimal(size)), ZERO);
  return covered.gte(held.abs());
}

/**
 * The spells without cover up to `untilMs`, cut at every disturbance: what a kill interrupts starts
 * to count again after it.
 */
export function unprotectedSpells(
  venue: VenueFacts,
  disturbancesMs: readonly number[],
  untilMs: number,
): readonly Spell[] {
  const coins = new Set(venue.fills.map(({ coin }) => coin));
  return [...coins].flatMap((coin) => {
    const spells: Spell[] = [];
    const book: Book = { position: '0', stops: new Map() };
    let bareSinceMs: number | undefined;
    const end = (toMs: number): void => {
      if (bareSinceMs !== undefined) spells.push({ coin, fromMs: bareSinceMs, toMs });
    };
    const moments = [
      ...changesOf(venue, coin),
      ...disturbancesMs.map((atMs) => ({ atMs, apply: undefined })),
    ].sort((a, b) => a.atMs - b.atMs);
    for (const { atMs, apply } of moments) {
      if (atMs > untilMs) break;
      apply?.(book);
      const isDisturbed = apply === undefined;
      const covered = isCovered(book);
      if (covered || isDisturbed) end(atMs);
      if (covered) bareSinceMs = undefined;
      else if (isDisturbed) bareSinceMs = atMs;
      else bareSinceMs ??= atMs;
    }
    end(untilMs);
    return spells;
  });
}
