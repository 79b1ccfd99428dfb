/**
 * What a workflow hears, taken in only where it waits. A question that comes with a task splits it
 * when a local activity ends meanwhile: the first time the workflow hears a signal before the
 * activity's end, on replay after it, having gone as far as it can (`docs/decisions/0014`). Neither
 * may make a difference to what it does. So nothing that is heard has an effect until the workflow
 * comes to its next wait; there it is taken in behind the wait's timer, whether it lay there or comes
 * while the wait goes on. A timer that is started and cancelled leaves nothing behind either way.
 */
export class Inbox {
  private isOpen = false;
  private mail: (() => void)[] = [];

  /** Takes something in now, when the workflow waits, or at its next wait. */
  hear(takeIn: () => void): void {
    if (this.isOpen) takeIn();
    else this.mail.push(takeIn);
  }

  /** Takes in what came so far. For places where it changes no command that follows. */
  takeIn(): void {
    for (const takeIn of this.mail.splice(0)) takeIn();
  }

  /** @param begin begins the wait, its timer above all, before anything is taken in */
  async during<Result>(begin: () => Promise<Result>): Promise<Result> {
    this.isOpen = true;
    try {
      const waiting = begin();
      this.takeIn();
      return await waiting;
    } finally {
      this.isOpen = false;
    }
  }
}
