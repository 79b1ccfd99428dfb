/**
 * The paper exchange: matching in process, signed orders over the wire, books to many readers, and an
 * honest client among hostile ones.
 */
import { type HostileResult, measureHostile } from './paper/hostile.ts';
import { type MatchingResult, measureMatching } from './paper/matching.ts';
import { measureServer, type ServerResult } from './paper/server.ts';

export interface PaperResult {
  readonly benchmark: 'paper';
  readonly matching: MatchingResult;
  readonly server: ServerResult;
  readonly hostile: HostileResult;
}

export async function paper(): Promise<PaperResult> {
  return {
    benchmark: 'paper',
    matching: measureMatching(),
    server: await measureServer(),
    hostile: await measureHostile(),
  };
}
