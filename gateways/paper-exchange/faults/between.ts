/**
 * What stands between the servers and a client: each account's latency, the wait for the disk, and
 * the faults that hit requests, replies and frames. Which of them happen is the plan's to say.
 */
import { createRng, type Rng, seedOf } from '../../../domain/kernel/rng.ts';
import type { Log } from '../log.ts';
import type { LatencyMs } from '../state/house-rules.ts';
import {
  DELIVER,
  type FrameSocket,
  type Interference,
  type Passage,
  type Reply,
  type SeenFrame,
  type SeenRequest,
} from './interference.ts';
import type { Decision, Facts, FaultPlan, Instant } from './plan.ts';
import { type CoinOfAsset, coinsOf, mayTakeLiquidity, POST_ONLY_TEXT, typeOf } from './requests.ts';

/** What has passed since the start. */
export interface Traffic {
  info: number;
  exchange: number;
  /** Of subscriptions. */
  frames: number;
}

export interface BetweenParts {
  readonly traffic: Traffic;
  readonly plan: FaultPlan;
  readonly seed: number;
  readonly now: () => Instant;
  /** Waits, but not for longer than the server is open. */
  readonly sleep: (ms: number) => Promise<void>;
  /** Whether the server is closing: nothing may take effect any more. */
  readonly isOver: () => boolean;
  /** Whether everything is refused. */
  readonly isClosed: () => boolean;
  /** Resolves once matching goes on; undefined when it is not frozen. */
  readonly thawed: () => Promise<void> | undefined;
  /** Resolves once what was done is as durable as promised; undefined when it is. */
  readonly settled: () => Promise<void> | undefined;
  /** Whose an action is, or who is asked about. */
  readonly accountOf: (request: SeenRequest) => string | undefined;
  /** Undefined for an account without latency of its own. */
  readonly latencyOf: (account: string) => LatencyMs | undefined;
  /** Whether any account has latency: only then is it worth finding out whose a request is. */
  readonly hasLatency: () => boolean;
  readonly coinOf: CoinOfAsset;
  readonly log: Log;
}

/** A frame that waits for the next one goes out after this when none follows. */
const LONGEST_HOLD_MS = 1000;
/** Questions whose answers a stale feed repeats. */
const FEED_QUESTIONS: ReadonlySet<string | undefined> = new Set([
  'allMids',
  'l2Book',
  'candleSnapshot',
  'metaAndAssetCtxs',
  'recentTrades',
]);
const FEED_CHANNELS: ReadonlySet<string> = new Set([
  'allMids',
  'l2Book',
  'bbo',
  'trades',
  'candle',
  'activeAssetCtx',
]);
const MOST_REMEMBERED = 1000;

const BAD_GATEWAY: Reply = { status: 502, text: '502 Bad Gateway' };
/** The body of a real 429 is not known; the official client has a branch for JSON's null. */
const TOO_MANY: Reply = { status: 429, json: null, headers: { 'retry-after': '1' } };
const POST_ONLY: Reply = { status: 200, json: { status: 'err', response: POST_ONLY_TEXT } };
const errorReply = (status: number): Reply => ({ status, text: `${status} Server Error` });

const drawn = ([min, max]: LatencyMs, draw: number): number => min + draw * (max - min);

class Between implements Interference {
  readonly #parts: BetweenParts;
  readonly #latencies = new Map<string, Rng>();
  /** What a stale feed goes on answering, by the question. */
  readonly #stale = new Map<string, Reply>();
  readonly #held = new WeakMap<FrameSocket, () => void>();

  constructor(parts: BetweenParts) {
    this.#parts = parts;
  }

  beforeRequest(request: SeenRequest): Passage | Promise<Passage> {
    const { plan, hasLatency, thawed, isClosed, traffic } = this.#parts;
    traffic[request.path === '/info' ? 'info' : 'exchange'] += 1;
    if (isClosed()) return { kind: 'answer', reply: BAD_GATEWAY };
    const isFree = plan.isEmpty && !hasLatency() && thawed() === undefined;
    return isFree ? DELIVER : this.#obstruct(request);
  }

  beforeReply(request: SeenRequest, reply: Reply): Reply | Promise<Reply | undefined> {
    const { plan, hasLatency, settled } = this.#parts;
    const durable = request.path === '/exchange' ? settled() : undefined;
    if (plan.isEmpty && !hasLatency()) return durable?.then(() => reply) ?? reply;
    return this.#answer(request, reply, durable);
  }

  beforeFrame(socket: FrameSocket, frame: SeenFrame, send: () => void): void {
    const { plan, now, traffic } = this.#parts;
    traffic.frames += 1;
    if (plan.isEmpty) {
      this.#pass(socket, send);
      return;
    }
    const { channel, coin, user } = frame;
    const facts: Facts = {
      channel,
      isOfFeed: FEED_CHANNELS.has(channel),
      ...(coin === undefined ? {} : { coins: [coin] }),
      ...(user === undefined ? {} : { account: () => user }),
    };
    const decisions = this.#tell(plan.decide('frame', facts, now()), facts);
    this.#deliver(socket, send, decisions);
  }

  #deliver(socket: FrameSocket, send: () => void, decisions: readonly Decision[]): void {
    let copies = 1;
    let delayMs = 0;
    let isHeld = false;
    for (const { fault, draw } of decisions) {
      if (fault.kind === 'gap' || fault.kind === 'staleFeed') return;
      if (fault.kind === 'disconnect') {
        socket.terminate();
        return;
      }
      if (fault.kind === 'duplicateEvents') copies += 1;
      if (fault.kind === 'delayEvents') delayMs += drawn(fault.ms, draw);
      if (fault.kind === 'reorderEvents') isHeld = true;
    }
    const go = (): void => {
      for (let copy = 0; copy < copies; copy += 1) send();
    };
    if (delayMs > 0) this.#later(delayMs, go);
    else if (isHeld && !this.#held.has(socket)) this.#hold(socket, go);
    else this.#pass(socket, go);
  }

  /** Sends, and after it what waited for a frame to overtake it. */
  #pass(socket: FrameSocket, send: () => void): void {
    send();
    this.#held.get(socket)?.();
  }

  #hold(socket: FrameSocket, send: () => void): void {
    const release = (): void => {
      if (this.#held.get(socket) !== release) return;
      this.#held.delete(socket);
      send();
    };
    this.#held.set(socket, release);
    this.#later(LONGEST_HOLD_MS, release);
  }

  #later(ms: number, then: () => void): void {
    const { sleep, isOver } = this.#parts;
    void sleep(ms).then(() => (isOver() ? undefined : then()));
  }

  async #obstruct(request: SeenRequest): Promise<Passage> {
    const { plan, now, sleep, thawed, isOver } = this.#parts;
    const facts = this.#factsOf(request);
    let delayMs = this.#latencyMs(facts);
    let times = 1;
    for (const { fault, draw } of this.#tell(plan.decide('request', facts, now()), facts)) {
      if (fault.kind === 'tooManyRequests') return { kind: 'answer', reply: TOO_MANY };
      if (fault.kind === 'serverError') return { kind: 'answer', reply: errorReply(fault.status) };
      if (fault.kind === 'dropRequest') return { kind: 'hangUp' };
      if (fault.kind === 'postOnly') return { kind: 'answer', reply: POST_ONLY };
      if (fault.kind === 'duplicateRequest') times += 1;
      if (fault.kind === 'delay') delayMs += drawn(fault.ms, draw);
    }
    if (delayMs > 0) await sleep(delayMs);
    if (request.path === '/exchange') await thawed();
    return isOver() ? { kind: 'hangUp' } : { kind: 'deliver', times };
  }

  async #answer(
    request: SeenRequest,
    reply: Reply,
    durable: Promise<void> | undefined,
  ): Promise<Reply | undefined> {
    const { plan, now, sleep } = this.#parts;
    await durable;
    const facts = this.#factsOf(request);
    let delayMs = this.#latencyMs(facts);
    let given: Reply | undefined = reply;
    const decisions = this.#tell(plan.decide('reply', facts, now()), facts);
    for (const { fault, draw } of decisions) {
      if (fault.kind === 'dropReply') given = undefined;
      if (fault.kind === 'tooManyRequests') given = TOO_MANY;
      if (fault.kind === 'serverError') given = errorReply(fault.status);
      if (fault.kind === 'staleFeed') given = this.#staleOf(request, reply);
      if (fault.kind === 'delay') delayMs += drawn(fault.ms, draw);
    }
    if (!decisions.some(({ fault }) => fault.kind === 'staleFeed')) this.#refresh(request);
    if (delayMs > 0) await sleep(delayMs);
    return given;
  }

  /** The first answer since the feed went stale, again. */
  #staleOf({ body }: SeenRequest, reply: Reply): Reply {
    const question = JSON.stringify(body);
    const first = this.#stale.get(question);
    if (first !== undefined) return first;
    if (this.#stale.size < MOST_REMEMBERED) this.#stale.set(question, reply);
    return reply;
  }

  #refresh({ body }: SeenRequest): void {
    if (this.#stale.size > 0) this.#stale.delete(JSON.stringify(body));
  }

  #factsOf(request: SeenRequest): Facts {
    const { transport, path } = request;
    const type = typeOf(request);
    let account: { readonly known: string | undefined } | undefined;
    return {
      transport,
      path,
      ...(type === undefined ? {} : { type }),
      coins: coinsOf(request, this.#parts.coinOf),
      account: () => {
        account ??= { known: this.#parts.accountOf(request) };
        return account.known;
      },
      isOfFeed: path === '/info' && FEED_QUESTIONS.has(type),
      mayTakeLiquidity: () => mayTakeLiquidity(request),
    };
  }

  /** What one way takes for the account that a request belongs to, ms. */
  #latencyMs(facts: Facts): number {
    const { hasLatency, latencyOf, seed } = this.#parts;
    const account = hasLatency() ? facts.account?.() : undefined;
    const range = account === undefined ? undefined : latencyOf(account);
    if (account === undefined || range === undefined) return 0;
    const rng = this.#latencies.get(account) ?? createRng(seedOf(seed, 'latency', account));
    this.#latencies.set(account, rng);
    return drawn(range, rng.next());
  }

  #tell(decisions: readonly Decision[], facts: Facts): readonly Decision[] {
    for (const { id, fault } of decisions) {
      const { path, type, channel } = facts;
      this.#parts.log.info({ fault: id, kind: fault.kind, path, type, channel }, 'fault injected');
    }
    return decisions;
  }
}

export const createBetween = (parts: BetweenParts): Interference => new Between(parts);
