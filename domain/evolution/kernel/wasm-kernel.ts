/** The kernel in WebAssembly with SIMD: bit-identical to the TypeScript one, and faster. */

import { type KernelMaker, typescriptKernel } from './kernel.ts';
import { type KernelLayout, type KernelMemory, SCRATCH_DOUBLES } from './layout.ts';
import { KERNEL_BASE64 } from './wasm-module.ts';

const PAGE_BYTES = 65_536;
/** The module declares that it takes memories up to this size. */
const MOST_PAGES = 65_536;
const DOUBLE_BYTES = Float64Array.BYTES_PER_ELEMENT;

interface KernelExports {
  fillRsi(close: number, bars: number, period: number, out: number, outSum: number): void;
  fillEma(close: number, bars: number, period: number, out: number): void;
  fillBand(close: number, bars: number, period: number, out: number, outVariance: number): void;
  runTile(
    records: number,
    count: number,
    scratch: number,
    open: number,
    high: number,
    low: number,
    close: number,
    fundingBars: number,
    fundingRate: number,
    from: number,
    to: number,
  ): void;
}

/** The part of WebAssembly's interface that is used here. */
interface WasmHost {
  validate(bytes: Uint8Array): boolean;
  readonly Module: new (bytes: Uint8Array) => object;
  readonly Instance: new (module: object, imports: object) => { readonly exports: object };
  readonly Memory: new (size: { initial: number; maximum: number; shared: true }) => KernelMemory;
}

const host = (): WasmHost | undefined =>
  (globalThis as { readonly WebAssembly?: WasmHost }).WebAssembly;

export function kernelModule(): Uint8Array {
  return Uint8Array.from(atob(KERNEL_BASE64), (char) => char.charCodeAt(0));
}

/** Whether this runtime has WebAssembly with SIMD and shared memories. */
export function hasWasmKernel(): boolean {
  return host()?.validate(kernelModule()) ?? false;
}

/** Memory for a layout, all zero; what is never written takes no room. */
export function kernelMemory({ doubles }: KernelLayout): KernelMemory {
  const pages = Math.ceil((doubles * DOUBLE_BYTES) / PAGE_BYTES);
  const wasm = host();
  if (wasm === undefined) return { buffer: new SharedArrayBuffer(pages * PAGE_BYTES) };
  return new wasm.Memory({ initial: pages, maximum: MOST_PAGES, shared: true });
}

/** @throws Error when the runtime lacks WebAssembly, SIMD or shared memories */
export const wasmKernel: KernelMaker = (memory, layout, thread) => {
  const wasm = host();
  if (wasm === undefined) throw new Error('this runtime has no WebAssembly');
  const instance = new wasm.Instance(new wasm.Module(kernelModule()), { env: { memory } });
  const { fillRsi, fillEma, fillBand, runTile } = instance.exports as KernelExports;
  const bytes = (doubles: number): number => doubles * DOUBLE_BYTES;
  const scratch = bytes(thread * SCRATCH_DOUBLES);
  const [open, high, low, close] = [layout.open, layout.high, layout.low, layout.close].map(
    bytes,
  ) as [number, number, number, number];
  const { bars, fundingBars, fundingRate } = layout;
  return {
    name: 'wasm',
    fill: ({ indicator, period, column, second }) => {
      if (indicator === 'ema') fillEma(close, bars, period, bytes(column));
      else if (indicator === 'rsi') fillRsi(close, bars, period, bytes(column), bytes(second));
      else fillBand(close, bars, period, bytes(column), bytes(second));
    },
    tile: (record, count, from, to) =>
      runTile(
        bytes(record),
        count,
        scratch,
        open,
        high,
        low,
        close,
        fundingBars,
        fundingRate,
        from,
        to,
      ),
  };
};

export type KernelName = 'typescript' | 'wasm';

/** The kernel of this name; the faster one of those that run here when none is named. */
export function kernelMaker(
  name: KernelName = hasWasmKernel() ? 'wasm' : 'typescript',
): KernelMaker {
  return name === 'wasm' ? wasmKernel : typescriptKernel;
}
