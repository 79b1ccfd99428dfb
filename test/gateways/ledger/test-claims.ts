/** Envelopes that claim: orders at 100 USD within 1,000 USD an asset, 1,500 USD together. */
import type { EnvelopeDraft } from '../../../activities/ports/ledger.ts';
import { px, sizeBase, usd } from '../../../domain/kernel/decimal.ts';
import type { Side } from '../../../domain/market/side.ts';
import type { ExposureCeilings } from '../../../domain/risk/reservation.ts';
import { draftOf, intentOf } from './test-ledger.ts';

export const CEILINGS: ExposureCeilings = {
  assetUsd: usd(1_000),
  grossUsd: usd(1_000_000),
  assets: 100,
};

export interface ClaimChanges {
  readonly asset?: string;
  readonly side?: Side;
  readonly sizeBase?: string;
  readonly ceilings?: ExposureCeilings;
  readonly draft?: Partial<EnvelopeDraft>;
}

export function claimDraft(key: string, changes: ClaimChanges = {}): EnvelopeDraft {
  const { asset = 'BTC', side = 'buy', ceilings = CEILINGS, draft = {} } = changes;
  const size = sizeBase(changes.sizeBase ?? '6');
  return draftOf(key, {
    intent: { ...intentOf(key), asset, side, sizeBase: size },
    claim: { asset, side, sizeBase: size, px: px('100'), markPx: px('100'), ceilings },
    ...draft,
  });
}
