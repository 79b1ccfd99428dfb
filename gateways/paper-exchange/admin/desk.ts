/**
 * What an operator may ask of a running exchange, and what comes of it. It knows no HTTP; every
 * request is checked and refused by field, value and rule before anything happens.
 */
import { z } from 'zod';
import { isDecimalText, type Usd } from '../../../domain/kernel/decimal.ts';
import { accountAddress } from '../../../domain/kernel/ids.ts';
import { err, type Outcome, ok, type RuleViolation } from '../../../domain/kernel/outcome.ts';
import type { PaperExchange } from '../exchange.ts';
import type { Traffic } from '../faults/between.ts';
import { parseFault, parseFaults } from '../faults/fault.ts';
import type { FaultPlan, Instant } from '../faults/plan.ts';
import { portableText } from '../state/portable.ts';
import type { Origin } from '../state/state-dir.ts';
import { violationOf } from '../violations.ts';
import type { TapeControl } from './tape-control.ts';

export interface AdminParts {
  readonly exchange: PaperExchange;
  readonly tape: TapeControl;
  readonly plan: FaultPlan;
  readonly now: () => Instant;
  /** Turns lasting faults on and off without waiting for the next look. */
  readonly look: () => void;
  readonly traffic: Traffic;
  readonly origin: Origin;
  readonly stateDir: string | undefined;
  readonly fsync: string;
}

/** An answer in JSON, a text, or the broken rule. */
export type AdminAnswer = Outcome<
  { readonly json: object } | { readonly text: string },
  RuleViolation
>;

const json = (value: object): AdminAnswer => ok({ json: value });

const address = z
  .string()
  .regex(/^0x[0-9a-fA-F]{40}$/, 'must be an address: 0x and 40 hexadecimal digits')
  .transform(accountAddress);
const usd = z
  .string('must be USD as text')
  .refine((text) => isDecimalText(text) && Number(text) > 0, 'must be USD above 0, as text')
  .transform((text) => text as Usd);
const MOST_LATENCY_MS = 60_000;
const oneWayMs = z.int('must be whole milliseconds').min(0).max(MOST_LATENCY_MS);

const fundSchema = z.strictObject({ account: address, usd });
const tier = (most: number) =>
  z.int().min(0).max(most, `must be a tier from 0 to ${most}, or null: by volume`).nullable();
const discount = z
  .string('must be a fraction as text')
  .refine(
    (text) => isDecimalText(text) && Number(text) >= 0 && Number(text) < 1,
    'must be a fraction from 0 to below 1, as text',
  );
const accountSchema = z.strictObject({
  account: address,
  latencyMs: z
    .tuple([oneWayMs, oneWayMs])
    .refine(([min, max]) => min <= max, 'must be [least, most] milliseconds')
    .optional(),
  feeTier: tier(6).optional(),
  makerTier: tier(3).optional(),
  stakingDiscount: discount.optional(),
  referralDiscount: discount.optional(),
});
const tapeSchema = z.discriminatedUnion('do', [
  z.strictObject({ do: z.literal('pause') }),
  z.strictObject({ do: z.literal('resume') }),
  z.strictObject({ do: z.literal('step'), steps: z.int().min(1).max(1_000_000).default(1) }),
  z.strictObject({ do: z.literal('seek'), toMs: z.int('must be ms since 1970').min(0) }),
]);
const spikeSchema = z.strictObject({
  coin: z.string(),
  fraction: z.unknown(),
  forMs: z.unknown().optional(),
});

const DEFAULT_SPIKE_MS = 1000;

type Given<Fields> = { [Name in keyof Fields]?: Exclude<Fields[Name], undefined> };

/** What was given; the rest is left out instead of being undefined. */
const omitUndefined = <Fields extends object>(fields: Fields): Given<Fields> =>
  Object.fromEntries(
    Object.entries(fields).filter(([, value]) => value !== undefined),
  ) as Given<Fields>;

/** The value, checked, handed on; or the first rule that it breaks. */
async function checked<Schema extends z.ZodType>(
  schema: Schema,
  body: unknown,
  then: (value: z.output<Schema>) => AdminAnswer | Promise<AdminAnswer>,
): Promise<AdminAnswer> {
  const parsed = schema.safeParse(body);
  return parsed.success ? then(parsed.data) : err(violationOf(parsed.error, body, 'body'));
}

export class AdminDesk {
  readonly #parts: AdminParts;
  readonly #startedMs = performance.now();

  constructor(parts: AdminParts) {
    this.#parts = parts;
  }

  status(): AdminAnswer {
    const { exchange, tape, plan, origin, stateDir, fsync } = this.#parts;
    return json({
      pid: process.pid,
      uptimeMs: Math.round(performance.now() - this.#startedMs),
      stateDir: stateDir ?? null,
      fsync: stateDir === undefined ? null : fsync,
      origin,
      step: exchange.step,
      // A live feed has no last step.
      lastStep: Number.isFinite(exchange.feed.lastStep) ? exchange.feed.lastStep : null,
      tapeTimeMs: exchange.feed.timeMs(exchange.step),
      timeMs: exchange.nowMs(),
      isPaused: tape.isHeldBy('operator'),
      isFrozen: tape.isHeldBy('freeze'),
      isHalted: exchange.isHalted,
      accounts: exchange.venue.knownAccounts().length,
      faults: plan.list(this.#parts.now()).length,
    });
  }

  accounts(): AdminAnswer {
    const { venue, rules } = this.#parts.exchange;
    const accounts = venue.knownAccounts().map((account) => {
      const { marginSummary, withdrawable, assetPositions } = venue.accountSummary(account);
      return {
        account,
        equityUsd: marginSummary.accountValue,
        withdrawableUsd: withdrawable,
        positions: assetPositions.length,
        openOrders: venue.openOrders(account).length,
        latencyMs: rules.latencyOf(account) ?? null,
      };
    });
    return json({ accounts });
  }

  /** Pays in; the account need not exist. */
  fund(body: unknown): Promise<AdminAnswer> {
    return checked(fundSchema, body, async ({ account, usd: amount }) => {
      const { exchange } = this.#parts;
      exchange.fund(account, amount);
      await exchange.settled();
      const { accountValue } = exchange.venue.accountSummary(account).marginSummary;
      return json({ account, usd: amount, equityUsd: accountValue });
    });
  }

  /** Sets latency and fees; what is left out stays as it was. */
  setAccount(body: unknown): Promise<AdminAnswer> {
    return checked(accountSchema, body, async ({ account, latencyMs, ...given }) => {
      const { exchange } = this.#parts;
      if (!exchange.isKnown(account)) {
        return err({ field: 'body.account', value: account, rule: 'must be a funded account' });
      }
      const fees = omitUndefined(given);
      if (latencyMs !== undefined) exchange.setLatency(account, latencyMs);
      if (Object.keys(fees).length > 0) exchange.setFees({ account, ...fees });
      await exchange.settled();
      return json({ account, ...(latencyMs === undefined ? {} : { latencyMs }), ...fees });
    });
  }

  faults(): AdminAnswer {
    const { plan, now } = this.#parts;
    return json({ faults: plan.list(now()) });
  }

  /** Adds one fault or several; none when one of them breaks a rule. */
  addFaults(body: unknown): AdminAnswer {
    const isOne = typeof body === 'object' && body !== null && 'kind' in body;
    const faults = parseFaults(isOne ? [body] : body);
    if (!faults.ok) return faults;
    const { plan, now, look } = this.#parts;
    const ids = faults.value.map((fault) => plan.add(fault, now()));
    look();
    return json({ ids });
  }

  removeFault(id: string): AdminAnswer {
    const { plan, look } = this.#parts;
    if (!plan.remove(id)) return err({ field: 'id', value: id, rule: 'must name a fault' });
    look();
    return json({ ids: [id] });
  }

  clearFaults(): AdminAnswer {
    const { plan, now, look } = this.#parts;
    const ids = plan.list(now()).map(({ id }) => id);
    plan.clear();
    look();
    return json({ ids });
  }

  /** Moves a market away and, after a while, back. */
  spike(body: unknown): Promise<AdminAnswer> {
    return checked(spikeSchema, body, ({ coin, fraction, forMs }) => {
      const { plan, now, look } = this.#parts;
      const match = { coin };
      const spike = { kind: 'priceSpike', fraction, forMs: forMs ?? DEFAULT_SPIKE_MS, match };
      const fault = parseFault(spike, 'body');
      if (!fault.ok) return fault;
      const id = plan.add(fault.value, now());
      look();
      return json({ ids: [id] });
    });
  }

  moveTape(body: unknown): Promise<AdminAnswer> {
    return checked(tapeSchema, body, async (order) => {
      const { exchange, tape } = this.#parts;
      const { feed } = exchange;
      let steps = 0;
      if (order.do === 'pause') tape.hold('operator');
      if (order.do === 'resume') tape.release('operator');
      if (order.do === 'step') steps = await tape.step(order.steps);
      if (order.do === 'seek') {
        const tapeTimeMs = feed.timeMs(exchange.step);
        if (order.toMs < tapeTimeMs) {
          const rule = `must be at least the tape's time ${tapeTimeMs}: it never goes back`;
          return err({ field: 'body.toMs', value: String(order.toMs), rule });
        }
        steps = await tape.seek(order.toMs);
      }
      const { step } = exchange;
      const isPaused = tape.isHeldBy('operator');
      return json({ isPaused, steps, step, tapeTimeMs: feed.timeMs(step) });
    });
  }

  /** The whole state as a snapshot file. */
  snapshot(): AdminAnswer {
    const { exchange, origin } = this.#parts;
    return ok({ text: portableText({ origin, state: exchange.snapshot(), entries: [] }) });
  }

  metrics(): AdminAnswer {
    const { plan, now, traffic, exchange } = this.#parts;
    const injected: Record<string, number> = {};
    for (const { fault, injected: count } of plan.list(now())) {
      injected[fault.kind] = (injected[fault.kind] ?? 0) + count;
    }
    const memory = process.memoryUsage();
    return json({
      ...traffic,
      injected,
      steps: exchange.step,
      accounts: exchange.venue.knownAccounts().length,
      residentBytes: memory.rss,
      heapBytes: memory.heapUsed,
    });
  }
}
