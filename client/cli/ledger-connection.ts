/** Opens the ledger's read side, and says so plainly when it cannot be reached. */

import { EXIT } from '../../domain/kernel/exit-codes.ts';
import { openLedgerPool, withoutPassword } from '../../gateways/ledger/pool.ts';
import { createLedgerReader, type LedgerReader } from '../../gateways/ledger/reader.ts';
import { CliFailure } from './failure.ts';

export interface OpenLedger {
  readonly reader: LedgerReader;
  close(): Promise<void>;
}

/** @throws CliFailure (unreachable) naming the address */
export async function openLedger(url: string): Promise<OpenLedger> {
  const pool = openLedgerPool(url, { max: 2 });
  try {
    await pool.query('select 1');
  } catch (error) {
    await pool.end();
    const reason = error instanceof Error ? error.message : String(error);
    const message = `ledger ${withoutPassword(url)}: cannot be reached (${reason})`;
    throw new CliFailure(EXIT.unreachable, message, { mend: 'perpetua up', cause: error });
  }
  return { reader: createLedgerReader(pool), close: () => pool.end() };
}
