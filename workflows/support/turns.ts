/**
 * Local activities that give way. One that outlives the workflow task that began it (its worker was
 * stopped for a while; venue or ledger are slow) meets what comes meanwhile: an update, a signal, a
 * timer. The first time the workflow is told of them in two activations: it goes as far as it can
 * with the one before it learns the other. On replay (SDK 1.24) it is told of both in one, and both
 * go on at once: whose commands come first is then a matter of how many promises each awaits, and
 * when they differ, the workflow can never be replayed again. So what a local activity brings is held
 * back until the rest of its activation has gone as far as it can. `docs/decisions/0014` has the whole
 * story. A workflow has one local activity at a time: two would meet each other in the same way.
 */
import { condition } from '@temporalio/workflow';

/** Runs a local activity and holds back what it brings. */
export type Turn = <Result>(locally: () => Promise<Result>) => Promise<Result>;

/**
 * Conditions are looked at when no promise is left to run; the others get to go on so many times. No
 * handler of ours waits for more than one condition in a row that another's going on can meet.
 */
const ROUNDS = 3;

/** Lets everybody else who can go on do so. */
export async function othersFirst(): Promise<void> {
  for (let round = 0; round < ROUNDS; round += 1) {
    let isNext = false;
    const reached = condition(() => isNext);
    isNext = true;
    await reached;
  }
}

export const giveWay: Turn = async (locally) => {
  try {
    return await locally();
  } finally {
    await othersFirst();
  }
};

/** The same local activity, which gives way. */
export const inTurn =
  <Request, Result>(
    locally: (request: Request) => Promise<Result>,
  ): ((request: Request) => Promise<Result>) =>
  (request) =>
    giveWay(() => locally(request));

/**
 * For workflows whose handlers read the clock, or change what was just read. On replay the clock
 * stands at the activity's end already when the handler runs, so what is heard while one is under way
 * is taken in at its end.
 */
export class Turns {
  private underWay = 0;
  private count = 0;
  private heard: (() => void)[] = [];

  readonly take: Turn = async (locally) => {
    this.underWay += 1;
    this.count += 1;
    try {
      return await giveWay(locally);
    } finally {
      this.underWay -= 1;
      if (this.underWay === 0) for (const takeIn of this.heard.splice(0)) takeIn();
    }
  };

  /** How many local activities were begun. */
  get begun(): number {
    return this.count;
  }

  /** Takes something in now, or at the end of the local activity that is under way. */
  hear(takeIn: () => void): void {
    if (this.underWay === 0) takeIn();
    else this.heard.push(takeIn);
  }
}
