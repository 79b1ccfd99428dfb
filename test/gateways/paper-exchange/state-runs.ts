/** Random runs of an exchange without sockets: the same inputs, to be stopped and gone on from. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Usd } from '../../../domain/kernel/decimal.ts';
import { accountAddress } from '../../../domain/kernel/ids.ts';
import { createRng, type Rng } from '../../../domain/kernel/rng.ts';
import type { VenueAction } from '../../../domain/matching/contract/venue-actions.ts';
import { type JournalEntry, PaperExchange } from '../../../gateways/paper-exchange/exchange.ts';
import { openTape } from '../../../gateways/paper-exchange/feeds/open-tape.ts';
import { createLog } from '../../../gateways/paper-exchange/log.ts';
import { configOf } from '../../../gateways/paper-exchange/start.ts';
import {
  forgetfulJournal,
  type Recovered,
} from '../../../gateways/paper-exchange/state/journal.ts';
import { START_OFFSET_MINUTES, writeSmallTape } from './state-tape.ts';

const ACCOUNTS = [1, 2, 3].map((digit) => accountAddress(`0x${String(digit).repeat(40)}`));
const ASSETS = [0, 1];
const BASE_MS = 1_750_000_000_000;
const MS_PER_INPUT = 10;

const tapeDir = writeSmallTape(mkdtempSync(join(tmpdir(), 'tape-')));
const feed = openTape(tapeDir, {
  seed: 1,
  stepsPerBar: 6,
  startOffsetMinutes: START_OFFSET_MINUTES,
});
rmSync(tapeDir, { recursive: true });
const config = configOf(feed.meta, 1);
const first = feed.moment(1);
const midOf = (asset: number): number => {
  const name = feed.meta.universe[asset]?.name;
  return Number(first.updates.find(({ coin }) => coin === name)?.markPx);
};

/** One thing that happens to an exchange. `snapshot` is the only one that is not journalled. */
export type Input =
  | { readonly kind: 'action'; readonly account: number; readonly action: VenueAction }
  | { readonly kind: 'fund'; readonly account: number; readonly usd: string }
  | { readonly kind: 'latency'; readonly account: number; readonly mostMs: number }
  | { readonly kind: 'distort'; readonly moveFraction: string }
  | { readonly kind: 'tick' }
  | { readonly kind: 'snapshot' };

const cloidOf = (index: number): string => `0x${index.toString(16).padStart(32, '0')}`;

function order(rng: Rng, index: number): VenueAction {
  const asset = rng.int(ASSETS.length);
  const isBuy = rng.int(2) === 0;
  const mid = midOf(asset);
  const away = (rng.next() - 0.5) * 0.01 * mid;
  const p = String(Math.round(mid + away));
  const tif = (['Gtc', 'Gtc', 'Ioc', 'Alo'] as const)[rng.int(4)] ?? 'Gtc';
  const trigger = { isMarket: true, triggerPx: p, tpsl: rng.int(2) === 0 ? 'tp' : 'sl' } as const;
  const t = rng.int(5) === 0 ? { trigger } : { limit: { tif } };
  const s = asset === 0 ? '0.01' : '0.2';
  const r = 'trigger' in t || rng.int(6) === 0;
  const asked = { a: asset, b: isBuy, p, s, r, t, c: cloidOf(index) };
  return { type: 'order', orders: [asked], grouping: 'na' };
}

function action(rng: Rng, index: number): VenueAction {
  switch (rng.int(8)) {
    case 0: {
      // Of either market and whosever they are: some of them are the account's own.
      const recent = Array.from({ length: 8 }, (_, back) => cloidOf(Math.max(0, index - back)));
      const cancels = recent.flatMap((cloid) => ASSETS.map((asset) => ({ asset, cloid })));
      return { type: 'cancelByCloid', cancels };
    }
    case 1:
      return { type: 'updateLeverage', asset: 0, isCross: true, leverage: 1 + rng.int(20) };
    case 2:
      return { type: 'noop' };
    default:
      return order(rng, index);
  }
}

function input(rng: Rng, index: number): Input {
  const account = rng.int(ACCOUNTS.length);
  const kind = rng.int(20);
  if (kind < 5) return { kind: 'tick' };
  if (kind === 5) return { kind: 'snapshot' };
  if (kind === 6) return { kind: 'fund', account, usd: '1234.5' };
  if (kind === 7) return { kind: 'latency', account, mostMs: rng.int(3) };
  if (kind === 8) return { kind: 'distort', moveFraction: rng.int(2) === 0 ? '-0.02' : '0.01' };
  return { kind: 'action', account, action: action(rng, index) };
}

/** Accounts are paid into first, so that most of what follows is accepted. */
export function randomInputs(seed: number, count: number): readonly Input[] {
  const rng = createRng(seed);
  const funds = ACCOUNTS.map((_, account): Input => ({ kind: 'fund', account, usd: '50000' }));
  return [...funds, ...Array.from({ length: count }, (_, index) => input(rng, index))];
}

export const isJournalled = ({ kind }: Input): boolean => kind !== 'snapshot';

/** An exchange without sockets on the small tape. */
export function exchangeWith(
  clock: () => number,
  recovered: Recovered<JournalEntry> = forgetfulJournal(),
): PaperExchange {
  return new PaperExchange({
    config,
    feed,
    recovered,
    hasAddressBudget: false,
    clock,
    isOnTapeTime: false,
    log: createLog('silent'),
  });
}

/** An exchange whose clock is at the input that it is given next. */
export class Run {
  readonly exchange: PaperExchange;
  #index: number;

  /** @param index of the input that comes next */
  constructor(recovered?: Recovered<JournalEntry>, index = 0) {
    this.#index = index;
    this.exchange = exchangeWith(() => BASE_MS + this.#index * MS_PER_INPUT, recovered);
  }

  /** Gives it the next inputs; returns what it answered. */
  take(inputs: readonly Input[]): unknown[] {
    return inputs.map((next) => {
      const answer = this.#takeOne(next);
      this.#index += 1;
      return answer;
    });
  }

  /** Everything that it knows, as text. */
  state(): string {
    return JSON.stringify(this.exchange.snapshot());
  }

  #takeOne(next: Input): unknown {
    const account = ACCOUNTS['account' in next ? next.account : 0];
    if (account === undefined) throw new Error('no such account');
    switch (next.kind) {
      case 'tick':
        return this.exchange.advance();
      case 'snapshot':
        return this.exchange.saveSnapshot();
      case 'fund':
        return this.exchange.fund(account, next.usd as Usd);
      case 'latency':
        return this.exchange.setLatency(account, [0, next.mostMs]);
      case 'distort':
        return this.exchange.distort([{ moveFraction: next.moveFraction }]);
      case 'action': {
        const nonce = BASE_MS + this.#index;
        return this.exchange.submit({ signer: account, nonce, action: next.action });
      }
    }
  }
}
