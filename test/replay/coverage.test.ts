/**
 * Which histories there must be: every workflow type, every kind of parent, every edition, both
 * starts of a run, and for every `patched()` a history from before and one from after it.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from '@jest/globals';
import type { ParentKind } from '../../domain/execution/parents/parent.ts';
import * as account from '../../workflows/account/account.messages.ts';
import * as order from '../../workflows/order/order.messages.ts';
import * as parent from '../../workflows/parent/parent.messages.ts';
import * as tradingSession from '../../workflows/trading-session/trading-session.messages.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const FOLDER = join(ROOT, 'test/replay/histories');

/**
 * The kinds of parents: `Record` makes a new kind fail to compile until it stands here. The venue's
 * TWAP is a workflow of its own.
 */
const KINDS: Readonly<Record<Exclude<ParentKind, 'venueTwap'>, true>> = {
  bracket: true,
  chase: true,
  closePosition: true,
  iceberg: true,
  ladder: true,
  oco: true,
  trailingStop: true,
  twap: true,
};

/**
 * Per patch a history that went through the patched place before it: the marker's absence alone
 * would not say so.
 */
const BEFORE: Readonly<Record<string, string>> = {
  'one-end-per-order': 'order-amended',
  'checkpoint-between-epochs': 'order-amended',
  'cancel-is-heard': 'order-cancelled',
  'sealed-end': 'order-cancelled',
  'look-after-every-bar': 'session-stopped',
  'records-in-turn': 'session-paused-and-kept',
  'looks-rest': 'session-stop-refused-again',
  'end-when-complete': 'order-capped-and-waiting',
  'capped-when-cancelled': 'order-capped-and-waiting',
  'look-with-bar': 'session-looks-after-bars',
  'heard-between-turns': 'session-looks-with-bars',
  'ends-in-silence': 'session-heard-between-turns',
  'filled-is-the-end': 'order-filled-then-raised',
  'as-placed': 'order-filled-then-repriced',
};

interface History {
  readonly name: string;
  readonly type: string;
  readonly input: {
    readonly edition?: number;
    readonly carried?: object;
    readonly intent?: { readonly spec?: { readonly kind: string } };
  };
  readonly patches: ReadonlySet<string>;
  /** The signals that came and the updates that were accepted, by name. */
  readonly heard: ReadonlySet<string>;
}

interface JsonEvent {
  readonly workflowExecutionSignaledEventAttributes?: { readonly signalName: string };
  readonly workflowExecutionUpdateAcceptedEventAttributes?: {
    readonly acceptedRequest: { readonly input: { readonly name: string } };
  };
  readonly workflowExecutionStartedEventAttributes?: {
    readonly workflowType: { readonly name: string };
    readonly input: { readonly payloads: readonly { readonly data: string }[] };
  };
  readonly markerRecordedEventAttributes?: {
    readonly markerName: string;
    readonly details: Readonly<
      Record<string, { readonly payloads: readonly { readonly data: string }[] }>
    >;
  };
}

const decoded = (data: string): unknown => JSON.parse(Buffer.from(data, 'base64').toString('utf8'));

function patchesOf(events: readonly JsonEvent[]): Set<string> {
  const markers = events.flatMap(({ markerRecordedEventAttributes: marker }) =>
    marker?.markerName === 'core_patch' ? Object.values(marker.details) : [],
  );
  const said = markers.flatMap(({ payloads }) => payloads.map(({ data }) => decoded(data)));
  return new Set(said.map((patch) => (patch as { readonly id: string }).id));
}

const heardIn = (events: readonly JsonEvent[]): Set<string> =>
  new Set(
    events.flatMap((event) => {
      const signal = event.workflowExecutionSignaledEventAttributes?.signalName;
      const update = event.workflowExecutionUpdateAcceptedEventAttributes?.acceptedRequest.input;
      return [signal, update?.name].filter((name) => name !== undefined);
    }),
  );

/** The signals and updates that a workflow's messages define. */
const messagesOf = (defined: object): readonly string[] =>
  Object.values(defined).flatMap((each: { type?: string; name?: string }) =>
    (each.type === 'signal' || each.type === 'update') && each.name !== undefined
      ? [each.name]
      : [],
  );

function readHistory(file: string): History {
  const { events } = JSON.parse(readFileSync(join(FOLDER, file), 'utf8')) as {
    events: readonly JsonEvent[];
  };
  const start = events[0]?.workflowExecutionStartedEventAttributes;
  if (start === undefined) throw new Error(`${file}: begins with no start`);
  const input = decoded(start.input.payloads[0]?.data ?? '') as History['input'];
  return {
    name: file.replace('.json', ''),
    type: start.workflowType.name,
    input,
    patches: patchesOf(events),
    heard: heardIn(events),
  };
}

const histories = readdirSync(FOLDER)
  .filter((name) => name.endsWith('.json'))
  .map(readHistory);
const of = (type: string): readonly History[] => histories.filter((each) => each.type === type);

const sources = readdirSync(join(ROOT, 'workflows'), { recursive: true, encoding: 'utf8' })
  .filter((path) => path.endsWith('.ts'))
  .map((path) => readFileSync(join(ROOT, 'workflows', path), 'utf8'));
const entry = readFileSync(join(ROOT, 'workflows/index.ts'), 'utf8');
const types = [...entry.matchAll(/export \{ (\w+) \}/g)].map(([, type = '']) => type);
const written = sources.join('\n');
/** The ids as written: `patched(NAME)`, with `const NAME = '...'` in some file. */
const patches = sources.flatMap((text) =>
  [...text.matchAll(/\b(?:patched|deprecatePatch)\((\w+)\)/g)].map(
    ([, name = '']) =>
      new RegExp(`const ${name} = '([^']+)'`).exec(written)?.[1] ?? `no id of ${name}`,
  ),
);

describe('committed histories cover', () => {
  test('something: types and patches were found in the sources', () => {
    expect(types).toEqual(expect.arrayContaining(['account', 'order', 'parent', 'tradingSession']));
    expect(patches.length).toBeGreaterThan(2);
    const literal = sources.filter((text) => /\b(patched|deprecatePatch)\((?!\w+\))/.test(text));
    expect(literal).toEqual([]);
  });

  test.each(types)('the %s workflow', (type) => {
    expect(of(type).map(({ name }) => name)).not.toEqual([]);
  });

  test.each(['order', 'tradingSession'])('a run of the %s workflow that took over', (type) => {
    expect(of(type).some(({ input }) => input.carried !== undefined)).toBe(true);
  });

  describe.each([undefined, 2])('of edition %s', (edition) => {
    const those = (type: string) => of(type).filter(({ input }) => input.edition === edition);

    test.each(Object.keys(KINDS))('a parent of the kind %s', (kind) => {
      expect(those('parent').map(({ input }) => input.intent?.spec?.kind)).toContain(kind);
    });

    test('a TWAP that the venue works', () => {
      expect(those('venueTwap')).not.toEqual([]);
    });
  });

  describe.each(Object.entries({ account, order, parent, tradingSession }))(
    'what is sent to the %s workflow:',
    (type, defined) => {
      test.each(messagesOf(defined))('%s', (name) => {
        expect(of(type).flatMap(({ heard }) => [...heard])).toContain(name);
      });
    },
  );

  test.each([undefined, 2, 3])('an order of edition %s', (edition) => {
    expect(of('order').some(({ input }) => input.edition === edition)).toBe(true);
  });

  test.each([...new Set(patches)])(
    'the patch %s: a history from before and one from after',
    (id) => {
      const after = histories.filter((each) => each.patches.has(id));
      const before = histories.find(({ name }) => name === BEFORE[id]);
      expect(after.map(({ name }) => name)).not.toEqual([]);
      expect(before).toBeDefined();
      expect(before?.patches.has(id)).toBe(false);
      expect(after.map(({ type }) => type)).toContain(before?.type);
    },
  );
});
