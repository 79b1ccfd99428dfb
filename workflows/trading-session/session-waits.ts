/**
 * How a session waits by its inbox: rests, spans and the looks that come when nothing was heard for
 * long. It counts, and never reads the clock: on replay the clock may stand elsewhere.
 */
import type { Heard, Inbox, Timer } from './session-inbox.ts';
import { restMs, type SessionRun, type SessionWaits } from './session-run.ts';

/**
 * Positions are looked at even when nothing was heard of them: soon after any news, and less and less
 * often while nothing happens. Whatever an order of ours does is told at once, by the stream or by the
 * account's reconciliation; these looks are for what neither of them saw.
 */
const LOOK_AFTER_MS = [15_000, 60_000, 240_000, 960_000, 3_840_000] as const;
const LONGEST_MS = 15_360_000;

/** The spans of a session whose bars, which bring looks of their own, come so often. */
const spansOf = (intervalMs: number): readonly number[] => [
  ...LOOK_AFTER_MS.filter((spanMs) => spanMs < intervalMs),
  LONGEST_MS,
];

export class WaitsByInbox implements SessionWaits {
  isResting = false;
  private rests = 0;
  private spans = 0;
  private readonly inbox: Inbox;
  private readonly takeIn: (heard: Heard) => void;

  /** @param takeIn what to do with what is heard meanwhile */
  constructor(inbox: Inbox, takeIn: (heard: Heard) => void) {
    this.inbox = inbox;
    this.takeIn = takeIn;
  }

  get hasNews(): boolean {
    return !this.inbox.isEmpty;
  }

  async lookFailed(): Promise<void> {
    this.rest();
  }

  stopRefused(): void {
    this.rest();
  }

  allIsWell(): void {
    this.rests = 0;
  }

  restIsOver(): void {
    this.isResting = false;
  }

  async until(isReached: () => boolean, longestMs: number): Promise<void> {
    if (isReached()) return;
    this.spans += 1;
    const number = this.spans;
    const isOver = (timer: Timer): boolean => timer.what === 'wait' && timer.number === number;
    this.inbox.after(longestMs, { what: 'wait', number });
    while (!isReached()) {
      const heard = await this.inbox.next();
      if (heard.kind === 'timer' && isOver(heard.timer)) return;
      this.takeIn(heard);
    }
  }

  pause(delayMs: number): Promise<void> {
    return this.until(() => false, delayMs);
  }

  private rest(): void {
    if (this.isResting) return;
    this.isResting = true;
    this.inbox.after(restMs(this.rests), { what: 'rest' });
    this.rests += 1;
  }
}

/** The timers of looks that nobody asked for. */
export class LookTimers {
  private readonly running = new Set<number>();
  private readonly inbox: Pick<Inbox, 'after'>;
  private readonly run: Pick<SessionRun, 'quietLooks' | 'exposeAll'>;
  private readonly spansMs: readonly number[];

  /** @param intervalMs of the session's bars */
  constructor(
    inbox: Pick<Inbox, 'after'>,
    run: Pick<SessionRun, 'quietLooks' | 'exposeAll'>,
    intervalMs: number,
  ) {
    this.inbox = inbox;
    this.run = run;
    this.spansMs = spansOf(intervalMs);
  }

  private get wanted(): number {
    return Math.min(this.run.quietLooks, this.spansMs.length - 1);
  }

  /** Has a timer run that is over as soon as the next look is due, or sooner. */
  set(): void {
    const level = this.wanted;
    if ([...this.running].some((running) => running <= level)) return;
    this.running.add(level);
    this.inbox.after(this.spansMs[level] ?? LONGEST_MS, { what: 'look', level });
  }

  /** One is over. It may be one of livelier times: then nothing is due yet. */
  over(level: number): void {
    this.running.delete(level);
    if (level >= this.wanted) this.run.exposeAll();
  }
}
