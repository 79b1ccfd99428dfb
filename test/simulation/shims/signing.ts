/** What the gateway uses of the SDK's signing, over seals. */
import { sealOf } from './seal.ts';

interface ToSign {
  readonly action: unknown;
  readonly nonce: number;
  readonly expiresAfter?: number;
}

export const signL1Action = async ({ action, nonce, expiresAfter }: ToSign) => ({
  r: sealOf(action, nonce, expiresAfter),
  s: '0x1',
  v: 27,
});
