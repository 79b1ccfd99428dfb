/**
 * The recorded `meta` that a market is made of: which assets exist, under which ids and terms. A tape
 * without a `meta.json` of its own takes the one of the sample data.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { AssetSpec } from '../../../domain/market/asset.ts';
import { type Meta, metaSchema } from '../../hyperliquid/wire/info-market.ts';
import { TapeError } from './feed.ts';

export const META_FILE = 'meta.json';
export const SAMPLE_TAPE_DIR = fileURLToPath(new URL('../../../data/sample/', import.meta.url));

/** The assets of a meta by their ids. */
export function assetsOf(meta: Meta): AssetSpec[] {
  return meta.universe.map((asset, index) => ({
    name: asset.name,
    index,
    szDecimals: asset.szDecimals,
    maxLeverage: asset.maxLeverage,
    isDelisted: asset.isDelisted ?? false,
  }));
}

export interface ReadMeta {
  readonly meta: Meta;
  readonly bytes: Uint8Array;
}

/** @throws TapeError when the file is missing or is no answer to `meta`. */
export function readMeta(dir: string): ReadMeta {
  const path = join(dir, META_FILE);
  try {
    const bytes = readFileSync(path);
    return { bytes, meta: metaSchema.parse(JSON.parse(bytes.toString('utf8'))) };
  } catch (cause) {
    throw new TapeError(`${path}: must be the answer of the venue to "meta"`, { cause });
  }
}
