/** The ledger in memory, with what sessions and reconciliation ask of it beyond the order's life. */
import type { DecisionRecord, LedgerPort, SessionRow } from '../../activities/ports/ledger.ts';
import type { RecoveryPort } from '../../activities/ports/recovery.ts';
import type { FundingPayment, VenueFill } from '../../activities/ports/venue.ts';
import { decimal, usd, ZERO } from '../../domain/kernel/decimal.ts';
import type { AccountAddress } from '../../domain/kernel/ids.ts';
import { MemoryLedger } from '../simulation/world/memory-ledger.ts';

interface Balance {
  readonly cashUsd: string;
  readonly flowsUsd: string;
  readonly unexplainedUsd?: string;
}

type Forgotten = 'recordParent' | 'parent' | 'legsOf' | 'fillsOf';

export class LongLedger extends MemoryLedger implements Omit<LedgerPort, Forgotten>, RecoveryPort {
  readonly decisions = new Map<string, DecisionRecord>();
  readonly statements: Readonly<Record<string, unknown>>[] = [];
  private readonly rows = new Map<string, SessionRow>();
  private balance: Balance | undefined;
  private flows = ZERO;
  private readonly paid = new Set<string>();

  async recordDecisions(records: readonly DecisionRecord[]) {
    return records.map((record) => {
      const known = this.decisions.get(record.decisionId);
      if (known === undefined) this.decisions.set(record.decisionId, record);
      return known ?? record;
    });
  }

  async decision(decisionId: string) {
    return this.decisions.get(decisionId);
  }

  async recordSession(row: SessionRow): Promise<void> {
    this.rows.set(`${row.account}|${row.name}`, row);
  }

  async recordAccount(): Promise<void> {}

  async equityAt(): Promise<undefined> {
    return undefined;
  }

  override async recordFills(account: AccountAddress, fills: readonly VenueFill[]) {
    const keyOf = (fill: VenueFill): string =>
      [account, fill.asset, fill.timeMs, fill.tid, fill.oid].join('|');
    for (const fill of fills) {
      if (this.fills.has(keyOf(fill))) continue;
      this.flows = this.flows.plus(decimal(fill.closedPnlUsd)).minus(decimal(fill.feeUsd));
    }
    return super.recordFills(account, fills);
  }

  override async recordFunding(account: AccountAddress, payments: readonly FundingPayment[]) {
    for (const { asset, timeMs, amountUsd } of payments) {
      const key = `${asset}|${timeMs}`;
      if (!this.paid.has(key)) this.flows = this.flows.plus(decimal(amountUsd));
      this.paid.add(key);
    }
    return super.recordFunding(account, payments);
  }

  override async recordReconciliation(
    _account?: AccountAddress,
    _atMs?: number,
    statement: Readonly<Record<string, unknown>> = {},
  ): Promise<void> {
    this.statements.push(statement);
    const balance = statement.balance as Balance | undefined;
    if (balance !== undefined) this.balance = balance;
  }

  async sessions(account: AccountAddress) {
    return [...this.rows.values()]
      .filter((row) => row.account === account)
      .map(({ name, workflowId, status, config }) => {
        return { name, workflowId, status, assets: config.assets as readonly string[] };
      });
  }

  async forgottenAssets(): Promise<readonly string[]> {
    return [];
  }

  async cashFlowsUsd(): Promise<string> {
    return usd(this.flows);
  }

  async lastBalance() {
    const { balance } = this;
    return balance && { cashUsd: balance.cashUsd, flowsUsd: balance.flowsUsd };
  }

  get fundings(): number {
    return this.paid.size;
  }
}
