/**
 * Cancels, amendments, executions and what is told of them, in any order and all at once, against the
 * real order workflow: whatever comes when, the order ends in the right state, and the venue never has
 * two of it.
 */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { WorkflowHandle } from '@temporalio/client';
import fc from 'fast-check';
import type { FillFact } from '../../domain/execution/order-facts.ts';
import type { OrderView } from '../../domain/execution/order-view.ts';
import { type Decimal, decimal, px, sizeBase, ZERO } from '../../domain/kernel/decimal.ts';
import { type Cloid, orderWorkflowId } from '../../domain/kernel/ids.ts';
import {
  amendUpdate,
  cancelSignal,
  cancelUpdate,
  newOrder,
  submittedUpdate,
  venueFactsSignal,
} from '../../workflows/order/order.messages.ts';
import type { order } from '../../workflows/order/order.workflow.ts';
import { orderSearchAttributes } from '../../workflows/support/search-attributes.ts';
import { eventually } from './support/eventually.ts';
import { type Rig, startRig } from './support/rig.ts';
import { intent, ScriptedVenue, type SendScript } from './support/scripted-venue.ts';

const RUNS = 40;
/** Every size is a multiple of it, so that fills meet sizes exactly. */
const LOT = '0.005';
const SENDS: readonly SendScript[] = [
  'accept',
  'accept',
  'fill',
  'lostReply',
  'lostRequest',
  'reject',
];

type Event =
  | { readonly kind: 'price'; readonly limitPx: string }
  | { readonly kind: 'size'; readonly size: string }
  /** `submitted`: somebody asks whether it was sent, which is answered at once. */
  | { readonly kind: 'cancel' | 'cancelAndWait' | 'submitted' }
  /** The market takes a lot; the stream tells it, twice, or not at all. */
  | { readonly kind: 'fill'; readonly told: 0 | 1 | 2 }
  /** Everything that was ever told is told again, backwards. */
  | { readonly kind: 'repeat' }
  | { readonly kind: 'pause'; readonly ms: number }
  /** Waits until the venue has the order, and so many of it were sent. */
  | { readonly kind: 'open'; readonly sent: number }
  /** The ledger fails once more, after a while: longer than a workflow task is kept open. */
  | { readonly kind: 'ledgerFails'; readonly afterMs: number };

const event: fc.Arbitrary<Event> = fc.oneof(
  fc.record({ kind: fc.constant('price' as const), limitPx: fc.constantFrom('89000', '91000') }),
  fc.record({ kind: fc.constant('size' as const), size: fc.constantFrom('0.01', '0.03') }),
  fc.record({
    kind: fc.constantFrom('cancel' as const, 'cancelAndWait' as const, 'submitted' as const),
  }),
  fc.record({
    kind: fc.constant('fill' as const),
    told: fc.constantFrom(0 as const, 1 as const, 2 as const),
  }),
  fc.record({ kind: fc.constant('repeat' as const) }),
  fc.record({ kind: fc.constant('pause' as const), ms: fc.integer({ min: 1, max: 60 }) }),
);

/**
 * What chance might not bring, each with the mistake that it is there for: these are played first, every
 * time. The property draws from the same events.
 */
const CERTAIN: readonly (readonly [SendScript[], Event[]])[] = [
  // The next epoch is placed before the present one is proven dead.
  [
    ['accept', 'accept'],
    [
      { kind: 'open', sent: 1 },
      { kind: 'price', limitPx: '89000' },
      { kind: 'open', sent: 2 },
    ],
  ],
  // What has filled is placed once more: told before the amendment, or never.
  [
    ['accept', 'accept'],
    [
      { kind: 'open', sent: 1 },
      { kind: 'fill', told: 1 },
      { kind: 'size', size: '0.03' },
      { kind: 'open', sent: 2 },
    ],
  ],
  [
    ['accept', 'accept'],
    [
      { kind: 'open', sent: 1 },
      { kind: 'fill', told: 0 },
      { kind: 'price', limitPx: '91000' },
      { kind: 'open', sent: 2 },
    ],
  ],
  // An execution that is told twice, or of an epoch that is over, counts twice or not at all.
  [
    ['accept', 'accept'],
    [
      { kind: 'open', sent: 1 },
      { kind: 'fill', told: 2 },
      { kind: 'price', limitPx: '91000' },
      { kind: 'open', sent: 2 },
      { kind: 'fill', told: 1 },
      { kind: 'repeat' },
    ],
  ],
  // A reply is lost, and the order sent anew under another name.
  [
    ['lostReply', 'accept'],
    [
      { kind: 'open', sent: 1 },
      { kind: 'pause', ms: 60 },
    ],
  ],
  // A cancel while an amendment is under way leaves the amended order behind.
  [
    ['accept', 'accept'],
    [{ kind: 'open', sent: 1 }, { kind: 'price', limitPx: '89000' }, { kind: 'cancelAndWait' }],
  ],
  // A task is handed in while the ledger is slow, and somebody asks meanwhile: it must replay.
  [
    ['accept', 'accept'],
    [
      { kind: 'open', sent: 1 },
      { kind: 'ledgerFails', afterMs: 1_200 },
      { kind: 'fill', told: 1 },
      { kind: 'pause', ms: 60 },
      { kind: 'submitted' },
      { kind: 'submitted' },
    ],
  ],
];

let rig: Rig;
beforeAll(async () => {
  rig = await startRig(Object.keys(new ScriptedVenue(async () => 0).activities()));
}, 120_000);
afterAll(() => rig.close());

const openCloids = (venue: ScriptedVenue): readonly Cloid[] =>
  [...venue.orders].filter(([, { status }]) => status === 'open').map(([cloid]) => cloid);

const executedOn = (venue: ScriptedVenue): Decimal =>
  [...venue.orders.values()]
    .flatMap(({ fills }) => fills)
    .reduce((sum, fill) => sum.plus(decimal(fill.sizeBase)), ZERO);

class Play {
  readonly venue: ScriptedVenue;
  /** The most orders that were open at once. */
  mostOpen = 0;
  /** The most that was ever wanted, and the most that the venue could have made of it. */
  wantedBase: Decimal;
  mostBase = ZERO;
  private readonly handle: WorkflowHandle<typeof order>;
  private readonly answers: Promise<unknown>[] = [];
  private readonly told: FillFact[] = [];
  private tids = 100;

  constructor(venue: ScriptedVenue, handle: WorkflowHandle<typeof order>, size: string) {
    this.venue = venue;
    this.handle = handle;
    this.wantedBase = decimal(size);
  }

  /** Looks at the venue's book, as it may be at any moment. */
  look(): void {
    const { venue } = this;
    const open = openCloids(venue);
    this.mostOpen = Math.max(this.mostOpen, open.length);
    const rest = open.map((cloid) => decimal(venue.orders.get(cloid)?.remaining ?? '0'));
    const base = rest.reduce((sum, size) => sum.plus(size), executedOn(venue));
    if (base.gt(this.mostBase)) this.mostBase = base;
  }

  /** A request whose answer, or refusal, comes when it comes. */
  private ask(answer: Promise<unknown>): void {
    this.answers.push(answer.catch(() => undefined));
  }

  private isOpen(sent: number): boolean {
    return this.venue.sentNonces.length >= sent && openCloids(this.venue).length > 0;
  }

  private tell(fills: readonly FillFact[]): void {
    this.ask(this.handle.signal(venueFactsSignal, { statuses: [], fills }));
  }

  private async fill(times: number): Promise<void> {
    const [cloid] = openCloids(this.venue);
    if (cloid === undefined) return;
    this.tids += 1;
    const fill = await this.venue.trade(cloid, LOT, this.tids);
    for (let time = 0; time < times; time += 1) this.tell([fill]);
    if (times > 0) this.told.push(fill);
  }

  async happen(what: Event): Promise<void> {
    const { handle } = this;
    if (what.kind === 'size' && decimal(what.size).gt(this.wantedBase)) {
      this.wantedBase = decimal(what.size);
    }
    if (what.kind === 'price') {
      this.ask(handle.executeUpdate(amendUpdate, { args: [{ limitPx: px(what.limitPx) }] }));
    } else if (what.kind === 'size') {
      this.ask(handle.executeUpdate(amendUpdate, { args: [{ sizeBase: sizeBase(what.size) }] }));
    } else if (what.kind === 'cancel') {
      this.ask(handle.signal(cancelSignal, { reason: 'enough' }));
    } else if (what.kind === 'cancelAndWait') {
      this.ask(handle.executeUpdate(cancelUpdate, { args: [{ reason: 'enough' }] }));
    } else if (what.kind === 'submitted') {
      this.ask(handle.executeUpdate(submittedUpdate));
    } else if (what.kind === 'open') {
      await eventually(async () => this.isOpen(what.sent));
    } else if (what.kind === 'ledgerFails') {
      this.venue.failingRecords += 1;
      this.venue.failsAfterMs = what.afterMs;
    } else if (what.kind === 'fill') {
      await this.fill(what.told);
    } else if (what.kind === 'repeat') {
      this.tell(this.told.toReversed());
    } else if (what.kind === 'pause') {
      await new Promise((resolve) => setTimeout(resolve, what.ms));
    }
    this.look();
  }

  /** Ends the order, whatever it is up to. */
  async end(): Promise<OrderView> {
    this.ask(this.handle.signal(cancelSignal, { reason: 'the end' }));
    await Promise.all(this.answers);
    return this.handle.result();
  }
}

/** The venue, looked at right after each order that it takes. */
function watched(venue: ScriptedVenue, play: () => Play | undefined) {
  const activities = venue.activities();
  return {
    ...activities,
    placeOrder: async (request: Parameters<typeof activities.placeOrder>[0]) => {
      const result = await activities.placeOrder(request);
      play()?.look();
      return result;
    },
    submitOrder: async (request: Parameters<typeof activities.submitOrder>[0]) => {
      const result = await activities.submitOrder(request);
      play()?.look();
      return result;
    },
  };
}

let number = 0;

async function playAll(sends: readonly SendScript[], events: readonly Event[]): Promise<void> {
  number += 1;
  const wanted = intent(`interleaved-${number}`);
  const venue = new ScriptedVenue(() => rig.env.currentTimeMs(), [...sends]);
  const workflowId = orderWorkflowId(wanted.account, wanted.intentId);
  let play: Play | undefined;
  await rig.play(
    workflowId,
    watched(venue, () => play),
    async () => {
      const handle = await rig.env.client.workflow.start<typeof order>('order', {
        workflowId,
        taskQueue: rig.taskQueue,
        // Kept open for 80 % of that, then handed in with its local activities under way.
        workflowTaskTimeout: '1s',
        args: [newOrder(wanted)],
        typedSearchAttributes: orderSearchAttributes(wanted),
      });
      play = new Play(venue, handle, wanted.sizeBase);
      for (const what of events) await play.happen(what);
      judge(venue, play, await play.end());
    },
  );
}

function judge(venue: ScriptedVenue, play: Play, end: OrderView): void {
  const executed = executedOn(venue);
  expect(openCloids(venue)).toEqual([]);
  expect(play.mostOpen).toBeLessThanOrEqual(1);
  expect(play.mostBase.toNumber()).toBeLessThanOrEqual(play.wantedBase.toNumber());
  expect(end.filledBase).toBe(sizeBase(executed));
  const isFilled = executed.gte(decimal(end.intent.sizeBase));
  const ends = isFilled ? ['FILLED'] : ['CANCELLED', 'REJECTED', 'EXPIRED'];
  expect(ends).toContain(end.status);
  // What was told of it last is how it ended.
  expect(venue.recorded.at(-1)).toMatchObject({ status: end.status, filledBase: end.filledBase });
}

/** As fast-check takes it. */
const playable = ([sends, events]: (typeof CERTAIN)[number]): [SendScript[], Event[]] => [
  [...sends],
  [...events],
];

describe('cancel, amendment and execution', () => {
  test('end in the right state, in whatever order and however close together they come', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.constantFrom(...SENDS), { minLength: 1, maxLength: 4 }),
        fc.array(event, { minLength: 2, maxLength: 8 }),
        playAll,
      ),
      { numRuns: RUNS + CERTAIN.length, endOnFailure: true, examples: CERTAIN.map(playable) },
    );
  }, 600_000);
});
