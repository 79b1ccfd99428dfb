/**
 * A series' manifest: which files hold its rows, their checksums, and where every row came from. It is
 * replaced as a whole, and it alone says what the series consists of: a file that it does not name
 * does not exist for any reader.
 */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { canonicalJson } from '../../domain/kernel/ids.ts';
import { HISTORY_KINDS } from '../../domain/market/history/series.ts';
import { INTERVALS_MS, type Interval } from '../../domain/market/interval.ts';
import { writeDurably } from './durable-file.ts';

const hash = z.string().regex(/^[0-9a-f]{64}$/);

const sourceSchema = z.strictObject({
  /** Number within the series; rows refer to it. */
  id: z.int().min(0),
  rank: z.enum(['repair', 'file', 'archive', 'venue']),
  /** File name, or address of the API. */
  name: z.string(),
  /** Of the file as it was given; what is fetched page by page has none. */
  sha256: hash.optional(),
  bytes: z.int().optional(),
  format: z.string().optional(),
  licence: z.string().optional(),
  /** Where the file itself says that it is from. */
  origin: z.string().optional(),
  /** First and last time that it was taken in, ms. */
  importedMs: z.int(),
  lastMs: z.int(),
  /** How often: pages of an API count as one source. */
  times: z.int(),
  rows: z.int(),
  fromMs: z.number(),
  toMs: z.number(),
  /** Rows left out because the user asked for it. */
  leftOut: z.int().optional(),
  note: z.string().optional(),
});

const partitionSchema = z.strictObject({
  period: z.string(),
  file: z.string(),
  sha256: hash,
  bytes: z.int(),
  rows: z.int(),
  fromMs: z.number(),
  toMs: z.number(),
  /** Of times and values alone: the same rows have the same hash, however they are stored. */
  contentSha256: hash,
  disputed: z.strictObject({ file: z.string(), sha256: hash, rows: z.int() }).optional(),
});

const manifestSchema = z.strictObject({
  format: z.literal(1),
  kind: z.enum(HISTORY_KINDS),
  venue: z.string(),
  asset: z.string(),
  interval: z.enum(Object.keys(INTERVALS_MS) as [Interval, ...Interval[]]),
  revision: z.int(),
  sources: z.array(sourceSchema),
  partitions: z.array(partitionSchema),
});

export type Source = z.infer<typeof sourceSchema>;
export type Partition = z.infer<typeof partitionSchema>;
export type Manifest = z.infer<typeof manifestSchema>;

/** The manifest or a file of the store is not what it was when it was written. */
export class StoreDamaged extends Error {
  override readonly name = 'StoreDamaged';
}

const FILE = 'manifest.json';
const seal = (manifest: Manifest): string =>
  createHash('sha256').update(canonicalJson(manifest)).digest('hex');

/** @returns undefined when the folder holds no series. @throws StoreDamaged */
export function readManifest(folder: string): Manifest | undefined {
  const path = join(folder, FILE);
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (fault) {
    if ((fault as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw fault;
  }
  const { seal: told, ...rest } = parse(path, text);
  const parsed = manifestSchema.safeParse(rest);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw new StoreDamaged(`${path}: ${issue?.path.join('.')}: ${issue?.message}`);
  }
  if (told !== seal(parsed.data)) {
    throw new StoreDamaged(`${path}: its seal does not fit: it was changed by somebody else`);
  }
  return parsed.data;
}

function parse(path: string, text: string): Record<string, unknown> {
  try {
    return JSON.parse(text) as Record<string, unknown>;
  } catch {
    throw new StoreDamaged(`${path}: is no JSON`);
  }
}

export function writeManifest(folder: string, manifest: Manifest): void {
  const text = JSON.stringify({ ...manifest, seal: seal(manifest) }, null, 1);
  writeDurably(join(folder, FILE), `${text}\n`);
}
