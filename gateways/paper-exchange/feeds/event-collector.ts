/**
 * Gathers what the files of a tape tell of each market, in the order of the exchange's clock, and
 * counts what it cannot use: repetitions, books that cannot be books, lines that go
 * back in time within their file, and everything before a market's first book.
 */
import type { AssetSpec } from '../../../domain/market/asset.ts';
import { packBook, type RecordedMoment } from './event-track.ts';
import { bookFault, isCrossed, type MarketEvent } from './market-events.ts';
import type { SkipReason, TapeFile } from './tape-file.ts';

interface Place {
  readonly file: TapeFile;
  readonly line: number;
}

interface Gathered {
  readonly asset: AssetSpec;
  readonly moments: Map<number, RecordedMoment>;
  readonly tradeIds: Set<string>;
  /** Where the first thing of a moment stood, for the count of what comes before the first book. */
  readonly places: Map<number, Place>;
}

export class EventCollector {
  readonly #markets = new Map<string, Gathered>();
  readonly #newest = new Map<string, number>();

  add(asset: AssetSpec, event: MarketEvent, file: TapeFile, line: number): void {
    const gathered = this.#gathered(asset);
    const reason = this.#reasonAgainst(event, gathered, file);
    if (reason) {
      file.skip(reason, line);
      return;
    }
    const { timeMs, fact } = event;
    const moment = gathered.moments.get(timeMs) ?? { timeMs, trades: [] };
    gathered.moments.set(timeMs, moment);
    if (!gathered.places.has(timeMs)) gathered.places.set(timeMs, { file, line });
    switch (fact.kind) {
      case 'trade':
        moment.trades.push(fact.trade);
        break;
      case 'book':
        moment.packedBook = packBook(fact);
        break;
      case 'context':
        moment.context = fact;
        break;
      case 'best': {
        // Some recorders write a row per side.
        const { bid = moment.best?.bid, ask = moment.best?.ask } = fact;
        moment.best = { kind: 'best', bid, ask };
        break;
      }
    }
  }

  /** Each market's moments from its first book on, ascending; markets without a book are left out. */
  finish(): { asset: AssetSpec; moments: RecordedMoment[] }[] {
    const markets: { asset: AssetSpec; moments: RecordedMoment[] }[] = [];
    for (const { asset, moments, places } of this.#markets.values()) {
      const ordered = [...moments.values()].sort((a, b) => a.timeMs - b.timeMs);
      const first = ordered.findIndex(({ packedBook }) => packedBook !== undefined);
      for (const { timeMs } of first === -1 ? ordered : ordered.slice(0, first)) {
        const place = places.get(timeMs);
        place?.file.skip('before the first book', place.line);
      }
      if (first !== -1) markets.push({ asset, moments: ordered.slice(first) });
    }
    return markets;
  }

  #gathered(asset: AssetSpec): Gathered {
    const known = this.#markets.get(asset.name);
    if (known) return known;
    const fresh = { asset, moments: new Map(), tradeIds: new Set<string>(), places: new Map() };
    this.#markets.set(asset.name, fresh);
    return fresh;
  }

  #reasonAgainst(
    { coin, timeMs, fact }: MarketEvent,
    { moments, tradeIds }: Gathered,
    file: TapeFile,
  ): SkipReason | undefined {
    if (fact.kind === 'trade' && fact.id !== undefined) {
      if (tradeIds.has(fact.id)) return 'duplicate';
      tradeIds.add(fact.id);
    }
    const stream = `${file.path} ${coin} ${fact.kind}`;
    if (timeMs < (this.#newest.get(stream) ?? 0)) return 'out of order';
    this.#newest.set(stream, timeMs);
    if (fact.kind === 'best') return isCrossed(fact.bid, fact.ask) ? 'crossed' : undefined;
    if (fact.kind !== 'book') return undefined;
    const isKnown = moments.get(timeMs)?.packedBook !== undefined;
    return bookFault(fact) ?? (isKnown ? 'duplicate' : undefined);
  }
}
