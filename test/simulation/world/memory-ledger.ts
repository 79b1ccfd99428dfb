/**
 * The ledger's semantics in memory, for speed: what `gateways/ledger` does in SQL, statement by
 * statement. `memory-ledger.test.ts` shows that both give the same answers to the same calls. Rows
 * are kept as they were given: nobody changes in place what he has handed over.
 */
import type { Envelope } from '../../../activities/ports/envelope.ts';
import { OverLimit } from '../../../activities/ports/errors.ts';
import type {
  EnvelopeDraft,
  LedgerPort,
  OpenOrderRow,
  OrderStep,
  ParentRow,
} from '../../../activities/ports/ledger.ts';
import type { FundingPayment, VenueFill } from '../../../activities/ports/venue.ts';
import type { OrderIntent } from '../../../domain/execution/intent.ts';
import { type OrderView, TERMINAL_STATUSES } from '../../../domain/execution/order-view.ts';
import type { LegNews } from '../../../domain/execution/parents/leg-news.ts';
import { isOpenParent, type ParentView } from '../../../domain/execution/parents/parent-view.ts';
import { assertInvariant } from '../../../domain/kernel/assert.ts';
import { type Decimal, decimal, sizeBase, ZERO } from '../../../domain/kernel/decimal.ts';
import type { AccountAddress, Cloid, IntentId } from '../../../domain/kernel/ids.ts';
import {
  type AssetStanding,
  breachOf,
  describeBreach,
  type ExposureClaim,
  positionAfter,
} from '../../../domain/risk/reservation.ts';

interface IntentRow {
  readonly account: AccountAddress;
  readonly intentId: string;
  readonly workflowId: string;
  readonly intentJson: string;
  readonly createdMs: number;
}

interface OrderRow {
  readonly view: OrderView;
  readonly workflowId: string;
  readonly version: number;
  readonly createdMs: number;
}

/** What an envelope may still add to a position. */
interface Reserving extends Pick<ExposureClaim, 'asset' | 'side' | 'px'> {
  readonly account: AccountAddress;
  readonly intentId: string;
  readonly epoch: number;
  readonly left: Decimal;
}

interface BookedFill extends VenueFill {
  readonly account: AccountAddress;
}

const noClaims = (asset: string) => ({
  asset,
  buysBase: ZERO,
  buysUsd: ZERO,
  sellsBase: ZERO,
  sellsUsd: ZERO,
});

/** What the simulated code asks of the ledger. */
export type OrderLedger = Pick<
  LedgerPort,
  | 'prepareEnvelope'
  | 'noteSend'
  | 'envelope'
  | 'nextNonce'
  | 'workflowsOf'
  | 'recordOrder'
  | 'endedOrder'
  | 'openOrders'
  | 'openParents'
  | 'recordParent'
  | 'parent'
  | 'legsOf'
  | 'recordFills'
  | 'fillsOf'
  | 'netFills'
  | 'recordFunding'
  | 'recordReconciliation'
  | 'watermark'
  | 'advanceWatermark'
>;

/** As it comes back from a database: without what is undefined. */
const copy = <Value>(value: Value): Value => JSON.parse(JSON.stringify(value)) as Value;
const keyOf = (...parts: readonly (string | number)[]): string => parts.join('|');

export class MemoryLedger implements OrderLedger {
  readonly envelopes = new Map<string, Envelope>();
  readonly orders = new Map<string, OrderRow>();
  readonly fills = new Map<string, VenueFill>();
  readonly parents = new Map<string, { readonly version: number; readonly row: ParentRow }>();
  private readonly intents = new Map<string, IntentRow>();
  private readonly lanes = new Map<string, number>();
  private readonly reserving = new Map<Cloid, Reserving>();
  private readonly booked = new Map<Cloid, Decimal>();
  /** The executions of the last moment, by account and asset. */
  private readonly lastFills = new Map<string, readonly BookedFill[]>();
  private readonly net = new Map<string, Decimal>();
  private readonly funding = new Map<string, FundingPayment>();
  private readonly marks = new Map<string, number>();

  async prepareEnvelope(draft: EnvelopeDraft) {
    assertInvariant(
      Number.isSafeInteger(draft.nowMs) && draft.nowMs > 0,
      `nowMs ${draft.nowMs}: must be a positive integer`,
    );
    const known = this.envelopes.get(draft.cloid);
    if (known === undefined) this.judge(draft);
    const envelope = known ?? this.addEnvelope(draft);
    assertInvariant(
      envelope.account === draft.account && envelope.intentId === draft.intentId,
      `cloid ${draft.cloid}: belongs to intent ${envelope.intentId}, not to ${draft.intentId}`,
    );
    return { envelope, inserted: known === undefined };
  }

  private judge({ account, intentId, claim }: EnvelopeDraft): void {
    if (claim?.ceilings === undefined) return;
    const breach = breachOf(claim, this.standings(account, intentId));
    if (breach !== undefined) throw new OverLimit(describeBreach(breach, claim.ceilings));
  }

  /** Every asset with an execution or an order on its way, those of one intent left out. */
  private standings(account: AccountAddress, but: string): readonly AssetStanding[] {
    const found = new Map<string, AssetStanding>();
    for (const fills of this.lastFills.values()) {
      const [last] = fills;
      if (last?.account !== account) continue;
      const markPx = fills.reduce((most, { px }) => (most.gt(px) ? most : decimal(px)), ZERO);
      found.set(last.asset, { ...positionAfter(fills), ...noClaims(last.asset), markPx });
    }
    for (const { asset, side, account: owner, intentId, left, px } of this.reserving.values()) {
      if (owner !== account || intentId === but || left.lte(ZERO)) continue;
      const at = found.get(asset) ?? { ...positionAfter([]), ...noClaims(asset), markPx: ZERO };
      const { buysBase, buysUsd, sellsBase, sellsUsd } = at;
      const value = left.times(px);
      const more =
        side === 'buy'
          ? { buysBase: buysBase.plus(left), buysUsd: buysUsd.plus(value) }
          : { sellsBase: sellsBase.plus(left), sellsUsd: sellsUsd.plus(value) };
      found.set(asset, { ...at, ...more });
    }
    return [...found.values()];
  }

  private reserve({ cloid, account, intentId, epoch, claim }: EnvelopeDraft): void {
    for (const [other, row] of this.reserving) {
      const isFormer = row.account === account && row.intentId === intentId && row.epoch < epoch;
      if (isFormer) this.reserving.delete(other);
    }
    if (claim === undefined) return;
    const { asset, side, sizeBase: size, px } = claim;
    const booked = this.booked.get(cloid) ?? ZERO;
    const left = decimal(size).minus(booked);
    this.reserving.set(cloid, { account, intentId, epoch, asset, side, left, px });
  }

  /** What was executed of an order counts as position from now on. */
  private book(account: AccountAddress, fill: VenueFill): void {
    const { asset, timeMs, cloid, sizeBase: size } = fill;
    const place = keyOf(account, asset);
    const last = this.lastFills.get(place) ?? [];
    const lastMs = last[0]?.timeMs ?? Number.NEGATIVE_INFINITY;
    const kept = timeMs === lastMs ? last : [];
    if (timeMs >= lastMs) this.lastFills.set(place, [...kept, { ...fill, account }]);
    if (cloid === undefined) return;
    this.booked.set(cloid, (this.booked.get(cloid) ?? ZERO).plus(size));
    const row = this.reserving.get(cloid);
    if (row !== undefined) this.reserving.set(cloid, { ...row, left: row.left.minus(size) });
  }

  private addEnvelope(draft: EnvelopeDraft): Envelope {
    this.reserve(draft);
    const { intent, account, intentId, workflowId, nowMs, countsAsSent, claim: _, ...rest } = draft;
    const key = keyOf(account, intentId);
    if (!this.intents.has(key)) {
      const intentJson = JSON.stringify(intent);
      this.intents.set(key, { account, intentId, workflowId, intentJson, createdMs: nowMs });
    }
    const nonce = this.allocate(draft.signer, nowMs);
    const sends = countsAsSent === true ? 1 : 0;
    const envelope = copy({ ...rest, account, intentId, workflowId, nonce, sends });
    this.envelopes.set(draft.cloid, envelope);
    return envelope;
  }

  private allocate(signer: string, nowMs: number): number {
    const last = this.lanes.get(signer);
    const nonce = last === undefined ? nowMs : Math.max(last + 1, nowMs);
    this.lanes.set(signer, nonce);
    return nonce;
  }

  async noteSend(cloid: Cloid): Promise<Envelope | undefined> {
    const known = this.envelopes.get(cloid);
    if (known === undefined) return undefined;
    const counted = { ...known, sends: known.sends + 1 };
    this.envelopes.set(cloid, counted);
    return counted;
  }

  async envelope(cloid: Cloid): Promise<Envelope | undefined> {
    return this.envelopes.get(cloid);
  }

  async nextNonce(signer: AccountAddress, nowMs: number): Promise<number> {
    return this.allocate(signer, nowMs);
  }

  async workflowsOf(cloids: readonly Cloid[]): Promise<ReadonlyMap<Cloid, string>> {
    const found = new Map<Cloid, string>();
    for (const cloid of cloids) {
      const envelope = this.envelopes.get(cloid);
      if (envelope !== undefined) found.set(cloid, envelope.workflowId);
    }
    return found;
  }

  async recordOrder(
    view: OrderView,
    workflowId: string,
    version: number,
    _steps: readonly OrderStep[],
    atMs: number,
  ): Promise<void> {
    const { account, intentId } = view.intent;
    const key = keyOf(account, intentId);
    if (view.cloid && TERMINAL_STATUSES.includes(view.status)) this.reserving.delete(view.cloid);
    const known = this.orders.get(key);
    if (known !== undefined && known.version >= version) return;
    const createdMs = known?.createdMs ?? atMs;
    this.orders.set(key, { view, workflowId, version, createdMs });
  }

  async endedOrder(account: AccountAddress, intentId: IntentId): Promise<OrderView | undefined> {
    const known = this.orders.get(keyOf(account, intentId))?.view;
    return known && TERMINAL_STATUSES.includes(known.status) ? copy(known) : undefined;
  }

  async openOrders(account: AccountAddress): Promise<readonly OpenOrderRow[]> {
    const rows: { readonly row: OpenOrderRow; readonly createdMs: number }[] = [];
    for (const { view, workflowId, createdMs } of this.orders.values()) {
      if (view.intent.account !== account || TERMINAL_STATUSES.includes(view.status)) continue;
      rows.push({ row: this.openRow(view.intent, workflowId, view.status, view.cloid), createdMs });
    }
    for (const {
      intentId,
      workflowId,
      intentJson,
      createdMs,
      ...intent
    } of this.intents.values()) {
      if (intent.account !== account || this.orders.has(keyOf(account, intentId))) continue;
      const epochs = [...this.envelopes.values()]
        .filter((each) => each.account === account && each.intentId === intentId)
        .sort((a, b) => b.epoch - a.epoch);
      const wanted = JSON.parse(intentJson) as OrderIntent;
      rows.push({ row: this.openRow(wanted, workflowId, 'PENDING', epochs[0]?.cloid), createdMs });
    }
    return rows.sort((a, b) => a.createdMs - b.createdMs).map(({ row }) => row);
  }

  private openRow(
    intent: OrderIntent,
    workflowId: string,
    status: string,
    cloid: Cloid | undefined,
  ): OpenOrderRow {
    return { intent, workflowId, ...(cloid && { cloid }), status };
  }

  async recordFills(account: AccountAddress, fills: readonly VenueFill[]): Promise<number> {
    let added = 0;
    for (const fill of fills) {
      const key = keyOf(account, fill.asset, fill.timeMs, fill.tid, fill.oid);
      if (this.fills.has(key)) continue;
      added += 1;
      this.fills.set(key, fill);
      this.book(account, fill);
      const place = keyOf(account, fill.asset);
      const size = decimal(fill.sizeBase);
      const held = this.net.get(place) ?? ZERO;
      this.net.set(place, fill.side === 'buy' ? held.plus(size) : held.minus(size));
    }
    return added;
  }

  async fillsOf(account: AccountAddress, sinceMs: number): Promise<readonly VenueFill[]> {
    return [...this.fills]
      .filter(([key, { timeMs }]) => key.startsWith(`${account}|`) && timeMs >= sinceMs)
      .map(([, fill]) => fill)
      .sort((a, b) => a.timeMs - b.timeMs || a.tid - b.tid || a.oid - b.oid);
  }

  async netFills(account: AccountAddress): Promise<ReadonlyMap<string, string>> {
    const own = [...this.net].filter(([key]) => key.startsWith(`${account}|`));
    const named = own.map(([key, net]): [string, string] => [
      key.slice(account.length + 1),
      sizeBase(net),
    ]);
    return new Map(named.sort(([a], [b]) => (a < b ? -1 : 1)));
  }

  async recordFunding(
    account: AccountAddress,
    payments: readonly FundingPayment[],
  ): Promise<number> {
    const before = this.funding.size;
    for (const payment of payments) {
      const key = keyOf(account, payment.asset, payment.timeMs);
      if (!this.funding.has(key)) this.funding.set(key, payment);
    }
    return this.funding.size - before;
  }

  async recordParent(
    view: ParentView,
    workflowId: string,
    version: number,
    atMs: number,
  ): Promise<void> {
    const key = keyOf(view.intent.account, view.intent.intentId);
    const known = this.parents.get(key);
    if (known !== undefined && known.version >= version) return;
    const createdMs = known?.row.createdMs ?? view.startedMs;
    this.parents.set(key, { version, row: { view, workflowId, createdMs, updatedMs: atMs } });
  }

  async parent(account: AccountAddress, intentId: IntentId): Promise<ParentRow | undefined> {
    return this.parents.get(keyOf(account, intentId))?.row;
  }

  async openParents(account: AccountAddress): Promise<readonly ParentRow[]> {
    return [...this.parents.values()]
      .map(({ row }) => row)
      .filter(({ view }) => view.intent.account === account && isOpenParent(view.status))
      .sort((a, b) => a.createdMs - b.createdMs);
  }

  async legsOf(
    account: AccountAddress,
    parent: IntentId,
    named?: readonly IntentId[],
  ): Promise<readonly LegNews[]> {
    const isOpen = ({ view }: OrderRow): boolean => !TERMINAL_STATUSES.includes(view.status);
    const recorded = [...this.orders.values()]
      .filter(({ view }) => view.intent.account === account && view.intent.parent === parent)
      .filter(
        (row) => named === undefined || isOpen(row) || named.includes(row.view.intent.intentId),
      )
      .map(({ view: { intent, status, filledBase }, version, createdMs }) => ({
        intent,
        status,
        filledBase,
        version,
        startedMs: createdMs,
      }));
    const prepared = [...this.intents.values()]
      .filter((row) => row.account === account && !this.orders.has(keyOf(account, row.intentId)))
      .map(({ intentJson, createdMs }) => ({
        intent: JSON.parse(intentJson) as OrderIntent,
        status: 'PENDING' as const,
        filledBase: sizeBase(0),
        version: 0,
        startedMs: createdMs,
      }))
      .filter(({ intent }) => intent.parent === parent);
    return [...recorded, ...prepared].sort(
      (a, b) => a.startedMs - b.startedMs || (a.intent.intentId < b.intent.intentId ? -1 : 1),
    );
  }

  async recordReconciliation(): Promise<void> {}

  async watermark(account: AccountAddress, kind: string): Promise<number | undefined> {
    return this.marks.get(keyOf(account, kind));
  }

  async advanceWatermark(account: AccountAddress, kind: string, toMs: number): Promise<void> {
    const key = keyOf(account, kind);
    this.marks.set(key, Math.max(this.marks.get(key) ?? toMs, toMs));
  }
}
