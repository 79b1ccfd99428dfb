/** A few hours of the sample tape: an exchange on it starts in no time. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { SAMPLE_TAPE_DIR } from '../../../gateways/paper-exchange/feeds/meta.ts';

const MINUTES = 600;

/** What an exchange on the small tape is started with. */
export const START_OFFSET_MINUTES = 60;

/** Writes the tape into a directory and returns it. */
export function writeSmallTape(dir: string): string {
  mkdirSync(dir, { recursive: true });
  writeFileSync(join(dir, 'meta.json'), readFileSync(join(SAMPLE_TAPE_DIR, 'meta.json')));
  for (const coin of ['BTC', 'ETH']) {
    const name = `${coin}.1m.csv.gz`;
    const rows = gunzipSync(readFileSync(join(SAMPLE_TAPE_DIR, name)))
      .toString('utf8')
      .split('\n');
    writeFileSync(join(dir, name), gzipSync(`${rows.slice(0, MINUTES + 1).join('\n')}\n`));
  }
  return dir;
}
