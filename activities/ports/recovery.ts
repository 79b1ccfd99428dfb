/**
 * What recovery asks of the ledger beyond the order's life: which sessions it believes in, what was
 * traded that it has forgotten, and the money that its facts explain. Reads only.
 */
import type { AccountAddress, DeploymentTag } from '../../domain/kernel/ids.ts';
import type { SessionRow } from './ledger.ts';

export interface KnownSession extends Pick<SessionRow, 'name' | 'workflowId' | 'status'> {
  readonly assets: readonly string[];
}

/** What the last statement of an account said of money. */
export interface BalanceMark {
  readonly cashUsd: string;
  readonly flowsUsd: string;
}

export interface RecoveryPort {
  sessions(account: AccountAddress): Promise<readonly KnownSession[]>;
  /** Assets with executions that carry our tag, but whose envelope is not stored: a lost ledger. */
  forgottenAssets(account: AccountAddress, tag: DeploymentTag): Promise<readonly string[]>;
  /** Realised profit less fees plus funding, over everything recorded, USD. */
  cashFlowsUsd(account: AccountAddress): Promise<string>;
  /**
   * Of the newest statement whose money was explained to `toleranceUsd`, or whose difference was
   * reported: any other one may have been read in the middle of an execution.
   */
  lastBalance(account: AccountAddress, toleranceUsd: string): Promise<BalanceMark | undefined>;
}
