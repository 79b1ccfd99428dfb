/** The paper exchange: matching in process, signed orders over the wire, books to many readers. */
import { type MatchingResult, measureMatching } from './paper/matching.ts';
import { measureServer, type ServerResult } from './paper/server.ts';

export interface PaperResult {
  readonly benchmark: 'paper';
  readonly matching: MatchingResult;
  readonly server: ServerResult;
}

export async function paper(): Promise<PaperResult> {
  return { benchmark: 'paper', matching: measureMatching(), server: await measureServer() };
}
