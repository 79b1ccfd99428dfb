import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from '@jest/globals';
import { secp256k1 } from '@noble/curves/secp256k1.js';
import { bytesToHex, concatBytes, hexToBytes } from '@noble/hashes/utils.js';
import fc from 'fast-check';
import {
  chooseRecovery,
  FORCE_ENV,
  keyRecovery,
  loadNativeRecovery,
  wasmRecovery,
} from '../../../../gateways/hyperliquid/wire/public-key.ts';
import { agentDigest, type Signature } from '../../../../gateways/hyperliquid/wire/signing.ts';
import { padded, sentBodies, vectors } from './vectors.ts';

const native = loadNativeRecovery();
/** The package has binaries for these; anywhere else the WebAssembly is all there is. */
const HAS_BINARY = ['linux-x64', 'darwin-arm64', 'win32-x64'];
const machine = `${process.platform}-${process.arch}`;
const describeBoth = native === undefined ? describe.skip : describe;
if (native === undefined) process.stdout.write(`no native secp256k1 on ${machine}: not compared\n`);

const ORDER = secp256k1.Point.Fn.ORDER;
const FIELD = secp256k1.Point.Fp.ORDER;
const word = (value: bigint): Uint8Array => hexToBytes(value.toString(16).padStart(64, '0'));

const bytesOf = (signature: Signature): Uint8Array => {
  const { r, s } = padded(signature);
  return concatBytes(hexToBytes(r.slice(2)), hexToBytes(s.slice(2)));
};

const hexOf = (key: Uint8Array | undefined): string | undefined => key && bytesToHex(key);

/** What a third implementation, in JavaScript, says. */
function byNoble(digest: Uint8Array, signature: Uint8Array, parity: 0 | 1): string | undefined {
  try {
    const bytes = concatBytes(Uint8Array.of(parity), signature);
    const key = secp256k1.recoverPublicKey(bytes, digest, { prehash: false });
    return secp256k1.Point.fromBytes(key).toHex(false);
  } catch {
    return undefined;
  }
}

/** What the WebAssembly says, having seen that the native build says the same. */
function byBoth(digest: Uint8Array, signature: Uint8Array, parity: 0 | 1): string | undefined {
  const found = hexOf(wasmRecovery.recover(digest, signature, parity));
  expect(hexOf(native?.recover(digest, signature, parity))).toBe(found);
  return found;
}

const bytes32 = fc.uint8Array({ minLength: 32, maxLength: 32 });
const aParity = fc.constantFrom(0 as const, 1 as const);
const edges = [0n, 1n, 2n, ORDER / 2n, ORDER / 2n + 1n, ORDER - 1n, ORDER, ORDER + 1n, FIELD];
const aNumber = fc.oneof(
  bytes32.map((bytes) => BigInt(`0x${bytesToHex(bytes)}`)),
  fc.constantFrom(...edges, FIELD - 1n, 2n ** 255n, 2n ** 256n - 1n),
  fc.bigInt({ min: 0n, max: 2n ** 20n }),
);

describeBoth('the native build and the WebAssembly find the same key, or nobody,', () => {
  test('behind every recorded signature, over what was signed and over what was not', () => {
    const recorded = [
      ...vectors.flatMap(({ signature, expected }) => {
        const { mainnet, testnet } = expected?.signature ?? {};
        const signatures = [signature, mainnet, testnet].filter((one) => one?.r !== undefined);
        return signatures.map((one) => ({
          signature: one as Signature,
          hash: expected?.actionHash,
        }));
      }),
      ...sentBodies.map(({ body, expect: { actionHash } }) => ({
        signature: body.signature,
        hash: actionHash,
      })),
    ];
    let found = 0;
    for (const { signature, hash = `0x${'5a'.repeat(32)}` } of recorded) {
      for (const source of ['a', 'b'] as const) {
        const digest = agentDigest(hexToBytes(hash.replace(/^0x/, '')), source);
        for (const parity of [0, 1] as const) {
          if (byBoth(digest, bytesOf(signature), parity) !== undefined) found += 1;
        }
      }
    }
    // Over any digest there is a key that would have made a real signature.
    expect(found).toBe(4 * recorded.length);
    expect(recorded.length).toBeGreaterThan(150);
  });

  test('behind signatures just made, and behind their high twins', () => {
    fc.assert(
      fc.property(bytes32, bytes32, (digest, key) => {
        fc.pre(secp256k1.utils.isValidSecretKey(key));
        const made = secp256k1.sign(digest, key, { prehash: false, format: 'recovered' });
        const parity = made[0] === 1 ? 1 : 0;
        const publicKey = bytesToHex(secp256k1.getPublicKey(key, false));
        expect(byBoth(digest, made.subarray(1), parity)).toBe(publicKey);
        const high = word(ORDER - BigInt(`0x${bytesToHex(made.subarray(33))}`));
        const twin = concatBytes(made.subarray(1, 33), high);
        expect(byBoth(digest, twin, parity === 1 ? 0 : 1)).toBe(publicKey);
      }),
      { numRuns: 60 },
    );
  });

  test('behind any numbers whatever: zero, over the order, no point at all', () => {
    fc.assert(
      fc.property(bytes32, aNumber, aNumber, aParity, (digest, r, s, parity) => {
        const signature = concatBytes(word(r), word(s));
        expect(byBoth(digest, signature, parity)).toBe(byNoble(digest, signature, parity));
      }),
      { numRuns: 300 },
    );
  });

  test('behind every pair of the numbers at the edges', () => {
    const digests = [0n, 1n, ORDER - 1n, ORDER, 2n ** 256n - 1n].map(word);
    const answers = new Set<boolean>();
    for (const digest of digests) {
      for (const r of edges) {
        for (const s of edges) {
          const signature = concatBytes(word(r), word(s));
          for (const parity of [0, 1] as const) {
            const found = byBoth(digest, signature, parity);
            expect(found).toBe(byNoble(digest, signature, parity));
            answers.add(found !== undefined);
          }
        }
      }
    }
    expect(answers).toEqual(new Set([true, false]));
  });

  test('of what is too short or too long to be a digest or a signature: nobody', () => {
    for (const [digestBytes, signatureBytes] of [
      [31, 64],
      [33, 64],
      [32, 63],
      [32, 65],
      [0, 0],
    ] as const) {
      const digest = new Uint8Array(digestBytes).fill(1);
      const signature = new Uint8Array(signatureBytes).fill(1);
      expect(byBoth(digest, signature, 0)).toBeUndefined();
    }
  });
});

describe('which build is used', () => {
  test('is the native one on the machines that the package has a binary for', () => {
    const want = HAS_BINARY.includes(machine) ? 'native' : 'wasm';
    expect(chooseRecovery({}).build).toBe(want);
  });

  test('is the WebAssembly when it is asked for, also in a process of its own', () => {
    expect(chooseRecovery({ [FORCE_ENV]: 'wasm' }).build).toBe('wasm');
    const file = new URL('../../../../gateways/hyperliquid/wire/public-key.ts', import.meta.url);
    const code = `import { keyRecovery } from '${file}'; process.stdout.write(keyRecovery.build);`;
    const env = { ...process.env, [FORCE_ENV]: 'wasm' };
    const cwd = fileURLToPath(new URL('.', import.meta.url));
    const args = ['--input-type=module', '--no-warnings', '-e', code];
    expect(execFileSync(process.execPath, args, { env, cwd, encoding: 'utf8' })).toBe('wasm');
    expect(keyRecovery.build).toBe(chooseRecovery(process.env).build);
  });

  test("never the package's JavaScript: where there is no binary, nothing else is loaded", () => {
    const asked: string[] = [];
    const found = loadNativeRecovery((file) => {
      asked.push(file);
      throw new Error('No native build was found');
    });
    expect(found).toBeUndefined();
    expect(asked).toEqual(['secp256k1/bindings.js']);
  });
});
