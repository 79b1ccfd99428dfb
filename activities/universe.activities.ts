/** Choosing the assets worth trading from what the venue shows now, and keeping the choice. */
import { Context } from '@temporalio/activity';
import { DEFAULT_UNIVERSE } from '../domain/market/universe/facts.ts';
import { membersOf, type UniverseRecord } from '../domain/market/universe/record.ts';
import { selectUniverse } from '../domain/market/universe/select.ts';
import { withFailures } from './failures.ts';
import type { UniverseActivities, UniverseChosen, UniverseRequest } from './interfaces/universe.ts';
import type { MarketScanPort, UniverseStorePort } from './ports/universe.ts';

export interface UniversePorts {
  readonly scan: MarketScanPort;
  readonly universes: UniverseStorePort;
}

/**
 * Members of the last universe before this moment keep their place unless others are clearly better.
 * @param onAsset told after each market that was looked at
 * @throws what the ports throw; nothing is kept then
 */
export async function chooseUniverse(
  { scan, universes }: UniversePorts,
  { size, looked }: UniverseRequest,
  onAsset: (asset: string) => void = () => undefined,
): Promise<UniverseChosen> {
  const { venue } = scan;
  const { atMs, facts, passedOver } = await scan.scan(looked, onAsset);
  const before = membersOf(await universes.asOf(venue, atMs));
  const policy = { ...DEFAULT_UNIVERSE, size };
  const universe = selectUniverse(facts, atMs, policy, before);
  const record: UniverseRecord = { version: 1, venue, policy, passedOver, universe };
  await universes.keep(record);
  const members = membersOf(record);
  return {
    venue,
    atMs,
    members: universe.members.map(({ asset, score }) => ({ asset, score: score.score })),
    joined: members.filter((asset) => !before.includes(asset)),
    dropped: before.filter((asset) => !members.includes(asset)),
    looked: facts.length,
    passedOver,
  };
}

/** @param ports the outside world, built in `workers/compose.ts` */
export const createUniverseActivities = (ports: UniversePorts): UniverseActivities =>
  withFailures<UniverseActivities>({
    chooseUniverse: (request) =>
      chooseUniverse(ports, request, (asset) => Context.current().heartbeat({ asset })),
  });
