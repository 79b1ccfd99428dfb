/**
 * Universes beside the series that they are about: `<root>/universe/<venue>/<moment in ms>.json`, each
 * written once and never changed, so that whoever asks about a moment always gets the same answer.
 */
import { existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { VenueDataCorrupt } from '../../activities/ports/errors.ts';
import type { UniverseStorePort } from '../../activities/ports/universe.ts';
import type { UniverseRecord } from '../../domain/market/universe/record.ts';
import { writeDurably } from './durable-file.ts';

const NAME = /^(\d+)\.json$/;
const VENUE = /^[A-Za-z0-9][A-Za-z0-9._-]*$/;

export interface UniverseFiles extends UniverseStorePort {
  /** The moments of a venue that a universe is kept of, ascending. */
  moments(venue: string): readonly number[];
  /** @throws VenueDataCorrupt naming the file that cannot be read */
  read(venue: string, atMs: number): UniverseRecord;
}

function parse(path: string): UniverseRecord {
  try {
    const record = JSON.parse(readFileSync(path, 'utf8')) as UniverseRecord;
    if (record.version === 1 && Array.isArray(record.universe.members)) return record;
  } catch (cause) {
    throw new VenueDataCorrupt(`${path}: cannot be read as a universe`, { cause });
  }
  throw new VenueDataCorrupt(`${path}: is no universe of version 1`);
}

/** @param root of the stored market data */
export function createUniverseFiles(root: string): UniverseFiles {
  const folderOf = (venue: string): string => {
    if (VENUE.test(venue)) return join(root, 'universe', venue);
    throw new RangeError(
      `venue ${JSON.stringify(venue)}: must be letters, digits, dots and dashes`,
    );
  };
  const moments = (venue: string): readonly number[] => {
    const folder = folderOf(venue);
    if (!existsSync(folder)) return [];
    return readdirSync(folder)
      .flatMap((name) => NAME.exec(name)?.[1] ?? [])
      .map(Number)
      .sort((a, b) => a - b);
  };
  const read = (venue: string, atMs: number): UniverseRecord =>
    parse(join(folderOf(venue), `${atMs}.json`));
  return {
    moments,
    read,
    async keep(record) {
      const folder = folderOf(record.venue);
      const path = join(folder, `${record.universe.atMs}.json`);
      if (existsSync(path)) return;
      mkdirSync(folder, { recursive: true });
      writeDurably(path, `${JSON.stringify(record)}\n`);
    },
    async asOf(venue, atMs) {
      const newest = moments(venue).findLast((moment) => moment <= atMs);
      return newest === undefined ? undefined : read(venue, newest);
    },
  };
}
