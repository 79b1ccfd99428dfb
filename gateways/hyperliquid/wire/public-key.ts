/**
 * The public key behind an ECDSA signature over secp256k1, by one of two builds of the same C library:
 * the native one of the optional package `secp256k1` where it loads, and the WebAssembly of
 * `tiny-secp256k1`, four times slower, everywhere else. Which one is settled when this file loads.
 * It knows no addresses and no digests.
 *
 * The native binding is loaded by its own file: the package's main file would put slow JavaScript
 * in its place without a word. Its prebuilt binary is in the package; its install script need not run.
 */
import { createRequire } from 'node:module';
import { recover as recoverByWasm } from 'tiny-secp256k1';

/** One build of the library. */
export interface KeyRecovery {
  readonly build: 'native' | 'wasm';
  /**
   * The uncompressed public key (65 bytes) that made a signature (r and s, 64 bytes) of a digest
   * (32 bytes); undefined when nobody did. `parity` is that of the y coordinate of the point that r
   * stands for.
   */
  recover(digest: Uint8Array, signature: Uint8Array, parity: 0 | 1): Uint8Array | undefined;
}

/** As much of the binding as is used; it throws when nobody signed. */
interface NativeBinding {
  ecdsaRecover(
    signature: Uint8Array,
    recoveryId: number,
    digest: Uint8Array,
    isCompressed: boolean,
  ): Uint8Array;
}

export const wasmRecovery: KeyRecovery = {
  build: 'wasm',
  recover(digest, signature, parity) {
    try {
      return recoverByWasm(digest, signature, parity, false) ?? undefined;
    } catch {
      return undefined; // r or s is zero or not below the curve's order, or r is no point's
    }
  },
};

/** The native build, or undefined where it is not installed or has no binary for this machine. */
export function loadNativeRecovery(
  load: (file: string) => unknown = createRequire(import.meta.url),
): KeyRecovery | undefined {
  let binding: NativeBinding;
  try {
    binding = load('secp256k1/bindings.js') as NativeBinding;
  } catch {
    return undefined;
  }
  return {
    build: 'native',
    recover(digest, signature, parity) {
      try {
        return binding.ecdsaRecover(signature, parity, digest, false);
      } catch {
        return undefined; // as above: the library has the same rules in both builds
      }
    },
  };
}

/** Set to `wasm`, it keeps the native build from being used, so that tests can do without it. */
export const FORCE_ENV = 'PERPETUA_TEST_SECP256K1';

/** The build that a process with this environment uses. */
export function chooseRecovery(env: Readonly<Record<string, string | undefined>>): KeyRecovery {
  if (env[FORCE_ENV] === wasmRecovery.build) return wasmRecovery;
  return loadNativeRecovery() ?? wasmRecovery;
}

/** The build that this process uses. */
export const keyRecovery: KeyRecovery = chooseRecovery(process.env);
