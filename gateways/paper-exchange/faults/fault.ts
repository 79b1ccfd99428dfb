/**
 * What can be made to go wrong, as JSON: the kinds of faults, what each is about, when it happens.
 * Used by `--faults FILE` and the admin interface. It parses and explains; it makes nothing happen.
 */
import { z } from 'zod';
import { assertNever } from '../../../domain/kernel/assert.ts';
import { isDecimalText } from '../../../domain/kernel/decimal.ts';
import {
  err,
  type Outcome,
  ok,
  type RuleViolation,
  shownValue,
} from '../../../domain/kernel/outcome.ts';
import { violationOf } from '../violations.ts';

const DAY_MS = 86_400_000;
const words = z.union([z.string(), z.array(z.string()).min(1)]);
const milliseconds = z.int('must be whole milliseconds').min(0).max(DAY_MS);
const range = z
  .union([milliseconds, z.tuple([milliseconds, milliseconds])])
  .transform((value): readonly [number, number] =>
    typeof value === 'number' ? [value, value] : value,
  )
  .refine(([min, max]) => min <= max, 'must be milliseconds, or [least, most]');
const positiveDecimal = z
  .string('must be a decimal as text')
  .refine((text) => isDecimalText(text) && Number(text) > 0, 'must be a decimal above 0, as text');
const spikeFraction = z
  .string('must be a decimal as text')
  .refine(
    (text) => isDecimalText(text) && Number(text) > -1 && Number(text) <= 10,
    'must be a decimal above -1 and at most 10, as text',
  );

/** What a fault is about; what is left out matches everything. */
const matchSchema = z.strictObject({
  transport: z.enum(['http', 'websocket']).optional(),
  path: z.enum(['/info', '/exchange']).optional(),
  /** Type of the action or of the information asked for. */
  type: words.optional(),
  /** Address of the signer, or of the user asked about. */
  account: z
    .string()
    .regex(/^0x[0-9a-fA-F]{40}$/, 'must be an address')
    .transform((address) => address.toLowerCase())
    .optional(),
  coin: words.optional(),
  /** Channel of a subscription's frame. */
  channel: words.optional(),
});

const common = {
  /** Names the fault in logs, counts and removal; given when left out. */
  id: z
    .string()
    .regex(/^[\w.-]{1,64}$/, 'must be 1 to 64 letters, digits, dots or dashes')
    .optional(),
  match: matchSchema.default({}),
  /** Of each event that matches. */
  probability: z.number().min(0).max(1).default(1),
  /** This many matching events pass before the first is hit. */
  skip: z.int().min(0).default(0),
  /** It happens at most this often. */
  count: z.int().min(1).optional(),
  /** When its window opens, counted from the moment at which the fault was added. */
  atMs: milliseconds.default(0),
  /** How long a window is open; for ever when left out. */
  forMs: milliseconds.min(1).optional(),
  /** The window opens again each time after this long. */
  everyMs: milliseconds.min(1).optional(),
  /** Which clock the window is on. */
  clock: z.enum(['wall', 'tape']).default('wall'),
};

/** Lasting faults that may be about some coins only. */
const isOfMarkets = (kind: string): boolean => kind === 'partialFills' || kind === 'priceSpike';

const effect = z.enum(['before', 'after']).default('before');

const anyFault = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('delay'),
    ms: range,
    where: z.enum(['request', 'reply']).default('request'),
    ...common,
  }),
  z.strictObject({ kind: z.literal('dropRequest'), ...common }),
  z.strictObject({ kind: z.literal('dropReply'), ...common }),
  z.strictObject({ kind: z.literal('duplicateRequest'), ...common }),
  z.strictObject({ kind: z.literal('tooManyRequests'), effect, ...common }),
  z.strictObject({
    kind: z.literal('serverError'),
    effect,
    status: z.int().min(500).max(599).default(500),
    ...common,
  }),
  z.strictObject({ kind: z.literal('maintenance'), ...common }),
  z.strictObject({ kind: z.literal('postOnly'), ...common }),
  z.strictObject({ kind: z.literal('delayEvents'), ms: range, ...common }),
  z.strictObject({ kind: z.literal('duplicateEvents'), ...common }),
  z.strictObject({ kind: z.literal('reorderEvents'), ...common }),
  z.strictObject({ kind: z.literal('gap'), ...common }),
  z.strictObject({ kind: z.literal('disconnect'), ...common }),
  z.strictObject({ kind: z.literal('staleFeed'), ...common }),
  z.strictObject({ kind: z.literal('freeze'), ...common }),
  z.strictObject({ kind: z.literal('clockSkew'), ms: z.int().min(-DAY_MS).max(DAY_MS), ...common }),
  z.strictObject({ kind: z.literal('partialFills'), capBase: positiveDecimal, ...common }),
  z.strictObject({ kind: z.literal('priceSpike'), fraction: spikeFraction, ...common }),
]);

const faultSchema = anyFault.superRefine((fault, context) => {
  const refuse = (field: string, message: string): void =>
    context.addIssue({ code: 'custom', path: [field], message });
  if (fault.everyMs !== undefined && fault.everyMs < (fault.forMs ?? Number.POSITIVE_INFINITY)) {
    refuse('everyMs', 'must be at least forMs, which must be given');
  }
  if (stagesOf(fault).includes('lasting')) {
    for (const field of Object.keys(fault.match)) {
      if (field === 'coin' && isOfMarkets(fault.kind)) continue;
      context.addIssue({ code: 'custom', path: ['match', field], message: 'must be left out' });
    }
  }
  if (fault.kind === 'freeze' && fault.clock === 'tape') {
    refuse('clock', 'must be wall: a freeze stops the tape');
  }
});

/** The stages at which a fault hits. */
export function stagesOf(fault: z.output<typeof anyFault>): readonly Stage[] {
  switch (fault.kind) {
    case 'delay':
      return [fault.where];
    case 'tooManyRequests':
    case 'serverError':
      return [fault.effect === 'before' ? 'request' : 'reply'];
    case 'dropRequest':
    case 'duplicateRequest':
    case 'postOnly':
      return ['request'];
    case 'dropReply':
      return ['reply'];
    case 'delayEvents':
    case 'duplicateEvents':
    case 'reorderEvents':
    case 'gap':
      return ['frame'];
    case 'staleFeed':
      return ['reply', 'frame'];
    case 'disconnect':
      // About nothing in particular it cuts every socket, once each time its window opens.
      return Object.keys(fault.match).length > 0 ? ['frame'] : ['lasting'];
    case 'maintenance':
    case 'freeze':
    case 'clockSkew':
    case 'partialFills':
    case 'priceSpike':
      return ['lasting'];
    default:
      return assertNever(fault);
  }
}

export type FaultInput = z.input<typeof faultSchema>;
/** A fault, checked and complete. */
export type Fault = z.output<typeof faultSchema>;
export type FaultKind = Fault['kind'];
export type FaultMatch = Fault['match'];

/** Where on the way of an event a fault hits; `lasting` is on as long as its window is open. */
export type Stage = 'request' | 'reply' | 'frame' | 'lasting';

/** The fault, or the first rule that it breaks. */
export function parseFault(value: unknown, field = 'fault'): Outcome<Fault, RuleViolation> {
  const parsed = faultSchema.safeParse(value);
  return parsed.success ? ok(parsed.data) : err(violationOf(parsed.error, value, field));
}

const listSchema = z.union([
  z.array(z.unknown()),
  z.strictObject({ faults: z.array(z.unknown()) }).transform(({ faults }) => faults),
]);

/** Several faults: a list, or `{"faults": [...]}`. */
export function parseFaults(value: unknown): Outcome<readonly Fault[], RuleViolation> {
  const list = listSchema.safeParse(value);
  if (!list.success) {
    const rule = 'must be a list of faults, or {"faults": [...]}';
    return err({ field: 'faults', value: shownValue(value).slice(0, 80), rule });
  }
  const faults: Fault[] = [];
  for (const [index, entry] of list.data.entries()) {
    const fault = parseFault(entry, `faults[${index}]`);
    if (!fault.ok) return fault;
    faults.push(fault.value);
  }
  return ok(faults);
}
