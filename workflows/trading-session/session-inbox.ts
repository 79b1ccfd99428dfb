/**
 * What a session hears while it is at work, kept until it waits. A question that comes with a workflow
 * task ends that task at the next local activity's end, and on replay the workflow then hears of that
 * end before whatever came meanwhile: `docs/decisions/0014`. Therefore
 *
 * - everything is taken in here, in the order in which it came, one by one, and nowhere else: what is
 *   still in the inbox may go into a request, and never decides what the workflow does next;
 * - a timer is never cancelled, and when it is over it is heard like everything else.
 */
import { condition, sleep } from '@temporalio/workflow';
import { othersFirst } from '../support/turns.ts';
import type {
  BarsClosed,
  HeardSignal,
  OrderSettled,
  SessionStatus,
  StopPolicy,
} from './trading-session.messages.ts';

/** A timer's purpose: a look at positions after the so-manieth span, the end of a rest, … */
export type Timer =
  | { readonly what: 'look'; readonly level: number }
  | { readonly what: 'rest' }
  | { readonly what: 'reopen' }
  | { readonly what: 'wait'; readonly number: number };

type Told =
  | { readonly kind: 'bars'; readonly bars: BarsClosed }
  | { readonly kind: 'settled'; readonly settled: OrderSettled }
  | { readonly kind: 'status'; readonly status: SessionStatus }
  | { readonly kind: 'stop'; readonly positions: StopPolicy }
  | { readonly kind: 'timer'; readonly timer: Timer }
  | { readonly kind: 'streamEnded'; readonly reason: string };

/** @property answer called when it was dealt with, if somebody waits for that */
export type Heard = Told & { readonly answer?: () => void };

export class Inbox {
  private readonly waiting: Heard[];
  /** How much was taken in, and timers started: a measure of the history. */
  private count = 0;
  private isClosed = false;

  constructor(carried: readonly HeardSignal[] = []) {
    this.waiting = carried.map((signal) => ({ ...signal }));
  }

  get isEmpty(): boolean {
    return this.waiting.length === 0;
  }

  get takenAndStarted(): number {
    return this.count;
  }

  hear(heard: Heard): void {
    if (this.isClosed) heard.answer?.();
    else this.waiting.push(heard);
  }

  /** Hears a request; resolves when it was dealt with. */
  request(told: Told): Promise<void> {
    return new Promise((answer) => this.hear({ ...told, answer }));
  }

  /** Hears the timer after the time, unless the run has ended. */
  after(delayMs: number, timer: Timer): void {
    this.count += 1;
    sleep(delayMs).then(
      () => this.hear({ kind: 'timer', timer }),
      () => undefined,
    );
  }

  /** The next one, when there is one and everything that could go on has. */
  async next(): Promise<Heard> {
    // What the last one brought about, answers above all, leaves first, whether or not more has come.
    await othersFirst();
    await condition(() => this.waiting.length > 0);
    const heard = this.waiting.shift();
    if (heard === undefined) throw new RangeError('an inbox is read in one place');
    this.count += 1;
    return heard;
  }

  /** Which of the bars' assets have a newer one waiting. For requests alone. */
  superseded({ barOpenTimeMs, assets }: BarsClosed): readonly string[] {
    const newer = this.waiting.flatMap((heard) =>
      heard.kind === 'bars' && heard.bars.barOpenTimeMs > barOpenTimeMs ? heard.bars.assets : [],
    );
    return assets.filter((asset) => newer.includes(asset));
  }

  /** What waits and would not come again. For the next run alone. */
  signals(first: Heard): readonly HeardSignal[] {
    return [first, ...this.waiting].flatMap((heard): HeardSignal[] => {
      if (heard.kind === 'bars') return [{ kind: heard.kind, bars: heard.bars }];
      return heard.kind === 'settled' ? [{ kind: heard.kind, settled: heard.settled }] : [];
    });
  }

  /** Nothing is taken in any more: all that waits is answered, and whatever comes at once. */
  close(): void {
    this.isClosed = true;
    for (const { answer } of this.waiting.splice(0)) answer?.();
  }
}
