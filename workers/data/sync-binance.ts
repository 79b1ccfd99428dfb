/** Zips of Binance's archive: what is stored already is not fetched again. */
import { usageFailure } from '../../client/cli/failure.ts';
import { readWord } from '../../client/cli/values.ts';
import type { SeriesKey } from '../../domain/market/history/series.ts';
import {
  type ArchiveFile,
  type ArchiveWanted,
  archiveFiles,
  downloadVerified,
  publishedHash,
} from '../../gateways/binance-archive/archive.ts';
import { type FileReport, importBytes } from '../../gateways/candle-store/import-file.ts';
import type { DataContext } from './context.ts';
import { readInterval, readRange, readWords } from './flags.ts';
import { readKinds, sourceOf } from './sync-hyperliquid.ts';

export interface ArchiveReport {
  readonly url: string;
  /** `absent`: the archive does not have it, or not yet. */
  readonly outcome: FileReport['outcome'] | 'absent';
  readonly rows: number;
  readonly added: number;
  readonly findings: FileReport['findings'];
}

interface Wanted {
  readonly key: SeriesKey;
  readonly file: ArchiveFile;
}

function wantedFiles({ flags, loaded }: DataContext): readonly Wanted[] {
  const market = readWord('market', flags.text('market') ?? 'usdm', ['usdm', 'spot'] as const);
  const symbols = readWords(flags, 'assets', []);
  const range = readRange(flags);
  if (symbols.length === 0 || !Number.isFinite(range.fromMs)) {
    const field = symbols.length === 0 ? 'assets' : 'from';
    throw usageFailure({ field, value: '', rule: 'must be given for --source binance' });
  }
  const { url } = sourceOf(flags, loaded.config.market.binanceUrl);
  const venue = `binance-${market}`;
  const kinds = readKinds(flags).filter((kind) => kind === 'candles' || market === 'usdm');
  const intervals = readWords(flags, 'intervals', ['1m']).map(readInterval);
  const whats = kinds.flatMap((kind): readonly ArchiveWanted['what'][] =>
    kind === 'funding' ? [{ kind }] : intervals.map((interval) => ({ kind: 'candles', interval })),
  );
  return symbols.flatMap((symbol) =>
    whats.flatMap((what) => {
      const interval = what.kind === 'candles' ? what.interval : '1h';
      const key: SeriesKey = { kind: what.kind, venue, asset: symbol, interval };
      const files = archiveFiles(url, { market, symbol, what }, range, Date.now());
      return files.map((file) => ({ key, file }));
    }),
  );
}

async function syncFile({ store }: DataContext, { key, file }: Wanted): Promise<ArchiveReport> {
  const { url, path } = file;
  const nothing = { url, rows: 0, added: 0, findings: [] };
  const sha256 = await publishedHash(file);
  if (sha256 === undefined) return { ...nothing, outcome: 'absent' };
  const isKnown = store.manifest(key)?.sources.some((source) => source.sha256 === sha256);
  if (isKnown === true) return { ...nothing, outcome: 'known' };
  const bytes = await downloadVerified(file, sha256);
  const provenance = {
    origin: url,
    isArchive: true,
    checksum: { expected: sha256, where: `${url}.CHECKSUM` },
  };
  const report = await store.write((writer) =>
    importBytes(store, writer, path, bytes, provenance, key),
  );
  const { outcome, rows, counts, findings } = report;
  return { url, outcome, rows, added: counts?.added ?? 0, findings };
}

/** @throws VenueUnreachable, VenueDataCorrupt */
export async function syncBinance(context: DataContext): Promise<readonly ArchiveReport[]> {
  const wanted = wantedFiles(context);
  const done: ArchiveReport[] = [];
  for (const one of wanted) {
    context.bar.show(done.length, wanted.length, one.file.path);
    done.push(await syncFile(context, one));
  }
  return done;
}
