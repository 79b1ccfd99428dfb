/**
 * Files of real funding: `<COIN>.funding.csv[.gz]` with the header `time_ms,rate` (a fraction per
 * payment, positive: longs pay). The venue stamps a payment a few ms after its hour, so a row
 * belongs to the hour in which its time lies. A wrong row is refused.
 */
import { decimal, isDecimalText, plain } from '../../../domain/kernel/decimal.ts';
import { HOUR_MS } from './feed.ts';
import { csvRows, type TapeFile } from './tape-file.ts';

export const FUNDING_COLUMNS = ['time_ms', 'rate'] as const;

/** Rates by their hour, ms. */
export type FundingHistory = ReadonlyMap<number, string>;

/** @throws TapeError naming file and line. */
export function readFunding(file: TapeFile): FundingHistory {
  const history = new Map<number, string>();
  for (const { line, values } of csvRows(file, FUNDING_COLUMNS)) {
    const [time = '', rate = ''] = values;
    const timeMs = time === '' ? Number.NaN : Number(time);
    if (!Number.isSafeInteger(timeMs) || !isRate(rate)) {
      throw file.error(line.number, line.text, 'must be a time in ms and a rate between -1 and 1');
    }
    history.set(Math.floor(timeMs / HOUR_MS) * HOUR_MS, plainRate(rate));
  }
  return history;
}

/** More decimals than any rate that the venue has published; the venue's arithmetic holds as many. */
const RATE_PLACES = 12;

const isRate = (text: string): boolean => text.trim() !== '' && Math.abs(Number(text)) < 1;

/** Recorders print floats: small rates come with an exponent (`1.25e-05`). */
function plainRate(text: string): string {
  const exact = decimal(isDecimalText(text) ? text : Number(text).toFixed(RATE_PLACES));
  return plain(exact.toDecimalPlaces(RATE_PLACES));
}
