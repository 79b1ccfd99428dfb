/**
 * Rebuilds what the venue says of an account: fills, funding, positions. The venue shows the last
 * 10,000 fills only: what the ledger has beyond is reported and kept.
 */
import type { FundingPayment, VenueAccount, VenueFill } from '../../activities/ports/venue.ts';
import { sizeBase } from '../../domain/kernel/decimal.ts';
import { canonicalJson } from '../../domain/kernel/ids.ts';
import type { Rebuild, RebuildDifference } from './rebuild-types.ts';
import { fillOf, fundingOf, positionOf, type Row, textOf } from './rows.ts';

const same = (a: unknown, b: unknown): boolean => canonicalJson(a) === canonicalJson(b);

/** Notes what differs between the venue's facts and the stored ones; answers those to write. */
function compare<Fact>(
  { differences }: Rebuild,
  table: RebuildDifference['table'],
  shown: ReadonlyMap<string, Fact>,
  stored: ReadonlyMap<string, Fact>,
): { readonly write: readonly Fact[]; readonly wrong: readonly Fact[] } {
  const write: Fact[] = [];
  const wrong: Fact[] = [];
  for (const [key, fact] of shown) {
    const known = stored.get(key);
    if (known !== undefined && same(known, fact)) continue;
    differences.push({ table, key, kind: known === undefined ? 'missing' : 'differs' });
    write.push(fact);
    if (known !== undefined) wrong.push(known);
  }
  for (const key of stored.keys()) {
    if (!shown.has(key)) differences.push({ table, key, kind: 'onlyInLedger' });
  }
  return { write, wrong };
}

const keyed = <Fact>(facts: readonly Fact[], keyOf: (fact: Fact) => string) =>
  new Map(facts.map((fact) => [keyOf(fact), fact]));

/** What is stored up to the newest that was shown: later ones came meanwhile. */
async function stored<Fact extends { readonly timeMs: number }>(
  { pool, account }: Rebuild,
  table: 'fills' | 'funding',
  factOf: (row: Row) => Fact,
  shown: readonly Fact[],
): Promise<readonly Fact[]> {
  const untilMs = shown.at(-1)?.timeMs ?? Number.MAX_SAFE_INTEGER;
  const { rows } = await pool.query<Row>(
    `select * from ${table} where account = $1 and time_ms <= $2`,
    [account, untilMs],
  );
  return rows.map(factOf);
}

/** @returns how many fills the venue shows */
export async function rebuildFills(rebuild: Rebuild, fills: readonly VenueFill[]): Promise<number> {
  const { pool, account, ledger, apply } = rebuild;
  const keyOf = ({ asset, timeMs, tid, oid }: VenueFill) => `${asset}/${timeMs}/${tid}/${oid}`;
  const known = keyed(await stored(rebuild, 'fills', fillOf, fills), keyOf);
  const { write, wrong } = compare(rebuild, 'fills', keyed(fills, keyOf), known);
  await apply(async () => {
    for (const { asset, timeMs, tid, oid } of wrong) {
      await pool.query(
        'delete from fills where account = $1 and asset = $2 and time_ms = $3 and tid = $4 and oid = $5',
        [account, asset, timeMs, tid, oid],
      );
    }
    await ledger.recordFills(account, write);
  });
  return fills.length;
}

/** @returns how many payments the venue shows */
export async function rebuildFunding(
  rebuild: Rebuild,
  payments: readonly FundingPayment[],
): Promise<number> {
  const { pool, account, ledger, apply } = rebuild;
  const keyOf = ({ asset, timeMs }: FundingPayment) => `${asset}/${timeMs}`;
  const known = keyed(await stored(rebuild, 'funding', fundingOf, payments), keyOf);
  const { write, wrong } = compare(rebuild, 'funding', keyed(payments, keyOf), known);
  await apply(async () => {
    for (const { asset, timeMs } of wrong) {
      await pool.query('delete from funding where account = $1 and asset = $2 and time_ms = $3', [
        account,
        asset,
        timeMs,
      ]);
    }
    await ledger.recordFunding(account, write);
  });
  return payments.length;
}

/**
 * Sizes are compared, prices move. Adds the equity of now: the venue's samples of the past are not
 * kept anywhere else. @returns how many positions the venue shows
 */
export async function rebuildPositions(rebuild: Rebuild, state: VenueAccount): Promise<number> {
  const { pool, account, ledger, apply } = rebuild;
  const { rows } = await pool.query<Row>('select * from positions where account = $1', [account]);
  const sizes = new Map(rows.map((row) => [textOf(row, 'asset'), positionOf(row).sizeBase]));
  const shown = new Map(state.positions.map((position) => [position.asset, position.sizeBase]));
  for (const asset of sizes.keys()) if (!shown.has(asset)) shown.set(asset, sizeBase('0'));
  compare(rebuild, 'positions', shown, sizes);
  await apply(() => ledger.recordAccount(account, state));
  return state.positions.length;
}
