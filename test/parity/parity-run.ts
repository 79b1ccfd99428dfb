/** Sessions and backtests of several strategies over one tape, and in what they differ. */
import { runBacktestSide } from './backtest-side.ts';
import { type Difference, differencesOf } from './outcome.ts';
import type { ParityCase } from './parity-case.ts';
import { openFeed, ParitySession, type SessionSide } from './session-side.ts';
import type { Stack } from './stack.ts';
import type { ParityTape } from './tape.ts';

export interface ParityResult {
  readonly name: string;
  readonly session: SessionSide;
  readonly trades: number;
  readonly accountValueUsd: string;
  readonly differences: readonly Difference[];
  /** What the session's last run has recorded replays. */
  readonly sessionId: string;
}

export interface NamedCase extends ParityCase {
  /** Of its account and its workflows. */
  readonly name: string;
}

/**
 * Plays cases of the same interval, start and book together.
 * @param over sockets, as everybody reaches the exchange, or its desk
 * @param endMs the moment of the market at which the session ends; the tape's end by default
 */
export async function runParity(
  cases: readonly NamedCase[],
  stack: Stack,
  tape: ParityTape,
  over: 'sockets' | 'desk' = 'desk',
): Promise<readonly ParityResult[]> {
  const [first] = cases;
  if (first === undefined) return [];
  await stack.keepSentiment(tape.sentiment);
  const feed = over === 'desk' ? openFeed(first, tape) : over;
  const sessions = await Promise.all(
    cases.map((each) => ParitySession.open(each.name, each, stack, tape, feed)),
  );
  let outcomes: readonly SessionSide[];
  try {
    await ParitySession.play(sessions, tape.endMs);
    outcomes = await Promise.all(sessions.map((session) => session.outcome()));
    for (const session of sessions) await session.close();
  } catch (fault) {
    await Promise.all(sessions.map((session) => session.abandon()));
    throw fault;
  }
  // A backtest lets nobody else go on while it runs: only when no session waits for anything.
  return cases.map((each, index): ParityResult => {
    const session = outcomes[index] as SessionSide;
    const backtest = runBacktestSide(each, tape, 'everyStep');
    return {
      name: each.name,
      session,
      trades: backtest.trades.length,
      accountValueUsd: backtest.accountValueUsd,
      differences: differencesOf(session, backtest),
      sessionId: (sessions[index] as ParitySession).sessionId,
    };
  });
}
