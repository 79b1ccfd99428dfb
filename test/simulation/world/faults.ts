/**
 * Draws the faults of one seed. Every boundary that the code crosses asks whether something goes
 * wrong there; how often is drawn per seed. One cell is the seed's own, in turn: it strikes there as
 * soon as it can, so that the rarest cell is hit as surely as the commonest. Counts what struck
 * where. Strikes nothing by itself.
 */
import type { Rng } from '../../../domain/kernel/rng.ts';
import { ALL_CELLS, CELLS, cellName } from './fault-table.ts';

/** Chance in a thousand, by boundary: what is crossed rarely or matters most is hit more often. */
const PER_MILLE: Readonly<Record<string, number>> = {
  'wire.order': 150,
  'wire.noop': 600,
  'wire.cancelByCloid': 120,
  'wire.updateLeverage': 120,
  'wire.orderStatus': 25,
  'wire.frontendOpenOrders': 25,
  'wire.userFillsByTime': 25,
  'wire.exchangeStatus': 20,
  'wire.meta': 20,
  'wire.allMids': 20,
  'wire.clearinghouseState': 20,
  'wire.userFunding': 20,
  'ledger.prepareEnvelope': 60,
  'ledger.noteSend': 150,
  'ledger.envelope': 120,
  'ledger.nextNonce': 40,
  'ledger.recordOrder': 10,
  'ledger.recordFills': 10,
  'ledger.workflowsOf': 8,
  'ledger.watermark': 30,
  'ledger.advanceWatermark': 30,
  'ledger.openOrders': 20,
  'ledger.openParents': 20,
  'ledger.netFills': 20,
  'ledger.fillsOf': 500,
  'ledger.recordFunding': 20,
  'ledger.recordReconciliation': 30,
  'task.start': 8,
  'task.commit': 15,
  'task.local': 4,
  'frame.orderUpdates': 25,
  'frame.userFills': 30,
  'frame.bbo': 6,
  'signal.venueFacts': 15,
};

/** Chance of the seed's own fault at each crossing of its boundary, until it has struck. */
const OWN_CHANCE = 0.3;
/** Where few seeds come by even once, whoever does is struck at once. */
const RARE_BOUNDARIES: readonly string[] = ['ledger.fillsOf'];

export class Faults {
  /** The cell that this seed is to hit. */
  readonly own: { readonly fault: string; readonly boundary: string };
  /** Off once the seed is left to come to rest. */
  striking = true;
  struck = 0;
  readonly hits = new Map<string, number>();
  readonly crossings = new Map<string, number>();
  private readonly rng: Rng;
  private readonly intensity: number;

  constructor(rng: Rng, intensity: number, seed: number) {
    this.rng = rng;
    this.intensity = intensity;
    const [fault = '', boundary = ''] = (ALL_CELLS[seed % ALL_CELLS.length] ?? '').split(' @ ');
    this.own = { fault, boundary };
  }

  /** The fault that strikes at this crossing, if one does. */
  at(boundary: string): string | undefined {
    if (!this.striking) return undefined;
    this.crossings.set(boundary, (this.crossings.get(boundary) ?? 0) + 1);
    if (boundary === this.own.boundary && this.strikesOwn()) return this.own.fault;
    const chance = ((PER_MILLE[boundary] ?? 0) / 1_000) * this.intensity;
    if (this.rng.next() >= chance) return undefined;
    const kinds = CELLS.get(boundary) ?? [];
    const kind = kinds[this.rng.int(kinds.length)];
    if (kind !== undefined) this.hit(kind, boundary);
    return kind;
  }

  private strikesOwn(): boolean {
    const { fault, boundary } = this.own;
    const chance = RARE_BOUNDARIES.includes(boundary) ? 1 : OWN_CHANCE;
    if (this.hits.has(cellName(fault, boundary)) || this.rng.next() >= chance) return false;
    this.hit(fault, boundary);
    return true;
  }

  /** One of the kinds that strike from outside, at a drawn moment. */
  hit(kind: string, boundary: string): void {
    const cell = cellName(kind, boundary);
    this.struck += 1;
    this.hits.set(cell, (this.hits.get(cell) ?? 0) + 1);
  }

  /** A duration between two bounds. */
  between(leastMs: number, mostMs: number): number {
    return leastMs + this.rng.next() * (mostMs - leastMs);
  }
}
