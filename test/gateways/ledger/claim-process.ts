/**
 * A process of its own that claims room for orders: `claim-process.ts URL NAME`. For every line on
 * standard input it draws up one envelope named after itself and the line, and answers with one line:
 * whether it fitted.
 */
import { createInterface } from 'node:readline';
import { OverLimit } from '../../../activities/ports/errors.ts';
import { createLedger } from '../../../gateways/ledger/ledger.ts';
import { openLedgerPool } from '../../../gateways/ledger/pool.ts';
import { claimDraft } from './test-claims.ts';

const [url = '', name = ''] = process.argv.slice(2);
const pool = openLedgerPool(url, { max: 1 });
const ledger = createLedger(pool);

async function claim(round: string): Promise<string> {
  try {
    const { inserted } = await ledger.prepareEnvelope(
      claimDraft(`${round}-${name}`, { asset: `A${round}`, sizeBase: '6' }),
    );
    return inserted ? 'fits' : 'was there';
  } catch (fault) {
    return fault instanceof OverLimit ? 'refused' : String(fault);
  }
}

await pool.query('select 1');
process.stdout.write('ready\n');
for await (const round of createInterface({ input: process.stdin })) {
  process.stdout.write(`${await claim(round)}\n`);
}
await pool.end();
