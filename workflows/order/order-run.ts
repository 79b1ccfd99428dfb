/**
 * One order workflow's state: the facts, what was asked of it, and what the ledger was not told yet.
 * Every fact goes through `advance`; a fact that the state machine calls illegal is a bug of ours
 * and stalls the workflow task visibly instead of trading on.
 */
import {
  condition,
  getExternalWorkflowHandle,
  log,
  patched,
  upsertSearchAttributes,
  workflowInfo,
} from '@temporalio/workflow';
import type { OrderIntent } from '../../domain/execution/intent.ts';
import {
  type Amendment,
  epochOf,
  type Resumption,
  resumedIntent,
  withHeard,
} from '../../domain/execution/order-epochs.ts';
import type { OrderEvent, OrderFacts, OrderPhase } from '../../domain/execution/order-facts.ts';
import {
  advance,
  isComplete,
  isTerminal,
  newOrderFacts,
  phaseOf,
} from '../../domain/execution/order-facts.ts';
import type { OrderView } from '../../domain/execution/order-view.ts';
import { statusOf, TERMINAL_STATUSES, viewOrder } from '../../domain/execution/order-view.ts';
import { isTerminalVenueStatus } from '../../domain/execution/venue-status.ts';
import { decimal } from '../../domain/kernel/decimal.ts';
import { type Cloid, parentWorkflowId, sessionWorkflowId } from '../../domain/kernel/ids.ts';
import type { RuleViolation } from '../../domain/kernel/outcome.ts';
import { legChangedSignal } from '../parent/parent.messages.ts';
import { Inbox } from '../support/inbox.ts';
import { orderStatusKey } from '../support/search-attributes.ts';
import { orderSettledSignal } from '../trading-session/trading-session.messages.ts';
import type { OrderCarried, OrderInput, VenueFactsMessage } from './order.messages.ts';
import { type OrderWorld, recordOrder, WORLD } from './order-world.ts';

/** Since then an order that is amended is not told as ended between its epochs. */
const ONE_END = 'one-end-per-order';
/** Since then an order is told as ended when all of its executions are known. */
const COMPLETE_END = 'end-when-complete';

/** Why an amendment is refused that meets another. */
export const UNDER_WAY = 'an amendment is already under way';

interface Step {
  readonly atMs: number;
  readonly what: string;
  readonly detail: Readonly<Record<string, unknown>>;
}

/** An amendment that somebody waits for. */
export interface AmendTicket {
  readonly change: Amendment;
  /** Judged against the market, so that nothing is cancelled for a price that cannot be placed. */
  checked: boolean;
  done: boolean;
  refusal?: RuleViolation;
}

export class OrderRun {
  /** As amended last, and as placed when that differs. */
  intent: OrderIntent;
  placedAs: OrderIntent | undefined;
  /** Earlier epochs, oldest first; `facts` are those of the present one. */
  past: readonly OrderFacts[];
  amending: AmendTicket | undefined;
  /** When the order first came to rest, for the partial-fill policy. */
  restingSinceMs: number | undefined;
  readonly edition: OrderInput['edition'];
  /** Whether preparing and sending are one activity. */
  readonly placesAtOnce: boolean;
  /** Whether the run follows the present order of events, with nothing in its history that says so. */
  readonly isPresent: boolean;
  readonly world: OrderWorld = WORLD;
  facts: OrderFacts;
  cancelRequested: string | undefined;
  /** The first send has an outcome, or there will be none. */
  submitted = false;
  /** An earlier run has told the order's end: it is not tried, amended or told as open once more. */
  wasTold: boolean;
  /** Nothing more is waited for, complete or not. */
  settled = false;
  /** Something was learnt since the loop last looked. */
  stirred = false;
  expiresAfterMs = 0;
  readonly startedMs: number;
  private readonly early: VenueFactsMessage[] = [];
  private readonly inbox = new Inbox();
  /** Somebody's amendment that was not taken in yet. */
  private asked: AmendTicket | undefined;
  private version: number;
  private steps: Step[] = [];
  private flushedState = '';
  /** What the last flush looked at: nothing of it changes in place. */
  private flushed: readonly unknown[] = [];
  private shownStatus = 'PENDING';

  constructor(input: OrderInput) {
    const { intent, carried } = input;
    this.intent = intent;
    this.edition = input.edition;
    this.placesAtOnce = input.edition !== undefined;
    this.isPresent = input.edition === 3;
    this.facts = carried?.facts ?? newOrderFacts(intent.sizeBase);
    this.placedAs = carried?.placedAs;
    this.past = carried?.past ?? [];
    this.restingSinceMs = carried?.restingSinceMs;
    this.version = carried?.version ?? 0;
    this.cancelRequested = carried?.cancelRequested;
    this.expiresAfterMs = carried?.expiresAfterMs ?? 0;
    this.submitted = carried !== undefined;
    this.wasTold = carried?.wasTold === true;
    this.startedMs = carried?.startedMs ?? workflowInfo().startTime.getTime();
  }

  get phase(): OrderPhase {
    return phaseOf(this.facts);
  }

  view(): OrderView {
    const view = viewOrder(this.intent, this.facts, this.past);
    return this.placedAs === undefined ? view : { ...view, placedAs: this.placedAs };
  }

  /** From now on the order is what the amendment makes of it. */
  become(intent: OrderIntent): void {
    this.placedAs ??= this.intent;
    this.intent = intent;
  }

  /** The same order under its next epoch: the venue refused this one, and will not always. */
  tryAgain(): void {
    const { facts } = this;
    this.past = [...this.past, facts];
    this.facts = { ...newOrderFacts(facts.sizeBase), epoch: facts.epoch + 1 };
    this.note('waits', { reason: facts.rejected, epoch: this.facts.epoch });
  }

  /** Goes on from a newer epoch, which an earlier run had opened; see `activities/newest-epoch.ts`. */
  resumeAt(standing: Resumption): void {
    this.past = withHeard(standing.past, [...this.past, this.facts]);
    this.facts = standing.facts;
    this.expiresAfterMs = standing.expiresAfterMs;
    this.become(resumedIntent(this.intent, this.past, standing));
    this.hearEarly();
    this.stirred = true;
    this.note('resumed', { epoch: this.facts.epoch });
  }

  /** What the present epoch places: of the whole, what was left when it began. */
  get epochIntent(): OrderIntent {
    return { ...this.intent, sizeBase: this.facts.sizeBase };
  }

  /** Somebody wants the present epoch off the venue. */
  get isUnwanted(): boolean {
    return this.cancelRequested !== undefined || this.amending?.checked === true;
  }

  /**
   * Adds a fact and its line in the order's story.
   * @param cloid of the epoch that it is about, where that is told
   */
  apply(event: OrderEvent, detail: Readonly<Record<string, unknown>> = {}, cloid?: Cloid): void {
    const epoch = epochOf(this.past, event, cloid);
    const before = (epoch === undefined ? undefined : this.past[epoch]) ?? this.facts;
    const next = advance(before, event);
    if (!next.ok) {
      throw new Error(`illegal ${next.error.event} in ${next.error.phase}: ${next.error.rule}`);
    }
    if (epoch === undefined) this.facts = next.value;
    else this.past = this.past.with(epoch, next.value);
    if (next.value === before) return;
    this.stirred = true;
    const { type, ...facts } = event;
    this.note(type, { ...facts, ...detail });
  }

  note(what: string, detail: Readonly<Record<string, unknown>> = {}): void {
    this.steps.push({ atMs: Date.now(), what, detail });
  }

  /**
   * Takes in what the venue said. Of an epoch that is not known here an earlier run may have opened
   * more: what is told of those is left to `resumeAt`. Before an epoch has its name nobody knows
   * which one is meant.
   */
  hear(message: VenueFactsMessage): void {
    const { cloid, statuses, fills } = message;
    const isKnown = [...this.past, this.facts].some((facts) => facts.cloid === cloid);
    if (cloid !== undefined && !isKnown) {
      if (this.facts.cloid === undefined) this.early.push(message);
      return;
    }
    for (const fact of statuses) this.apply({ type: 'venueStatus', fact }, {}, cloid);
    for (const fill of fills) this.apply({ type: 'fill', fill }, {}, cloid);
  }

  /** Takes in what was heard before the present epoch had its name. */
  hearEarly(): void {
    for (const message of this.early.splice(0)) this.hear(message);
  }

  /** What is told by signals and updates: each of them comes in here. */
  whenHeard(takeIn: () => void): void {
    if (this.isPresent) this.inbox.hear(takeIn);
    else takeIn();
  }

  /** Waits, and takes in what was heard and is heard meanwhile. @returns whether the rule was met */
  wait(isMet: () => boolean, forMs: number): Promise<boolean> {
    if (!this.isPresent) return condition(isMet, forMs);
    return this.inbox.during(() => condition(isMet, forMs));
  }

  /** Ends the present wait, of a run that takes in what it hears in its waits. */
  stir(): void {
    if (this.isPresent) this.stirred = true;
  }

  requestCancel(reason: string): void {
    if (this.cancelRequested !== undefined) return;
    this.cancelRequested = reason;
    this.stirred = true;
    this.note('cancelRequested', { reason });
  }

  /** Our own amendment, of the policy for what does not fill. */
  amend(change: Amendment): void {
    this.takeUp({ change, checked: false, done: false });
  }

  /** Somebody's, who waits for the ticket to be done. */
  requestAmend(change: Amendment): AmendTicket {
    const ticket: AmendTicket = { change, checked: false, done: false };
    this.asked = ticket;
    this.whenHeard(() => {
      this.asked = undefined;
      this.takeUp(ticket);
    });
    return ticket;
  }

  get isAmending(): boolean {
    return this.amending !== undefined || this.asked !== undefined;
  }

  private takeUp(ticket: AmendTicket): void {
    this.stirred = true;
    if (this.amending !== undefined) {
      // Our own came first, after this one had been let in.
      ticket.refusal = { field: 'amend', value: '', rule: UNDER_WAY };
      ticket.done = true;
      return;
    }
    this.amending = ticket;
    this.note('amendRequested', { ...ticket.change });
  }

  /** Before the order ends: whoever asked for an amendment is answered first. */
  hearLast(): void {
    if (this.asked !== undefined) this.inbox.takeIn();
  }

  /** Ends the amendment under way, if there is one. */
  closeAmendment(refusal?: RuleViolation): void {
    const ticket = this.amending;
    if (ticket === undefined) return;
    this.amending = undefined;
    ticket.done = true;
    if (refusal === undefined) return;
    ticket.refusal = refusal;
    this.note('notAmended', { ...refusal });
  }

  /** Tells ledger, search attributes, session and parent what changed since the last time. */
  async flush(): Promise<void> {
    // The end of an epoch is not the end of an order that is being amended.
    if (this.amending !== undefined && isTerminal(this.facts) && this.endsOnce()) return;
    if (this.isFlushed()) return;
    const view = this.toldView();
    if (this.wasTold && !TERMINAL_STATUSES.includes(view.status) && !this.isOnVenue) return;
    const state = `${view.status}|${view.filledBase}|${view.oid ?? ''}|${view.fills.length}`;
    if (state === this.flushedState && this.steps.length === 0) return;
    const news = state !== this.flushedState;
    this.flushedState = state;
    // By the task's own time: versions grow also over an execution that was lost with its worker,
    // and from a closed run to the one that revives its order.
    this.version = Math.max(this.version + 1, Date.now());
    const steps = this.steps;
    this.steps = [];
    const { workflowId } = workflowInfo();
    await recordOrder({ view, workflowId, version: this.version, steps, atMs: Date.now() });
    if (!news) return;
    if (this.shownStatus !== view.status) {
      this.shownStatus = view.status;
      upsertSearchAttributes([{ key: orderStatusKey, value: view.status }]);
    }
    await this.tellSession(view);
    await this.tellParent(view);
  }

  /** Whether the venue says that the order is there, whatever was told of it. */
  private get isOnVenue(): boolean {
    const { venue } = this.facts;
    return venue !== undefined && !isTerminalVenueStatus(venue.status);
  }

  private endsOnce(): boolean {
    return this.isPresent || patched(ONE_END);
  }

  /**
   * The view as others are told of it: an order has ended for them when everything that it executed
   * is known. Who was told of an end first, and of its executions later, would plan without them.
   */
  private toldView(): OrderView {
    const view = this.view();
    const lacksFills = isTerminal(this.facts) && !isComplete(this.facts) && !this.settled;
    if (!lacksFills || !(this.isPresent || patched(COMPLETE_END))) return view;
    return {
      ...view,
      status: decimal(view.filledBase).isZero() ? 'SUBMITTED' : 'PARTIALLY_FILLED',
    };
  }

  /** Whether nothing was replaced since the last flush, which makes another view of it needless. */
  private isFlushed(): boolean {
    const now = [this.intent, this.facts, this.past, this.settled];
    const isSame = now.every((part, index) => part === this.flushed[index]);
    this.flushed = now;
    return isSame && this.steps.length === 0;
  }

  private async tellParent({ intent, status, filledBase, reason }: OrderView): Promise<void> {
    if (intent.parent === undefined) return;
    const id = parentWorkflowId(intent.account, intent.parent);
    const { version } = this;
    try {
      const why = reason === undefined ? {} : { reason };
      const news = { intent, status, filledBase, version, ...why };
      await getExternalWorkflowHandle(id).signal(legChangedSignal, news);
    } catch (fault) {
      // It reads the ledger now and then, and takes up what it was not told.
      log.info('parent not told', { id, reason: String(fault) });
    }
  }

  private async tellSession({ intent, status, filledBase }: OrderView): Promise<void> {
    if (intent.session === undefined) return;
    const { intentId, asset, leg, side, sizeBase } = intent;
    const id = sessionWorkflowId(intent.account, intent.session);
    try {
      await getExternalWorkflowHandle(id).signal(orderSettledSignal, {
        intentId,
        asset,
        leg,
        side,
        sizeBase,
        status,
        filledBase,
      });
    } catch (fault) {
      // The session may have ended before its order did; the ledger has the order either way.
      log.info('session not told', { id, reason: String(fault) });
    }
  }

  /** What the next run begins with. It hears of nothing that lies here untaken. */
  handOver(): OrderInput {
    this.inbox.takeIn();
    const { intent, edition } = this;
    return { intent, ...(edition === undefined ? {} : { edition }), carried: this.carry() };
  }

  private carry(): OrderCarried {
    return {
      facts: this.facts,
      version: this.version,
      expiresAfterMs: this.expiresAfterMs,
      startedMs: this.startedMs,
      ...(this.wasTold ? { wasTold: true as const } : {}),
      ...(this.placedAs === undefined ? {} : { placedAs: this.placedAs }),
      ...(this.past.length === 0 ? {} : { past: this.past }),
      ...(this.restingSinceMs === undefined ? {} : { restingSinceMs: this.restingSinceMs }),
      ...(this.cancelRequested === undefined ? {} : { cancelRequested: this.cancelRequested }),
    };
  }

  get status(): string {
    return statusOf(this.facts);
  }
}
