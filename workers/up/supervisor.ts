/**
 * Starts children in stages and ends them in the opposite order. It knows nothing of what they do:
 * that is the plan's.
 */
import { join } from 'node:path';
import type { ChildEvents, ChildSpec, Stage } from './child-spec.ts';
import { LogFile } from './log-file.ts';
import { type Backoff, DEFAULT_BACKOFF, SupervisedChild } from './supervised-child.ts';

export interface RunningChild {
  readonly name: string;
  readonly pid: number;
  readonly port?: number;
}

export class Supervisor {
  readonly #children: SupervisedChild[] = [];
  readonly #logs: LogFile[] = [];
  readonly #logsDir: string;
  readonly #events: ChildEvents;
  readonly #backoff: Backoff;

  constructor(logsDir: string, events: ChildEvents, backoff: Backoff = DEFAULT_BACKOFF) {
    this.#logsDir = logsDir;
    this.#events = events;
    this.#backoff = backoff;
  }

  /** Starts the stages one after the other. When one fails, what runs is left for `stop`. */
  async start(stages: readonly Stage[]): Promise<void> {
    for (const stage of stages) {
      const children = stage.children.map((spec) => this.#add(spec));
      await allOrFirstError(children.map((child) => child.start()));
      await stage.afterwards?.();
    }
  }

  /** Ends the children one by one, the last started first. */
  async stop(): Promise<void> {
    for (const child of this.#children.toReversed()) await child.stop();
    for (const log of this.#logs.splice(0)) log.close();
  }

  /** Ends everything at once, without asking. */
  killAll(): void {
    for (const child of this.#children) child.killForGood();
  }

  running(): readonly RunningChild[] {
    return this.#children.flatMap(({ pid, spec }) =>
      pid === undefined
        ? []
        : [{ name: spec.name, pid, ...(spec.port === undefined ? {} : { port: spec.port }) }],
    );
  }

  /** @throws RangeError for a name that no child has */
  child(name: string): SupervisedChild {
    const found = this.#children.find((child) => child.spec.name === name);
    if (found === undefined) {
      const names = this.#children.map((child) => child.spec.name).join(', ');
      throw new RangeError(`process "${name}": must be one of ${names}`);
    }
    return found;
  }

  #add(spec: ChildSpec): SupervisedChild {
    const log = new LogFile(join(this.#logsDir, `${spec.name}.log`));
    const child = new SupervisedChild(spec, this.#events, log, this.#backoff);
    this.#logs.push(log);
    this.#children.push(child);
    return child;
  }
}

/** Waits for all, so that nothing still starts while the caller tidies up after the first error. */
async function allOrFirstError(starts: readonly Promise<void>[]): Promise<void> {
  const results = await Promise.allSettled(starts);
  const failed = results.find((result) => result.status === 'rejected');
  if (failed !== undefined) throw failed.reason;
}
