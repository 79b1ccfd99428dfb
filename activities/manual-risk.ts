/**
 * Risk's answer to an order typed by hand: the same checks as a session's, on the account now, valued at
 * the worst price that is sent. What others send at the same moment is not seen here: the ledger judges
 * once more, with all orders on their way, when it stores the envelope.
 */
import { worstPx } from '../domain/execution/exposure-claim.ts';
import type { OrderIntent } from '../domain/execution/intent.ts';
import type { Denial } from '../domain/execution/order-facts.ts';
import type { Px } from '../domain/kernel/decimal.ts';
import { usd } from '../domain/kernel/decimal.ts';
import { approve } from '../domain/risk/approve.ts';
import type { RiskLimits } from '../domain/risk/limits.ts';
import type { ExposureCeilings } from '../domain/risk/reservation.ts';
import { ceilingsOf } from '../domain/risk/reservation.ts';
import { portfolioOf, readAccountState } from './portfolio.ts';
import type { LedgerPort } from './ports/ledger.ts';
import type { VenuePort } from './ports/venue.ts';

const DAY_MS = 86_400_000;

/** @returns the denial, or of an approved order the limits as amounts */
export function createManualJudge(
  venue: VenuePort,
  ledger: LedgerPort,
  limits: RiskLimits,
): (intent: OrderIntent, referencePx: Px) => Promise<Denial | ExposureCeilings> {
  return async (intent, referencePx) => {
    const asset = (await venue.assets()).get(intent.asset);
    if (asset === undefined) {
      return { kind: 'invalid', field: 'asset', value: intent.asset, rule: 'is not listed' };
    }
    const { account, orders, asOfMs } = await readAccountState(venue, intent.account);
    const dayStartMs = Math.floor(asOfMs / DAY_MS) * DAY_MS;
    const dayStart = (await ledger.equityAt(intent.account, dayStartMs)) ?? account.equityUsd;
    const outcome = approve(
      {
        asset,
        side: intent.side,
        sizeBase: intent.sizeBase,
        referencePx: worstPx(intent, asset, referencePx),
        pricedAtMs: asOfMs,
        reduceOnly: intent.reduceOnly,
      },
      portfolioOf(account, orders, usd(dayStart), null, asOfMs),
      limits,
      asOfMs,
    );
    if (outcome.ok) return ceilingsOf(limits, account.equityUsd);
    const { check, value, rule } = outcome.error;
    return { kind: 'risk', field: check, value, rule };
  };
}
