/**
 * The index of fear and greed of alternative.me, all days of it. It changes once a day, so what was
 * fetched within the hour is believed; what was fetched earlier is better than nothing, and says so.
 * Source of the shape: alternative.me, "Crypto Fear and Greed Index: API".
 */
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { z } from 'zod';
import { VenueDataCorrupt, VenueUnreachable } from '../../activities/ports/errors.ts';
import type { FearGreedReading, SentimentPort } from '../../activities/ports/sentiment.ts';

const BELIEVED_FOR_MS = 3_600_000;
const TIMEOUT_MS = 10_000;

const daySchema = z.looseObject({
  value: z
    .string()
    .regex(/^\d{1,3}$/)
    .transform(Number)
    .pipe(z.int().min(0).max(100)),
  /** Seconds since 1970. */
  timestamp: z
    .string()
    .regex(/^\d{9,10}$/)
    .transform(Number),
});
const answerSchema = z.looseObject({
  data: z.array(daySchema).min(1),
  metadata: z.looseObject({ error: z.string().nullable() }).optional(),
});
const cacheSchema = z.object({
  fetchedMs: z.int(),
  days: z.array(z.object({ timeMs: z.number(), value: z.number() })).min(1),
});

type Cached = Pick<FearGreedReading, 'days' | 'fetchedMs'>;

function readCache(file: string): Cached | undefined {
  try {
    return cacheSchema.safeParse(JSON.parse(readFileSync(file, 'utf8'))).data;
  } catch {
    return undefined;
  }
}

function writeCache(file: string, cached: Cached): void {
  mkdirSync(dirname(file), { recursive: true });
  const draft = `${file}.${process.pid}.draft`;
  writeFileSync(draft, JSON.stringify(cached));
  renameSync(draft, file);
}

async function ask(url: string): Promise<FearGreedReading['days']> {
  const question = new URL(url);
  question.searchParams.set('limit', '0');
  question.searchParams.set('format', 'json');
  let text: string;
  try {
    const answer = await fetch(question, { signal: AbortSignal.timeout(TIMEOUT_MS) });
    if (!answer.ok) throw new Error(`HTTP ${answer.status}`);
    text = await answer.text();
  } catch (fault) {
    throw new VenueUnreachable(`${url}: ${(fault as Error).message}`);
  }
  return parse(url, text);
}

function parse(url: string, text: string): FearGreedReading['days'] {
  let document: unknown;
  try {
    document = JSON.parse(text);
  } catch {
    throw new VenueDataCorrupt(`${url}: is no JSON`);
  }
  const parsed = answerSchema.safeParse(document);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw new VenueDataCorrupt(`${url}: ${issue?.path.join('.')}: ${issue?.message}`);
  }
  const { data, metadata } = parsed.data;
  if (metadata?.error) throw new VenueDataCorrupt(`${url}: ${metadata.error}`);
  const byTime = new Map(data.map(({ timestamp, value }) => [timestamp * 1_000, value]));
  return [...byTime]
    .map(([timeMs, value]) => ({ timeMs, value }))
    .sort((a, b) => a.timeMs - b.timeMs);
}

/**
 * @param cacheFile what was told last, kept between processes
 * @param nowMs our clock
 */
export function createFearGreed(
  url: string,
  cacheFile: string,
  nowMs: () => number = Date.now,
): SentimentPort {
  return {
    address: url,
    async fearGreed() {
      const cached = readCache(cacheFile);
      const ageMs = nowMs() - (cached?.fetchedMs ?? Number.NEGATIVE_INFINITY);
      if (cached !== undefined && ageMs >= 0 && ageMs < BELIEVED_FOR_MS) {
        return { ...cached, isStale: false };
      }
      try {
        const fetched = { days: await ask(url), fetchedMs: nowMs() };
        writeCache(cacheFile, fetched);
        return { ...fetched, isStale: false };
      } catch (fault) {
        if (cached === undefined) throw fault;
        return { ...cached, isStale: true, problem: (fault as Error).message };
      }
    },
  };
}
