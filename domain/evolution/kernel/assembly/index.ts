/**
 * The kernel of REFBT in AssemblyScript with 128-bit SIMD: the same places, the same order of operations
 * and so the same bits as the TypeScript one, whose files have the explanations. `npm run build:kernel`
 * compiles it into `../wasm-module.ts`.
 *
 * Addresses are bytes. The memory is imported; the module has none of its own and allocates nothing.
 */
import { RECORD_BYTES } from './places';
import { tileSignals } from './signals';
import { walkTile } from './walk';

export { fillBand, fillEma, fillRsi } from './indicators';

/** Runs `count` records over the bars from `from` up to, but without, `to`. Scratch: 160 bytes. */
export function runTile(
  records: usize,
  count: i32,
  scratch: usize,
  open: usize,
  high: usize,
  low: usize,
  close: usize,
  fundingBars: i32,
  fundingRate: f64,
  from: i32,
  to: i32,
): void {
  for (let i = 0; i < count; i += 1) {
    const record = records + <usize>i * RECORD_BYTES;
    tileSignals(record, scratch, from, to);
    walkTile(record, scratch, open, high, low, close, fundingBars, fundingRate, from, to);
  }
}
