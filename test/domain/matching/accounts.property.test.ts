import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { VenueAction } from '../../../domain/matching/contract/venue-actions.ts';
import type { VenueInput } from '../../../domain/matching/contract/venue-inputs.ts';
import type { Venue } from '../../../domain/matching/contract/venue-interface.ts';
import { createVenue, restoreVenue } from '../../../domain/matching/venue.ts';
import { ALICE, BOB, bookAt, CONFIG, order, START_MS } from './venue-fixture.ts';

const AGENTS = [0xe1, 0xe2, 0xe3].map((n) => `0x${n.toString(16).padStart(40, '0')}`);
const NEWCOMER = '0x00000000000000000000000000000000000000d4';
const NO_ADDRESS = `0x${'0'.repeat(40)}`;
const HOUR_MS = 3_600_000;

const amountText = fc.integer({ min: 0, max: 3_000_000_000 }).map((n) => (n / 1e6).toFixed(6));
const usd = fc.integer({ min: 0, max: 3_000_000_000 });
/** Who an address in an action is; `sub` is a sub-account, when there is one. */
const person = fc.constantFrom(ALICE, BOB, NEWCOMER, 'sub', 'sub', ...AGENTS);
const dex = fc.constantFrom('', 'spot', '', 'spot', 'other');
const time = START_MS;

const moneyAction: fc.Arbitrary<VenueAction> = fc.oneof(
  fc.record({
    type: fc.constant('usdSend'),
    destination: person,
    amount: amountText,
    time: fc.constant(time),
  }),
  fc.record({
    type: fc.constant('withdraw3'),
    destination: person,
    amount: amountText,
    time: fc.constant(time),
  }),
  fc.record({ type: fc.constant('usdClassTransfer'), amount: amountText, toPerp: fc.boolean() }),
  fc.record({
    type: fc.constant('spotSend'),
    destination: person,
    token: fc.constant('USDC'),
    amount: amountText,
    time: fc.constant(time),
  }),
  fc.record({
    type: fc.constant('subAccountTransfer'),
    subAccountUser: person,
    isDeposit: fc.boolean(),
    usd,
  }),
  fc.record({
    type: fc.constant('subAccountSpotTransfer'),
    subAccountUser: person,
    isDeposit: fc.boolean(),
    token: fc.constant('USDC'),
    amount: amountText,
  }),
  fc.record({
    type: fc.constantFrom('sendAsset', 'agentSendAsset'),
    destination: person,
    sourceDex: dex,
    destinationDex: dex,
    token: fc.constant('USDC'),
    amount: amountText,
    fromSubAccount: fc.constantFrom('', '', 'sub', BOB),
    nonce: fc.constant(time),
  }),
  fc.record({ type: fc.constant('reserveRequestWeight'), weight: fc.nat(100_000) }),
) as fc.Arbitrary<VenueAction>;

const rightsAction: fc.Arbitrary<VenueAction> = fc.oneof(
  fc.record({
    type: fc.constant('approveAgent'),
    agentAddress: fc.constantFrom(...AGENTS, NO_ADDRESS, NO_ADDRESS),
    agentName: fc.constantFrom('', 'bot', `bot valid_until ${START_MS + HOUR_MS}`),
  }),
  fc.constant({ type: 'createSubAccount', name: 'sub' }),
  fc.record({
    type: fc.constant('approveBuilderFee'),
    maxFeeRate: fc.constantFrom('0.01%', '0.1%', '0%'),
    builder: fc.constantFrom(BOB, NEWCOMER),
  }),
) as fc.Arbitrary<VenueAction>;

const tradeAction: fc.Arbitrary<VenueAction> = fc.oneof(
  {
    weight: 5,
    arbitrary: fc
      .record({
        b: fc.boolean(),
        p: fc.integer({ min: 99_990, max: 100_010 }).map(String),
        s: fc.integer({ min: 1, max: 800 }).map((n) => String(n / 1000)),
        tif: fc.constantFrom('Gtc', 'Ioc'),
        builder: fc.option(fc.record({ b: fc.constantFrom(BOB, NEWCOMER), f: fc.nat(20) })),
      })
      .map(({ builder, ...fields }) => ({
        type: 'order',
        orders: [order(fields)],
        grouping: 'na',
        ...(builder ? { builder } : {}),
      })),
  },
  fc.record({
    type: fc.constant('updateLeverage'),
    asset: fc.constant(0),
    isCross: fc.boolean(),
    leverage: fc.constantFrom(3, 20, 40),
  }),
  fc.record({
    type: fc.constant('updateIsolatedMargin'),
    asset: fc.constant(0),
    ntli: fc.integer({ min: -3_000_000_000, max: 3_000_000_000 }),
  }),
  fc.record({
    type: fc.constant('topUpIsolatedOnlyMargin'),
    asset: fc.constant(0),
    leverage: fc.constantFrom('2', '7.5', '30'),
  }),
) as fc.Arbitrary<VenueAction>;

type Command =
  | {
      readonly kind: 'act';
      readonly signer: string;
      readonly isForSub: boolean;
      readonly action: VenueAction;
    }
  | { readonly kind: 'market'; readonly mid: number }
  | { readonly kind: 'tier'; readonly feeTier: number | null; readonly stakingDiscount: string }
  | { readonly kind: 'wait'; readonly ms: number };

const command: fc.Arbitrary<Command> = fc.oneof(
  {
    weight: 12,
    arbitrary: fc.record({
      kind: fc.constant('act' as const),
      signer: fc.constantFrom(ALICE, ALICE, ALICE, BOB, NEWCOMER, ...AGENTS),
      isForSub: fc.boolean(),
      action: fc.oneof(moneyAction, rightsAction, tradeAction),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant('market' as const),
      mid: fc.constantFrom(100_000, 100_004, 99_000, 96_000, 104_000),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('tier' as const),
      feeTier: fc.constantFrom(null, 0, 3, 6),
      stakingDiscount: fc.constantFrom('0', '0.333333333333'),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('wait' as const),
      ms: fc.constantFrom(HOUR_MS, 30 * 24 * HOUR_MS),
    }),
  },
);
const scenario = fc.array(command, { minLength: 10, maxLength: 60 });

function opened(): Venue {
  const venue = createVenue(CONFIG);
  for (const account of [ALICE, BOB]) {
    venue.apply({ kind: 'deposit', atMs: START_MS, account, usd: '10000' });
  }
  venue.apply({
    kind: 'market',
    atMs: START_MS,
    marketTimeMs: START_MS,
    updates: [bookAt(100_000)],
  });
  return venue;
}

/** Puts the sub-account's address where a command says `sub`. */
const named = (value: VenueAction, sub: string): VenueAction =>
  JSON.parse(JSON.stringify(value).replaceAll('"sub"', JSON.stringify(sub)));

function inputOf(venue: Venue, command: Command, atMs: number): VenueInput {
  switch (command.kind) {
    case 'market':
      return { kind: 'market', atMs, marketTimeMs: atMs, updates: [bookAt(command.mid)] };
    case 'tier':
      return { ...command, kind: 'accountSettings', atMs, account: ALICE };
    case 'wait':
      return {
        kind: 'funding',
        atMs,
        rates: [{ coin: 'BTC', rate: '0.0001', oraclePx: '100000' }],
      };
    case 'act': {
      const { signer, isForSub, action } = command;
      const sub = venue.subAccounts(ALICE)[0]?.subAccountUser;
      const isNamed = action.type === 'createSubAccount';
      return {
        kind: 'action',
        atMs,
        signer,
        nonce: atMs,
        action: isNamed ? action : named(action, sub ?? NO_ADDRESS),
        ...(isForSub && sub ? { vaultAddress: sub } : {}),
      };
    }
  }
}

/** Runs commands; looks before and after each input. */
function run(
  commands: readonly Command[],
  look: (venue: Venue, input: VenueInput, apply: () => ReturnType<Venue['apply']>) => void,
  renew: (venue: Venue) => Venue = (venue) => venue,
): Venue {
  let venue = opened();
  let atMs = START_MS;
  for (const command of commands) {
    atMs += command.kind === 'wait' ? command.ms : 1;
    venue = renew(venue);
    const input = inputOf(venue, command, atMs);
    look(venue, input, () => venue.apply(input));
  }
  return venue;
}

const RUNS = { numRuns: 150 };
const restarted = (venue: Venue) =>
  restoreVenue(CONFIG, JSON.parse(JSON.stringify(venue.snapshot())));
/** All money of Alice and of her sub-accounts that lies free, as text. */
const purses = (venue: Venue, account: string) =>
  JSON.stringify([
    venue.accountSummary(account).marginSummary.totalRawUsd,
    venue.spotBalance(account),
  ]);

describe('whatever is sent, approved, moved and traded', () => {
  test('the books balance to the last digit after every input', () => {
    fc.assert(
      fc.property(scenario, (commands) => {
        run(commands, (venue, _input, apply) => {
          apply();
          expect(venue.conservation()).toMatchObject({ difference: '0.0', unbalancedCoins: [] });
        });
      }),
      RUNS,
    );
  });

  test('a restart changes nothing', () => {
    fc.assert(
      fc.property(scenario, (commands) => {
        const outputsOf = (renew?: (venue: Venue) => Venue) => {
          const outputs: string[] = [];
          const venue = run(
            commands,
            (_v, _i, apply) => outputs.push(JSON.stringify(apply())),
            renew,
          );
          return [...outputs, JSON.stringify(venue.snapshot())];
        };
        expect(outputsOf(restarted)).toEqual(outputsOf());
      }),
      { numRuns: 60 },
    );
  });

  test('a refusal changes nothing but nonces', () => {
    fc.assert(
      fc.property(scenario, (commands) => {
        run(commands, (venue, input, apply) => {
          const before = [ALICE, BOB, NEWCOMER].map((account) => purses(venue, account));
          const { response, events } = apply();
          if (response?.status !== 'err') return;
          expect(events.filter(({ kind }) => kind === 'ledger')).toEqual([]);
          if (input.kind === 'action' && events.length === 0) {
            expect([ALICE, BOB, NEWCOMER].map((account) => purses(venue, account))).toEqual(before);
          }
        });
      }),
      RUNS,
    );
  });

  test('an agent moves no money out of the accounts of its principal', () => {
    fc.assert(
      fc.property(scenario, (commands) => {
        run(commands, (venue, input, apply) => {
          const isByAgent =
            input.kind === 'action' &&
            venue.accountFor(input.signer, input.atMs) === ALICE &&
            input.signer !== ALICE;
          const { events } = apply();
          if (!isByAgent) return;
          const family = new Set([
            ALICE,
            ...venue.subAccounts(ALICE).map(({ subAccountUser }) => subAccountUser),
          ]);
          for (const event of events) {
            if (event.kind !== 'ledger' || !family.has(event.account)) continue;
            const { delta } = event.update;
            expect(delta.type).not.toBe('withdraw');
            if ('destination' in delta) {
              // What an agent's own address holds may be sent to its principal, not the other way.
              if (family.has(delta.user)) expect(family.has(delta.destination)).toBe(true);
            }
          }
        });
      }),
      RUNS,
    );
  });

  test('an agent acts for who approved it last, until it is removed, replaced or expires', () => {
    fc.assert(
      fc.property(scenario, (commands) => {
        /** By owner and name, kept apart from the venue. */
        const approved = new Map<string, { readonly address: string; readonly untilMs: number }>();
        run(commands, (venue, input, apply) => {
          const { response } = apply();
          if (input.kind !== 'action' || input.action.type !== 'approveAgent') return;
          if (response?.status !== 'ok') return;
          const [name = '', expiry] = (input.action.agentName ?? '').split(' valid_until ');
          const untilMs = Number(expiry ?? input.atMs + 180 * 24 * HOUR_MS);
          const address = input.action.agentAddress;
          approved.set(`${input.signer}/${name}`, { address, untilMs });
          for (const agent of AGENTS) {
            const [owner] =
              [...approved].find(
                ([, held]) => held.address === agent && input.atMs < held.untilMs,
              ) ?? [];
            const ownAccount = venue.knownAccounts().includes(agent) ? agent : undefined;
            expect(venue.accountFor(agent, input.atMs)).toBe(owner?.split('/')[0] ?? ownAccount);
          }
        });
      }),
      RUNS,
    );
  });

  test('an agent that was removed, replaced or has expired can do nothing', () => {
    fc.assert(
      fc.property(scenario, (commands) => {
        run(commands, (venue, input, apply) => {
          const isUnknown =
            input.kind === 'action' &&
            AGENTS.includes(input.signer) &&
            venue.accountFor(input.signer, input.atMs) === undefined;
          const before = isUnknown ? purses(venue, ALICE) : '';
          const { response } = apply();
          if (!isUnknown) return;
          expect(response?.status).toBe('err');
          expect(purses(venue, ALICE)).toBe(before);
        });
      }),
      RUNS,
    );
  });

  test('no spot balance is negative', () => {
    fc.assert(
      fc.property(scenario, (commands) => {
        const venue = run(commands, (_venue, _input, apply) => void apply());
        for (const account of venue.knownAccounts()) {
          expect(Number(venue.spotBalance(account))).toBeGreaterThanOrEqual(0);
        }
      }),
      RUNS,
    );
  });
});
