/**
 * The venue's physics alone, in process: orders that rest, orders that take them, cancels, spread
 * over many accounts that each have orders open. The reference is a loop that only builds the same
 * inputs, so that the ratio says what matching costs on this machine at this moment.
 */

import type { VenueAction, WireOrder } from '../../domain/matching/contract/venue-actions.ts';
import type { VenueConfig } from '../../domain/matching/contract/venue-config.ts';
import type { VenueInput } from '../../domain/matching/contract/venue-inputs.ts';
import { createVenue } from '../../domain/matching/venue.ts';
import { quantile, round } from '../statistics.ts';

const ACCOUNTS = 50;
const OPEN_ORDERS_EACH = 20;
const ROUNDS = 7;
const CYCLES = 20_000;
const START_MS = 1_750_000_000_000;

const CONFIG: VenueConfig = {
  universe: [
    { name: 'BTC', index: 0, szDecimals: 5, maxLeverage: 40, isDelisted: false, marginTableId: 40 },
  ],
  marginTables: {},
  seed: 7,
};

const address = (index: number): string => `0x${(index + 0xa1).toString(16).padStart(40, '0')}`;
const ADDRESSES = Array.from({ length: ACCOUNTS }, (_, index) => address(index));

const order = (isBuy: boolean, p: string, s: string): WireOrder => ({
  a: 0,
  b: isBuy,
  p,
  s,
  r: false,
  t: { limit: { tif: 'Gtc' } },
});

/** Inputs with running nonces; the clock moves a millisecond an input. */
class Inputs {
  #made = 0;

  action(signer: string, action: VenueAction): VenueInput {
    this.#made += 1;
    const atMs = START_MS + this.#made;
    return { kind: 'action', atMs, signer, nonce: atMs, action };
  }

  place(signer: string, ...orders: readonly WireOrder[]): VenueInput {
    return this.action(signer, { type: 'order', orders, grouping: 'na' });
  }
}

const account = (index: number): string => ADDRESSES[index % ACCOUNTS] ?? '';

/** One maker rests, another account takes it; a third rests far away and cancels. */
function cycle(inputs: Inputs, index: number, apply: (input: VenueInput) => number): number {
  const isBuy = index % 2 === 0;
  apply(inputs.place(account(index), order(isBuy, '100000', '0.001')));
  apply(inputs.place(account(index + 7), order(!isBuy, '100000', '0.001')));
  const oid = apply(inputs.place(account(index + 13), order(true, '90000', '0.001')));
  apply(inputs.action(account(index + 13), { type: 'cancel', cancels: [{ a: 0, o: oid }] }));
  return 4;
}

function openVenue(inputs: Inputs): (input: VenueInput) => number {
  const venue = createVenue(CONFIG);
  const level = (px: string) => ({ px, sz: '100' });
  const update = { coin: 'BTC', markPx: '100000', oraclePx: '100000', trades: [] };
  const bids = [level('99000')];
  const asks = [level('101000')];
  venue.apply({
    kind: 'market',
    atMs: START_MS,
    marketTimeMs: START_MS,
    updates: [{ ...update, bids, asks }],
  });
  for (const each of ADDRESSES) {
    venue.apply({ kind: 'deposit', atMs: START_MS, account: each, usd: '10000000' });
    for (let index = 0; index < OPEN_ORDERS_EACH; index += 1) {
      venue.apply(inputs.place(each, order(true, String(80_000 + index), '0.001')));
    }
  }
  return (input) => {
    const { response } = venue.apply(input);
    if (response?.status !== 'ok') throw new Error(`refused: ${JSON.stringify(response)}`);
    if (response.response.type !== 'order') return 0;
    const [status] = response.response.data.statuses;
    if (typeof status !== 'object' || 'error' in status) throw new Error(JSON.stringify(status));
    return 'resting' in status ? status.resting.oid : status.filled.oid;
  };
}

interface Pace {
  readonly perSecond: number;
  /** Per second of processor time, the garbage collector's helpers included. */
  readonly perCpuSecond: number;
}

function paceOf(inputs: Inputs, apply: (input: VenueInput) => number): Pace {
  const cpuBefore = process.cpuUsage();
  const startedAt = performance.now();
  let actions = 0;
  for (let index = 0; index < CYCLES; index += 1) actions += cycle(inputs, index, apply);
  const tookMs = performance.now() - startedAt;
  const { user, system } = process.cpuUsage(cpuBefore);
  return {
    perSecond: (actions / tookMs) * 1_000,
    perCpuSecond: (actions / (user + system)) * 1_000_000,
  };
}

export interface MatchingResult {
  /** Orders and cancels, of which a quarter are cancels; median over the rounds. */
  readonly actionsPerSecond: number;
  /** The same by processor time: what a machine that does nothing else would do. */
  readonly actionsPerCpuSecond: number;
  /** The same inputs, built and thrown away. */
  readonly inputsPerSecond: number;
  readonly aim: number;
}

export function measureMatching(): MatchingResult {
  const inputs = new Inputs();
  const apply = openVenue(inputs);
  paceOf(inputs, apply);
  const matched: Pace[] = [];
  const built: number[] = [];
  for (let index = 0; index < ROUNDS; index += 1) {
    built.push(paceOf(inputs, (input) => (input.kind === 'action' ? 1 : 0)).perSecond);
    matched.push(paceOf(inputs, apply));
  }
  const median = (of: keyof Pace): number => {
    const values = matched.map((pace) => pace[of]);
    return round(quantile(values, 0.5), 0);
  };
  return {
    actionsPerSecond: median('perSecond'),
    actionsPerCpuSecond: median('perCpuSecond'),
    inputsPerSecond: round(quantile(built, 0.5), 0),
    aim: 200_000,
  };
}
