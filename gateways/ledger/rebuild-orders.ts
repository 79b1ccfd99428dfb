/**
 * Rebuilds what workflows told the ledger: orders with their steps, parents, sessions. A newer row
 * than its history is of a workflow that went on meanwhile, and stands.
 */
import { isSealed } from '../../activities/ports/envelope.ts';
import type { SessionRow } from '../../activities/ports/ledger.ts';
import type { VenueFill } from '../../activities/ports/venue.ts';
import type { OrderIntent } from '../../domain/execution/intent.ts';
import { type Cloid, canonicalJson } from '../../domain/kernel/ids.ts';
import type { OrderRecord, ParentRecord, Rebuild, VenueReads } from './rebuild-types.ts';
import { recallOrder, type Shown } from './recall.ts';
import { envelopeOf, integerOf, objectOf, type Row, textOf } from './rows.ts';

/** Older than everything that a workflow records: whatever a workflow says later stands. */
const RECALLED_VERSION = 1;

const same = (a: unknown, b: unknown): boolean => canonicalJson(a) === canonicalJson(b);

/** Groups records by key, each group from its oldest version to its newest. */
function byKey<Told extends { readonly version: number }>(
  records: readonly Told[],
  keyOf: (record: Told) => string,
): Map<string, [Told, ...Told[]]> {
  const groups = new Map<string, [Told, ...Told[]]>();
  for (const record of [...records].sort((a, b) => a.version - b.version)) {
    const group = groups.get(keyOf(record));
    if (group === undefined) groups.set(keyOf(record), [record]);
    else group.push(record);
  }
  return groups;
}

async function rowsOf(
  { pool, account }: Rebuild,
  table: 'orders' | 'parents' | 'sessions',
  key: string,
): Promise<Map<string, Row>> {
  const { rows } = await pool.query<Row>(`select * from ${table} where account = $1`, [account]);
  return new Map(rows.map((row) => [textOf(row, key), row]));
}

/** Compares stored views with told ones; answers which keys have to be written anew. */
function compareViews<Told extends { readonly version: number; readonly view: object }>(
  { differences }: Rebuild,
  table: 'orders' | 'parents',
  groups: ReadonlyMap<string, [Told, ...Told[]]>,
  stored: ReadonlyMap<string, Row>,
): string[] {
  const wrong: string[] = [];
  for (const [key, group] of groups) {
    const newest = group.at(-1) ?? group[0];
    const row = stored.get(key);
    const version = row === undefined ? 0 : integerOf(row, 'version');
    if (version > newest.version) continue;
    if (row !== undefined && version === newest.version && same(row.view, newest.view)) continue;
    differences.push({ table, key, kind: row === undefined ? 'missing' : 'differs' });
    wrong.push(key);
  }
  return wrong;
}

async function writeAnew(
  { pool, account }: Rebuild,
  table: 'orders' | 'parents',
  key: string,
  version: number,
  records: () => Promise<unknown>,
): Promise<void> {
  // A workflow that records meanwhile has a newer version: its row is not touched.
  await pool.query(`delete from ${table} where account = $1 and intent_id = $2 and version <= $3`, [
    account,
    key,
    version,
  ]);
  await records();
}

/** A step without its moment: a task that beat in the middle is told a little later when replayed. */
const said = (intentId: string, what: string, detail: unknown): string =>
  `${intentId} ${what} ${canonicalJson(detail)}`;

/** @returns how many orders and steps were compared */
export async function rebuildOrders(
  rebuild: Rebuild,
  records: readonly OrderRecord[],
): Promise<{ readonly orders: number; readonly steps: number }> {
  const { pool, account, ledger, differences, apply } = rebuild;
  const groups = byKey(records, ({ view }) => view.intent.intentId);
  const record = async (told: readonly OrderRecord[]): Promise<void> => {
    for (const { view, workflowId, version, steps, atMs } of told) {
      await ledger.recordOrder(view, workflowId, version, steps, atMs);
    }
  };
  const stored = await rowsOf(rebuild, 'orders', 'intent_id');
  const wrong = compareViews(rebuild, 'orders', groups, stored);
  for (const key of wrong) {
    const told = groups.get(key) ?? [];
    const version = told.at(-1)?.version ?? 0;
    await apply(() => writeAnew(rebuild, 'orders', key, version, () => record(told)));
  }
  const { rows } = await pool.query<Row>(
    'select intent_id, what, detail from order_steps where account = $1',
    [account],
  );
  const known = new Set(
    rows.map((row) => said(textOf(row, 'intent_id'), textOf(row, 'what'), row.detail)),
  );
  let compared = 0;
  for (const [key, told] of groups) {
    const steps = told.flatMap((each) => each.steps);
    compared += steps.length;
    if (steps.every(({ what, detail }) => known.has(said(key, what, detail)))) continue;
    differences.push({ table: 'order_steps', key, kind: 'missing' });
    await apply(() => record(told));
  }
  return { orders: groups.size, steps: compared };
}

/** @returns how many parents were compared */
export async function rebuildParents(
  rebuild: Rebuild,
  records: readonly ParentRecord[],
): Promise<number> {
  const { ledger, apply } = rebuild;
  const groups = byKey(records, ({ view }) => view.intent.intentId);
  const stored = await rowsOf(rebuild, 'parents', 'intent_id');
  for (const key of compareViews(rebuild, 'parents', groups, stored)) {
    const told = groups.get(key) ?? [];
    const record = async (): Promise<void> => {
      for (const { view, workflowId, version, atMs } of told) {
        await ledger.recordParent(view, workflowId, version, atMs);
      }
    };
    const version = told.at(-1)?.version ?? 0;
    await apply(() => writeAnew(rebuild, 'parents', key, version, record));
  }
  return groups.size;
}

/** @returns how many sessions were compared */
export async function rebuildSessions(
  rebuild: Rebuild,
  records: readonly SessionRow[],
): Promise<number> {
  const { ledger, differences, apply } = rebuild;
  const stored = await rowsOf(rebuild, 'sessions', 'name');
  const groups = byKey(
    records.map((row) => ({ row, version: row.updatedMs })),
    ({ row }) => row.name,
  );
  for (const [name, told] of groups) {
    const newest = (told.at(-1) ?? told[0]).row;
    const row = stored.get(name);
    const isCurrent = row !== undefined && integerOf(row, 'updated_ms') >= newest.updatedMs;
    if (isCurrent) continue;
    differences.push({ table: 'sessions', key: name, kind: row ? 'differs' : 'missing' });
    await apply(async () => {
      for (const each of told) await ledger.recordSession(each.row);
    });
  }
  return groups.size;
}

/**
 * Orders that were prepared, but of which neither a history nor a row is left: recalled from their
 * envelopes and the venue. @returns their intent ids
 */
export async function recallLost(
  rebuild: Rebuild,
  venue: VenueReads,
  records: readonly OrderRecord[],
  fills: readonly VenueFill[],
): Promise<readonly string[]> {
  const { pool, account, ledger, differences, apply } = rebuild;
  const told = new Set<string>(records.map(({ view }) => view.intent.intentId));
  const { rows } = await pool.query<Row>(
    `select i.* from intents i left join orders o using (account, intent_id)
     where i.account = $1 and o.intent_id is null and i.workflow_id like 'order:%'
     order by i.created_ms`,
    [account],
  );
  const recalled: string[] = [];
  for (const row of rows.filter((each) => !told.has(textOf(each, 'intent_id')))) {
    const intent = objectOf(row, 'intent') as unknown as OrderIntent;
    const drawn = await pool.query<Row>(
      'select * from envelopes where account = $1 and intent_id = $2 order by epoch',
      [account, intent.intentId],
    );
    const envelopes = drawn.rows.map(envelopeOf).filter((each) => !isSealed(each));
    if (envelopes.length === 0) continue;
    const shown = new Map<Cloid, Shown>();
    for (const { cloid } of envelopes) {
      const status = await venue.orderStatus(account, cloid);
      const own = fills.filter((fill) => fill.cloid === cloid);
      shown.set(cloid, { fills: own, ...(status === undefined ? {} : { status }) });
    }
    const view = recallOrder(intent, envelopes, shown);
    const atMs = integerOf(row, 'created_ms');
    const steps = [{ atMs, what: 'recalled', detail: { from: 'envelopes and venue' } }];
    recalled.push(intent.intentId);
    differences.push({ table: 'orders', key: intent.intentId, kind: 'missing' });
    await apply(() =>
      ledger.recordOrder(view, textOf(row, 'workflow_id'), RECALLED_VERSION, steps, atMs),
    );
  }
  return recalled;
}
