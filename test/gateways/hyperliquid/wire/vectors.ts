/**
 * The committed signing vectors and client bodies, as the tests of the wire read them. It checks
 * nothing itself.
 */
import { readFileSync } from 'node:fs';
import type { Signature } from '../../../../gateways/hyperliquid/wire/signing.ts';
import type { HyperliquidChain } from '../../../../gateways/hyperliquid/wire/user-actions.ts';

export interface Vector {
  readonly id: string;
  readonly kind: string;
  readonly privateKey: string;
  readonly address: string;
  readonly action: Record<string, unknown>;
  readonly nonce: number;
  readonly vaultAddress: string | null;
  readonly expiresAfter: number | null;
  readonly connectionId: string;
  readonly signature: Signature;
  readonly expected: {
    readonly msgpack: string;
    readonly actionHash: string;
    readonly signature: { readonly mainnet?: Signature; readonly testnet?: Signature } & Signature;
  };
}

/** A body that a client sent, with everybody who signed it. */
export interface Sent {
  readonly name: string;
  /** The outer signer first. */
  readonly keys: readonly [string, ...string[]];
  readonly body: { readonly action: object; readonly signature: Signature };
  readonly expect: {
    readonly chain?: HyperliquidChain;
    readonly signer: string;
    readonly owners?: readonly string[];
    readonly actionHash?: string;
  };
}

const fixtures = new URL('../../../fixtures/hyperliquid/', import.meta.url);
const read = (path: string): unknown => JSON.parse(readFileSync(new URL(path, fixtures), 'utf8'));

/** Vectors that SDKs publish in their own tests. */
export const vectors: readonly Vector[] = ['python', 'rust', 'nktkas'].flatMap(
  (name) => (read(`signing/${name}.json`) as { vectors: Vector[] }).vectors,
);

interface Recorded {
  readonly privateKey: string;
  readonly cases: readonly {
    readonly name: string;
    readonly body: Sent['body'];
    readonly expect: {
      readonly recoversTo: string;
      readonly source?: 'a' | 'b';
      readonly actionHash?: string;
    };
  }[];
}

/** Bodies that the Python SDK and nktkas sent over HTTP. */
const recorded = ['python-sdk', 'nktkas'].flatMap((client): Sent[] => {
  const file = read(`client-traffic/exchange-bodies-${client}.json`) as Recorded;
  return file.cases.map(({ name, body, expect: { recoversTo, source, actionHash } }) => ({
    name: `${client}: ${name}`,
    keys: [file.privateKey],
    body,
    expect: {
      signer: recoversTo,
      ...(source === undefined ? {} : { chain: source === 'a' ? 'Mainnet' : 'Testnet' }),
      ...(actionHash === undefined ? {} : { actionHash }),
    },
  }));
});

/** Bodies of every action type, for both networks, alone and as one of several owners. */
const everyAction = (read('client-traffic/every-action.json') as { cases: Sent[] }).cases;

export const sentBodies: readonly Sent[] = [...recorded, ...everyAction];

/** The SDKs do not pad; our signatures are always 64 digits long. */
export const padded = ({ r, s, v }: Signature): Signature => ({
  r: `0x${r.slice(2).padStart(64, '0')}`,
  s: `0x${s.slice(2).padStart(64, '0')}`,
  v,
});
