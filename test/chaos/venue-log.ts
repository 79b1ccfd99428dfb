/**
 * Keeps the paper exchange's journal whole: the exchange drops a segment once a snapshot covers it,
 * so every segment is linked aside as soon as it appears. Reads nothing but the venue's own files.
 */
import { existsSync, linkSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { canonicalJson } from '../../domain/kernel/ids.ts';
import type { SentOrder } from './facts.ts';

/** A segment lives for a thousand entries, which takes the exchange more than ten seconds. */
const LOOK_EVERY_MS = 250;
const SEGMENT = /^journal-\d{12}\.jsonl$/;

/** Each line begins with its checksum, eight hex digits, and a space. */
const CHECKSUM_CHARS = 9;

const lineSchema = z.object({
  seq: z.int(),
  entry: z.looseObject({ kind: z.string(), atMs: z.int() }),
});
const orderSchema = z.object({
  atMs: z.int(),
  nonce: z.int(),
  expiresAfter: z.int().default(0),
  action: z.looseObject({
    type: z.literal('order'),
    orders: z.array(z.looseObject({ c: z.string().default('no cloid') })).length(1),
  }),
});

export interface VenueLog {
  /** The number of the newest entry. */
  newest(): number;
  /** Every order action so far, and whether no entry is missing between the first and the last. */
  read(): {
    readonly sent: readonly SentOrder[];
    readonly isGapless: boolean;
    readonly newest: number;
  };
  close(): void;
}

/** @param keepDir on the same file system as the exchange's state */
export function keepVenueLog(stateDir: string, keepDir: string): VenueLog {
  mkdirSync(keepDir, { recursive: true });
  const look = (): void => {
    if (!existsSync(stateDir)) return;
    for (const name of readdirSync(stateDir).filter((each) => SEGMENT.test(each))) {
      if (existsSync(join(keepDir, name))) continue;
      try {
        linkSync(join(stateDir, name), join(keepDir, name));
      } catch {
        // Dropped between the two looks: then the gap shows when the log is read.
      }
    }
  };
  look();
  const timer = setInterval(look, LOOK_EVERY_MS);
  const read: VenueLog['read'] = () => {
    look();
    return readKept(keepDir);
  };
  return {
    read,
    newest: () => read().newest,
    close: () => clearInterval(timer),
  };
}

function readKept(keepDir: string): ReturnType<VenueLog['read']> {
  const entries = new Map<number, z.infer<typeof lineSchema>['entry']>();
  for (const name of readdirSync(keepDir).sort()) {
    const lines = readFileSync(join(keepDir, name), 'utf8').split('\n').slice(0, -1);
    for (const line of lines) {
      const { seq, entry } = lineSchema.parse(JSON.parse(line.slice(CHECKSUM_CHARS)));
      entries.set(seq, entry);
    }
  }
  const sent: SentOrder[] = [];
  for (const [seq, entry] of entries) {
    const order = orderSchema.safeParse(entry);
    if (!order.success) continue;
    const { atMs, nonce, expiresAfter, action } = order.data;
    const [first] = action.orders;
    sent.push({
      seq,
      cloid: first?.c ?? '',
      nonce,
      expiresAfterMs: expiresAfter,
      action: canonicalJson(action),
      atMs,
    });
  }
  const newest = Math.max(...entries.keys());
  return { sent, newest, isGapless: newest === entries.size };
}
