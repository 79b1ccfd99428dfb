/**
 * Where an exchange's market data comes from: a tape that is moved by the wall clock, or a real venue
 * that moves by itself. Joins a feed with what makes it move and tells its time.
 */
import type { PaperExchange } from '../exchange.ts';
import type { Log } from '../log.ts';
import type { Feed } from './feed.ts';
import { type LiveOptions, openLiveFeed } from './live-feed.ts';
import { openTape, type TapeOptions } from './open-tape.ts';
import { type Speed, TapeClock } from './tape-clock.ts';

export interface SourceOptions extends TapeOptions {
  /** A directory or one file. */
  readonly tape: string;
  /** Takes the place of the tape. */
  readonly live?: LiveOptions | undefined;
  readonly speed: Speed;
}

export interface Source {
  readonly feed: Feed;
  /** The market's time, ms. */
  nowMs(): number;
  /** Makes the exchange move by itself. Returns how to stop it. */
  run(exchange: PaperExchange, log: Log): () => void;
  close(): void;
}

/** @throws TapeError when the tape cannot be used or the venue does not answer. */
export async function openSource(options: SourceOptions, log: Log): Promise<Source> {
  const { live, speed } = options;
  if (live === undefined) {
    const feed = openTape(options.tape, options);
    for (const note of feed.notes) log.warn(note);
    const clock = new TapeClock(feed, speed);
    return {
      feed,
      nowMs: () => clock.nowMs(),
      run: (exchange) => clock.run(exchange, log),
      close: () => undefined,
    };
  }
  const feed = await openLiveFeed(live, log);
  return {
    feed,
    nowMs: () => feed.timeMs(0),
    run: (exchange) => (speed === 'manual' ? () => undefined : feed.run(exchange, log)),
    close: () => feed.close(),
  };
}
