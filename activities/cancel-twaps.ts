/**
 * Takes the venue's own TWAPs out of the market, without Temporal. They carry no name of ours: whose
 * one is, the ledger knows. See `docs/decisions/0023-a-halt-and-the-venues-twaps.md`.
 */
import { matchTwap } from '../domain/execution/venue-twap/match.ts';
import type { VenueTwap } from '../domain/execution/venue-twap/twap-facts.ts';
import type { AccountAddress } from '../domain/kernel/ids.ts';
import type { TwapsCancelled } from './interfaces/kill-switch.ts';
import type { ParentRow } from './ports/ledger.ts';
import type { VenuePort } from './ports/venue.ts';
import type { TwapLedgerPort, VenueTwapPort } from './ports/venue-twap.ts';

export interface TwapPorts {
  readonly venue: Pick<VenuePort, 'assets'>;
  readonly twaps: Pick<VenueTwapPort, 'runningTwaps' | 'cancelTwap'>;
  readonly twapLedger: Pick<TwapLedgerPort, 'ourTwaps'>;
  readonly ledger: {
    readonly openParents: (account: AccountAddress) => Promise<readonly ParentRow[]>;
  };
  /** Rejects when the ledger does not answer in the time that an emergency has. */
  readonly inTime: <Answer>(answer: Promise<Answer>) => Promise<Answer>;
  readonly nextNonce: () => Promise<number>;
  readonly pause: (ms: number) => Promise<void>;
}

/** `ours`: what the ledger knows or may hold for ours. `all`: whoever started it. */
export type Whose = 'ours' | 'all';

const MOST_LOOKS = 10;
const BETWEEN_LOOKS_MS = 500;

/**
 * Those of the running TWAPs that are ours, or that a send of ours without an answer may have started.
 * @param known by their ids to be ours
 * @param parents that have not ended
 */
export function oursAmong(
  running: readonly VenueTwap[],
  known: ReadonlySet<number>,
  parents: readonly ParentRow[],
): ReadonlySet<number> {
  const mayBe = parents.flatMap(({ view: { intent, venueTwap, startedMs } }) => {
    const { asset, spec } = intent;
    if (spec.kind !== 'venueTwap' || venueTwap?.twapId !== undefined) return [];
    const window = { drawnUpMs: startedMs, expiresAfterMs: Number.POSITIVE_INFINITY };
    const match = matchTwap({ asset, spec, ...window }, running, known);
    return match.kind === 'found' ? [match.twap.twapId] : [];
  });
  return new Set([...known, ...mayBe]);
}

/** Whose they are, by the ledger; undefined when it does not answer. */
async function ownOf(
  { twapLedger, ledger, inTime }: TwapPorts,
  account: AccountAddress,
  running: readonly VenueTwap[],
): Promise<ReadonlySet<number> | undefined> {
  const ids = running.map(({ twapId }) => twapId);
  try {
    const [known, parents] = await inTime(
      Promise.all([twapLedger.ourTwaps(account, ids), ledger.openParents(account)]),
    );
    return oursAmong(running, known, parents);
  } catch {
    return undefined;
  }
}

async function cancelEach(
  { venue, twaps, nextNonce }: TwapPorts,
  running: readonly VenueTwap[],
): Promise<readonly number[]> {
  const cancelled: number[] = [];
  for (const { twapId, asset: name } of running) {
    const asset = (await venue.assets(name)).get(name);
    if (asset === undefined) continue;
    const { kind } = await twaps.cancelTwap(asset, twapId, await nextNonce());
    if (kind === 'cancelled') cancelled.push(twapId);
  }
  return cancelled;
}

/**
 * Cancels TWAPs that may add to a position until two looks in a row show none; those that only reduce
 * go on.
 * @throws VenueUnreachable when the venue does not answer
 */
export async function cancelTwaps(
  ports: TwapPorts,
  account: AccountAddress,
  whose: Whose,
): Promise<TwapsCancelled> {
  const cancelled = new Set<number>();
  let left: readonly number[] = [];
  let emptyLooks = 0;
  for (let looks = 0; looks < MOST_LOOKS; looks += 1) {
    if (looks > 0) await ports.pause(BETWEEN_LOOKS_MS);
    const shown = await ports.twaps.runningTwaps(account);
    const adding = shown.filter(({ reduceOnly }) => !reduceOnly);
    const all = new Set(adding.map(({ twapId }) => twapId));
    const wanted = whose === 'all' || all.size === 0 ? all : await ownOf(ports, account, adding);
    if (wanted === undefined) return { cancelled: cancelled.size, left, unknown: [...all] };
    const running = adding.filter(({ twapId }) => wanted.has(twapId));
    left = running.map(({ twapId }) => twapId);
    emptyLooks = left.length === 0 ? emptyLooks + 1 : 0;
    if (emptyLooks === 2) break;
    for (const twapId of await cancelEach(ports, running)) cancelled.add(twapId);
  }
  return { cancelled: cancelled.size, left };
}
