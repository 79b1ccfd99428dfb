/**
 * A trading session: bar by bar one round of decisions, and a protective stop on the venue for every
 * open position. Pause and drain hold entries back; exits and stops go on until the end.
 */
import { continueAsNew, patched } from '@temporalio/workflow';
import { loopByConditions } from './loop-by-conditions.ts';
import { loopByInbox } from './session-loop.ts';
import type { SessionInput, SessionView } from './trading-session.messages.ts';

/** Since then a session takes in what it hears between its turns alone: see `session-inbox.ts`. */
const HEARD_BETWEEN_TURNS = 'heard-between-turns';

const again = (next: SessionInput): Promise<never> => continueAsNew<typeof tradingSession>(next);

export function tradingSession(input: SessionInput): Promise<SessionView> {
  return patched(HEARD_BETWEEN_TURNS) ? loopByInbox(input, again) : loopByConditions(input, again);
}
