/**
 * What is known of a file's origin: a `manifest.json` in a folder above it that lists files with their
 * hashes, licences and repositories, and a `.CHECKSUM` beside it, as Binance's archive has them.
 */
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, relative, sep } from 'node:path';
import { z } from 'zod';

const entrySchema = z.looseObject({
  file: z.string(),
  sha256: z.string().optional(),
  licence: z.string().optional(),
  repo: z.string().optional(),
  path: z.string().optional(),
  commit: z.string().optional(),
  source: z.string().optional(),
});
const listSchema = z.array(entrySchema);
type Entry = z.infer<typeof entrySchema>;

export interface Provenance {
  readonly licence?: string;
  readonly origin?: string;
  /** A checksum beside the file, or in a list above it, and whether the file has it. */
  readonly checksum?: { readonly expected: string; readonly where: string };
  /** The checksum stands beside the file, as the archive that it is from publishes it. */
  readonly isArchive: boolean;
}

/** How many folders up a list is looked for. */
const MOST_FOLDERS_UP = 6;
const LIST = 'manifest.json';

/** Lists that were read already, by their folder. */
export type KnownLists = Map<string, ReadonlyMap<string, Entry> | undefined>;

function readList(folder: string, known: KnownLists): ReadonlyMap<string, Entry> | undefined {
  if (known.has(folder)) return known.get(folder);
  let list: ReadonlyMap<string, Entry> | undefined;
  try {
    const parsed = listSchema.safeParse(JSON.parse(readFileSync(join(folder, LIST), 'utf8')));
    if (parsed.success) list = new Map(parsed.data.map((entry) => [entry.file, entry]));
  } catch {
    list = undefined;
  }
  known.set(folder, list);
  return list;
}

function listed(path: string, known: KnownLists): Entry | undefined {
  let folder = dirname(path);
  for (let up = 0; up < MOST_FOLDERS_UP; up += 1) {
    const name = relative(folder, path).split(sep).join('/');
    const entry = readList(folder, known)?.get(name);
    if (entry !== undefined) return entry;
    const above = dirname(folder);
    if (above === folder) break;
    folder = above;
  }
  return undefined;
}

function originOf({ repo, path, commit, source }: Entry): string | undefined {
  if (repo === undefined) return source;
  return [repo, path, commit && `@ ${commit}`].filter(Boolean).join(' ');
}

const CHECKSUM_LINE = /^([0-9a-f]{64})\b/i;

function besideIt(path: string): string | undefined {
  const file = `${path}.CHECKSUM`;
  if (!existsSync(file)) return undefined;
  const [, expected] = CHECKSUM_LINE.exec(readFileSync(file, 'utf8')) ?? [];
  return expected?.toLowerCase();
}

/** @param path absolute */
export function provenanceOf(path: string, known: KnownLists): Provenance {
  const beside = besideIt(path);
  const entry = listed(path, known);
  const origin = entry && originOf(entry);
  const expected = beside ?? entry?.sha256;
  return {
    ...(entry?.licence === undefined ? {} : { licence: entry.licence }),
    ...(origin === undefined ? {} : { origin }),
    ...(expected === undefined
      ? {}
      : { checksum: { expected, where: beside ? `${path}.CHECKSUM` : LIST } }),
    isArchive: beside !== undefined,
  };
}
