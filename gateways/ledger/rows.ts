/**
 * Reads typed values out of ledger rows. The driver returns bigint and numeric columns as text; here
 * they become safe integers and plain decimals, and anything else stops the reader.
 */

import type { Envelope } from '../../activities/ports/envelope.ts';
import type { FundingPayment, VenueFill, VenuePosition } from '../../activities/ports/venue.ts';
import type { FillFact } from '../../domain/execution/order-facts.ts';
import type { Arrival } from '../../domain/execution/quality/arrival.ts';
import { assertInvariant } from '../../domain/kernel/assert.ts';
import { px, sizeBase, usd } from '../../domain/kernel/decimal.ts';
import type { AccountAddress, Cloid, IntentId, Network } from '../../domain/kernel/ids.ts';

export type Row = Readonly<Record<string, unknown>>;

export function textOf(row: Row, column: string): string {
  const value = row[column];
  assertInvariant(typeof value === 'string', `ledger column ${column}: must be text`);
  return value;
}

export function optionalTextOf(row: Row, column: string): string | undefined {
  return row[column] === null ? undefined : textOf(row, column);
}

export function integerOf(row: Row, column: string): number {
  const value = Number(row[column] ?? Number.NaN);
  assertInvariant(Number.isSafeInteger(value), `ledger column ${column}: must be a safe integer`);
  return value;
}

export function booleanOf(row: Row, column: string): boolean {
  const value = row[column];
  assertInvariant(typeof value === 'boolean', `ledger column ${column}: must be true or false`);
  return value;
}

export function objectOf(row: Row, column: string): Readonly<Record<string, unknown>> {
  const value = row[column];
  assertInvariant(
    typeof value === 'object' && value !== null && !Array.isArray(value),
    `ledger column ${column}: must be a JSON object`,
  );
  return value as Readonly<Record<string, unknown>>;
}

function sideOf(row: Row): 'buy' | 'sell' {
  const side = textOf(row, 'side');
  assertInvariant(side === 'buy' || side === 'sell', `ledger column side: ${side}`);
  return side;
}

export function envelopeOf(row: Row): Envelope {
  const arrival = row.arrival === null ? undefined : objectOf(row, 'arrival');
  return {
    ...(arrival === undefined ? {} : { arrival: arrival as unknown as Arrival }),
    cloid: textOf(row, 'cloid') as Cloid,
    account: textOf(row, 'account') as AccountAddress,
    intentId: textOf(row, 'intent_id') as IntentId,
    network: textOf(row, 'network') as Network,
    epoch: integerOf(row, 'epoch'),
    workflowId: textOf(row, 'workflow_id'),
    signer: textOf(row, 'signer') as AccountAddress,
    nonce: integerOf(row, 'nonce'),
    expiresAfterMs: integerOf(row, 'expires_after_ms'),
    action: objectOf(row, 'action'),
    sends: integerOf(row, 'sends'),
  };
}

function fillFactOf(row: Row): FillFact {
  return {
    tid: integerOf(row, 'tid'),
    oid: integerOf(row, 'oid'),
    timeMs: integerOf(row, 'time_ms'),
    px: px(textOf(row, 'px')),
    sizeBase: sizeBase(textOf(row, 'size_base')),
    feeUsd: usd(textOf(row, 'fee_usd')),
    closedPnlUsd: usd(textOf(row, 'closed_pnl_usd')),
    crossed: booleanOf(row, 'crossed'),
  };
}

export function fillOf(row: Row): VenueFill {
  const cloid = optionalTextOf(row, 'cloid') as Cloid | undefined;
  return {
    ...fillFactOf(row),
    asset: textOf(row, 'asset'),
    side: sideOf(row),
    ...(cloid === undefined ? {} : { cloid }),
    direction: textOf(row, 'direction'),
    startPositionBase: sizeBase(textOf(row, 'start_position_base')),
    feeToken: textOf(row, 'fee_token'),
    hash: textOf(row, 'hash'),
    ...(row.twap_id === null ? {} : { twapId: integerOf(row, 'twap_id') }),
  };
}

export function fundingOf(row: Row): FundingPayment {
  return {
    timeMs: integerOf(row, 'time_ms'),
    asset: textOf(row, 'asset'),
    amountUsd: usd(textOf(row, 'amount_usd')),
    sizeBase: sizeBase(textOf(row, 'size_base')),
    ratePerHour: textOf(row, 'rate_per_hour'),
  };
}

export function positionOf(row: Row): VenuePosition {
  const liquidationPx = optionalTextOf(row, 'liquidation_px');
  return {
    asset: textOf(row, 'asset'),
    sizeBase: sizeBase(textOf(row, 'size_base')),
    entryPx: px(textOf(row, 'entry_px')),
    valueUsd: usd(textOf(row, 'value_usd')),
    unrealizedPnlUsd: usd(textOf(row, 'unrealized_pnl_usd')),
    marginUsedUsd: usd(textOf(row, 'margin_used_usd')),
    ...(liquidationPx === undefined ? {} : { liquidationPx: px(liquidationPx) }),
    leverage: integerOf(row, 'leverage'),
  };
}
