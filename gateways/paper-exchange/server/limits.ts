/**
 * What one IP address may ask of the server in a minute and hold open at once. Pure: time is an
 * argument, on a clock that only goes forward (never the tape's). It answers no request; what an
 * account may send in its life is the address budget.
 *
 * Source of the numbers: the venue's documentation, "Rate limits and user limits".
 */

/** Per IP address, except `addressBudget`. */
export interface Limits {
  readonly weightPerMinute: number;
  readonly connections: number;
  readonly newConnectionsPerMinute: number;
  readonly subscriptions: number;
  /** Distinct users over the channels that name one. */
  readonly users: number;
  readonly messagesPerMinute: number;
  readonly postsInFlight: number;
  /** Whether accounts earn their requests by trading. */
  readonly addressBudget: boolean;
}

/** The venue's own limits. */
export const VENUE_LIMITS: Limits = {
  weightPerMinute: 1200,
  connections: 10,
  newConnectionsPerMinute: 30,
  subscriptions: 1000,
  users: 10,
  messagesPerMinute: 2000,
  postsInFlight: 100,
  addressBudget: true,
};

/** No rates, for a client that shares its address with nobody; what is left bounds the memory. */
export const NO_LIMITS: Limits = {
  weightPerMinute: Number.POSITIVE_INFINITY,
  connections: 1000,
  newConnectionsPerMinute: Number.POSITIVE_INFINITY,
  subscriptions: 20_000,
  users: 10_000,
  messagesPerMinute: Number.POSITIVE_INFINITY,
  postsInFlight: 10_000,
  addressBudget: false,
};

/** The choices of `--limits`. */
export const LIMITS = { venue: VENUE_LIMITS, none: NO_LIMITS } as const;
export type LimitsName = keyof typeof LIMITS;

/**
 * How long one who asks too much waits for each refusal, and is not read meanwhile: hammering on costs
 * the others nothing. The venue is not known to do so; its answer is the same.
 */
export const REFUSAL_AFTER_MS = 250;

const SLOT_MS = 1000;
const SLOTS_A_MINUTE = 60;

/**
 * A sum over the last minute, kept in slots of one second: what is spent counts for 60 to 61
 * seconds, so that no 60 seconds ever hold more than the limit.
 */
export class MinuteWindow {
  readonly #limit: number;
  readonly #slots = new Float64Array(SLOTS_A_MINUTE + 1);
  #newestSlot = 0;
  #sum = 0;

  constructor(limit: number) {
    this.#limit = limit;
  }

  /** Spends the amount if the limit allows it; otherwise spends nothing. */
  take(amount: number, nowMs: number): boolean {
    if (!this.hasRoom(amount, nowMs)) return false;
    this.#spend(amount);
    return true;
  }

  hasRoom(amount: number, nowMs: number): boolean {
    this.#forget(nowMs);
    return this.#sum + amount <= this.#limit;
  }

  /** Spends what is due in any case: the limit may be passed, which bars what comes next. */
  owe(amount: number, nowMs: number): void {
    this.#forget(nowMs);
    this.#spend(amount);
  }

  /** Whole seconds until the amount can be taken, at least 1. */
  waitSeconds(amount: number, nowMs: number): number {
    this.#forget(nowMs);
    let left = this.#sum;
    for (let seconds = 1; seconds <= SLOTS_A_MINUTE; seconds += 1) {
      left -= this.#slots[(this.#newestSlot + seconds) % this.#slots.length] ?? 0;
      if (left + amount <= this.#limit) return seconds;
    }
    return SLOTS_A_MINUTE + 1;
  }

  isEmpty(nowMs: number): boolean {
    this.#forget(nowMs);
    return this.#sum === 0;
  }

  #spend(amount: number): void {
    const slot = this.#newestSlot % this.#slots.length;
    this.#slots[slot] = (this.#slots[slot] ?? 0) + amount;
    this.#sum += amount;
  }

  #forget(nowMs: number): void {
    const slot = Math.floor(nowMs / SLOT_MS);
    const passed = Math.min(slot - this.#newestSlot, this.#slots.length);
    for (let step = 1; step <= passed; step += 1) {
      const index = (slot - passed + step) % this.#slots.length;
      this.#sum -= this.#slots[index] ?? 0;
      this.#slots[index] = 0;
    }
    if (slot > this.#newestSlot) this.#newestSlot = slot;
  }
}

/** What one IP address has spent and holds. Methods that can refuse return the venue's words. */
export class Allowance {
  readonly #limits: Limits;
  readonly #clock: () => number;
  readonly #weight: MinuteWindow;
  readonly #arrivals: MinuteWindow;
  readonly #messages: MinuteWindow;
  readonly #users = new Map<string, number>();
  #connections = 0;
  #subscriptions = 0;
  #posts = 0;

  constructor(limits: Limits, clock: () => number) {
    this.#limits = limits;
    this.#clock = clock;
    this.#weight = new MinuteWindow(limits.weightPerMinute);
    this.#arrivals = new MinuteWindow(limits.newConnectionsPerMinute);
    this.#messages = new MinuteWindow(limits.messagesPerMinute);
  }

  /** Pays for a request. Returns the seconds to wait when it cannot, else undefined. */
  pay(weight: number): number | undefined {
    const nowMs = this.#clock();
    return this.#weight.take(weight, nowMs) ? undefined : this.#weight.waitSeconds(weight, nowMs);
  }

  /** The seconds to wait when not even the lightest request can be paid, else undefined. */
  mustWait(): number | undefined {
    const nowMs = this.#clock();
    return this.#weight.hasRoom(1, nowMs) ? undefined : this.#weight.waitSeconds(1, nowMs);
  }

  /** Charges for the length of an answer that was given. */
  owe(weight: number): void {
    if (weight > 0) this.#weight.owe(weight, this.#clock());
  }

  /** Opens a connection. Returns the seconds to wait when it may not, else undefined. */
  connect(): number | undefined {
    const nowMs = this.#clock();
    if (this.#connections >= this.#limits.connections) return 1;
    if (!this.#arrivals.take(1, nowMs)) return this.#arrivals.waitSeconds(1, nowMs);
    this.#connections += 1;
    return undefined;
  }

  disconnect(): void {
    this.#connections -= 1;
  }

  /** Counts a message from a client; the refusal's text when there were too many. */
  message(): string | undefined {
    if (this.#messages.take(1, this.#clock())) return undefined;
    return `Cannot send more than ${this.#limits.messagesPerMinute} messages per minute.`;
  }

  /** Counts a subscription, and its user if it names one; or the refusal's text. */
  subscribe(user: string | undefined): string | undefined {
    const { subscriptions, users } = this.#limits;
    if (this.#subscriptions >= subscriptions) {
      return `Cannot subscribe to more than ${subscriptions} channels.`;
    }
    if (user !== undefined) {
      const count = this.#users.get(user) ?? 0;
      if (count === 0 && this.#users.size >= users) {
        return `Cannot track more than ${users} total users.`;
      }
      this.#users.set(user, count + 1);
    }
    this.#subscriptions += 1;
    return undefined;
  }

  unsubscribe(user: string | undefined): void {
    this.#subscriptions -= 1;
    if (user === undefined) return;
    const count = (this.#users.get(user) ?? 1) - 1;
    if (count === 0) this.#users.delete(user);
    else this.#users.set(user, count);
  }

  /** Takes up a post; the refusal's text when too many have no answer yet. */
  beginPost(id: number): string | undefined {
    if (this.#posts >= this.#limits.postsInFlight) {
      return `too many pending post requests id=${id}`;
    }
    this.#posts += 1;
    return undefined;
  }

  endPost(): void {
    this.#posts -= 1;
  }

  /** Whether forgetting it would lose nothing. */
  get isIdle(): boolean {
    const nowMs = this.#clock();
    const windows = [this.#weight, this.#arrivals, this.#messages];
    return this.#connections === 0 && windows.every((window) => window.isEmpty(nowMs));
  }
}

/** So many addresses are kept before idle ones are looked for. */
const ADDRESSES_KEPT = 1000;

/** The allowances of all IP addresses. */
export class IpLimits {
  readonly limits: Limits;
  readonly #clock: () => number;
  readonly #allowances = new Map<string, Allowance>();
  #sweepAt = ADDRESSES_KEPT;

  /** The clock is in ms from any start, and only goes forward. */
  constructor(limits: Limits, clock: () => number = () => performance.now()) {
    this.limits = limits;
    this.#clock = clock;
  }

  of(ip: string): Allowance {
    const known = this.#allowances.get(ip);
    if (known !== undefined) return known;
    if (this.#allowances.size >= this.#sweepAt) this.#sweep();
    const allowance = new Allowance(this.limits, this.#clock);
    this.#allowances.set(ip, allowance);
    return allowance;
  }

  /** Addresses that are remembered. */
  get size(): number {
    return this.#allowances.size;
  }

  /** Doubling keeps the work of sweeping small, however many addresses there are. */
  #sweep(): void {
    for (const [ip, allowance] of this.#allowances) {
      if (allowance.isIdle) this.#allowances.delete(ip);
    }
    this.#sweepAt = Math.max(ADDRESSES_KEPT, 2 * this.#allowances.size);
  }
}
