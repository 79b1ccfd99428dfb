/** The universe workflow's contract: a schedule starts it, each run chooses once. */
import type { UniverseRequest } from '../../activities/interfaces/universe.ts';

export type { UniverseChosen, UniverseRequest } from '../../activities/interfaces/universe.ts';

export const UNIVERSE_WORKFLOW = 'universe';

export type UniverseInput = UniverseRequest;
