/** How well the account's recent orders were executed, for `/api/quality`. Read only. */
import { summarize, summarizeBy } from '../../domain/execution/quality/summary.ts';
import type { AccountAddress } from '../../domain/kernel/ids.ts';
import type { LedgerReader } from '../../gateways/ledger/reader.ts';

/** Many pages may ask at once; the ledger is asked no more often than this. */
const KEPT_FOR_MS = 5_000;
const DAYS = 7;
const DAY_MS = 86_400_000;
const MOST_ORDERS = 2_000;

/** The newest orders of the last days, by strategy and by asset; positive figures are costs. */
export function qualityLook(
  reader: Pick<LedgerReader, 'quality'>,
  account: AccountAddress,
  nowMs: () => number,
): () => Promise<unknown> {
  let kept: { readonly atMs: number; readonly answer: Promise<unknown> } | undefined;
  const look = async (sinceMs: number): Promise<unknown> => {
    const rows = await reader.quality({ account, sinceMs, limit: MOST_ORDERS });
    return {
      sinceMs,
      byStrategy: summarizeBy(rows, ({ strategy }) => strategy),
      byAsset: summarizeBy(rows, ({ asset }) => asset),
      all: summarize(rows),
    };
  };
  return () => {
    const atMs = nowMs();
    if (kept !== undefined && atMs - kept.atMs < KEPT_FOR_MS) return kept.answer;
    const answer = look(atMs - DAYS * DAY_MS);
    kept = { atMs, answer };
    answer.catch(() => {
      kept = undefined;
    });
    return answer;
  };
}
