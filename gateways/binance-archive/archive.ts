/**
 * Binance's archive of public data: zips of a month or a day, each with a `.CHECKSUM` beside it. Source:
 * github.com/binance/binance-public-data. Nothing is stored whose checksum is not the published one.
 */
import { createHash } from 'node:crypto';
import { VenueDataCorrupt, VenueUnreachable } from '../../activities/ports/errors.ts';
import type { TimeRange } from '../../domain/market/history/stored-bars.ts';
import type { Interval } from '../../domain/market/interval.ts';

export type BinanceMarket = 'usdm' | 'spot';

export interface ArchiveWanted {
  readonly market: BinanceMarket;
  readonly symbol: string;
  /** Funding has no interval. */
  readonly what:
    | { readonly kind: 'candles'; readonly interval: Interval }
    | { readonly kind: 'funding' };
}

/** One file of the archive that ought to exist. */
export interface ArchiveFile {
  readonly url: string;
  /** Its path in the archive, by which the importer knows its venue. */
  readonly path: string;
}

const DAY_MS = 86_400_000;
const TIMEOUT_MS = 60_000;
const MOST_BYTES = 512 * 1024 * 1024;

const dayText = (timeMs: number): string => new Date(timeMs).toISOString().slice(0, 10);
const monthStart = (timeMs: number): number => {
  const at = new Date(timeMs);
  return Date.UTC(at.getUTCFullYear(), at.getUTCMonth(), 1);
};
const nextMonth = (timeMs: number): number => {
  const at = new Date(timeMs);
  return Date.UTC(at.getUTCFullYear(), at.getUTCMonth() + 1, 1);
};

function pathOf(
  { market, symbol, what }: ArchiveWanted,
  pace: 'monthly' | 'daily',
  stamp: string,
): string {
  const root = market === 'usdm' ? 'data/futures/um' : 'data/spot';
  if (what.kind === 'funding') {
    return `${root}/${pace}/fundingRate/${symbol}/${symbol}-fundingRate-${stamp}.zip`;
  }
  const { interval } = what;
  return `${root}/${pace}/klines/${symbol}/${interval}/${symbol}-${interval}-${stamp}.zip`;
}

/**
 * The files of a stretch of time: a month's for months that are over, a day's for the days since then.
 * Days appear a day later, months with the next one; funding comes by the month alone.
 * @param nowMs what counts as over
 */
export function archiveFiles(
  baseUrl: string,
  wanted: ArchiveWanted,
  range: TimeRange,
  nowMs: number,
): readonly ArchiveFile[] {
  const untilMs = Math.min(range.toMs, nowMs);
  const thisMonthMs = monthStart(nowMs);
  const paths: string[] = [];
  for (
    let month = monthStart(range.fromMs);
    month < untilMs && month < thisMonthMs;
    month = nextMonth(month)
  ) {
    paths.push(pathOf(wanted, 'monthly', dayText(month).slice(0, 7)));
  }
  if (wanted.what.kind === 'candles') {
    const firstDayMs = Math.max(thisMonthMs, Math.floor(range.fromMs / DAY_MS) * DAY_MS);
    for (let day = firstDayMs; day + DAY_MS <= untilMs; day += DAY_MS) {
      paths.push(pathOf(wanted, 'daily', dayText(day)));
    }
  }
  const base = baseUrl.replace(/\/$/, '');
  return paths.map((path) => ({ path, url: `${base}/${path}` }));
}

/** @returns undefined for a file that the archive does not have */
async function download(url: string): Promise<Buffer | undefined> {
  let answer: Response;
  try {
    answer = await fetch(url, { signal: AbortSignal.timeout(TIMEOUT_MS) });
  } catch (fault) {
    throw new VenueUnreachable(`${url}: ${(fault as Error).message}`);
  }
  if (answer.status === 404) return undefined;
  if (!answer.ok) throw new VenueUnreachable(`${url}: HTTP ${answer.status}`);
  const length = Number(answer.headers.get('content-length') ?? 0);
  if (length > MOST_BYTES) throw new VenueDataCorrupt(`${url}: ${length} bytes are too many`);
  try {
    return Buffer.from(await answer.arrayBuffer());
  } catch (fault) {
    throw new VenueUnreachable(`${url}: ${(fault as Error).message}`);
  }
}

/** The published SHA-256 of a file, or undefined when the archive does not have the file. */
export async function publishedHash({ url }: ArchiveFile): Promise<string | undefined> {
  const text = (await download(`${url}.CHECKSUM`))?.toString('utf8');
  if (text === undefined) return undefined;
  const [, hash] = /^([0-9a-f]{64})\s/i.exec(text) ?? [];
  if (hash === undefined) throw new VenueDataCorrupt(`${url}.CHECKSUM: names no SHA-256`);
  return hash.toLowerCase();
}

/** The file itself. @throws VenueDataCorrupt when it is not what was published */
export async function downloadVerified({ url }: ArchiveFile, sha256: string): Promise<Buffer> {
  const bytes = await download(url);
  if (bytes === undefined) throw new VenueUnreachable(`${url}: is gone`);
  const found = createHash('sha256').update(bytes).digest('hex');
  if (found === sha256) return bytes;
  throw new VenueDataCorrupt(`${url}: has SHA-256 ${found}: must be ${sha256}`);
}
