/**
 * One child under supervision: started until it is ready, restarted with growing pauses when it ends,
 * and ended in order when asked. A first start that fails is the caller's to judge.
 */
import { existsSync } from 'node:fs';
import type { ChildEvents, ChildSpec } from './child-spec.ts';
import { type Launch, launch } from './launch.ts';
import type { LogFile } from './log-file.ts';

export interface Backoff {
  readonly firstMs: number;
  readonly mostMs: number;
  /** After so long a run the pauses begin anew. */
  readonly healthyAfterMs: number;
}

export const DEFAULT_BACKOFF: Backoff = {
  firstMs: 200,
  mostMs: 10_000,
  healthyAfterMs: 30_000,
};

export class ChildStartError extends Error {
  override readonly name = 'ChildStartError';
}

export class SupervisedChild {
  readonly spec: ChildSpec;
  readonly #events: ChildEvents;
  readonly #log: LogFile;
  readonly #backoff: Backoff;
  #launch: Launch | undefined;
  #isStopping = false;
  #restarts = 0;
  #wake: () => void = () => {};
  #supervision: Promise<void> = Promise.resolve();

  constructor(spec: ChildSpec, events: ChildEvents, log: LogFile, backoff = DEFAULT_BACKOFF) {
    this.spec = spec;
    this.#events = events;
    this.#log = log;
    this.#backoff = backoff;
  }

  /** The pid of the present run, or undefined between two runs. */
  get pid(): number | undefined {
    return this.#launch?.process.pid;
  }

  get restarts(): number {
    return this.#restarts;
  }

  /**
   * Starts it and resolves when it is ready; from then on it is kept running.
   * @throws ChildStartError with its last words when it does not get that far
   */
  async start(): Promise<void> {
    const { name, script } = this.spec;
    if (script !== undefined && !existsSync(script)) {
      throw new ChildStartError(`${name}: its program ${script} does not exist`);
    }
    const startedMs = Date.now();
    const first = this.#begin();
    try {
      await first.ready;
    } catch (error) {
      await this.stop();
      const words = first.lastWords();
      throw new ChildStartError(
        `${name}: ${(error as Error).message}; log: ${this.#log.path}${words && `\n${words}`}`,
      );
    }
    if (this.#isStopping) throw new ChildStartError(`${name}: stopped while it started`);
    this.#events.onReady(name, Date.now() - startedMs);
    this.#supervision = this.#keepRunning(first, Date.now());
  }

  /** Sends a signal to the present run; false when there is none. */
  kill(signal: NodeJS.Signals): boolean {
    return this.#launch?.process.kill(signal) ?? false;
  }

  /** Ends it at once, without asking. It is not started again. */
  killForGood(): void {
    this.#isStopping = true;
    this.#wake();
    this.kill('SIGKILL');
  }

  /** Ends it: SIGTERM, then SIGKILL when it takes too long. It is not started again. */
  async stop(): Promise<void> {
    this.#isStopping = true;
    this.#wake();
    const running = this.#launch;
    if (running !== undefined) {
      running.process.kill('SIGTERM');
      const timer = setTimeout(() => running.process.kill('SIGKILL'), this.spec.stopWithinMs);
      await running.ended;
      clearTimeout(timer);
    }
    await this.#supervision;
  }

  #begin(): Launch {
    const { name } = this.spec;
    const run = launch(this.spec, this.#log, (text) => this.#events.onWarning(name, text));
    this.#launch = run;
    this.#events.onPid(name, run.process.pid);
    void run.ended.then(() => {
      if (this.#launch !== run) return;
      this.#launch = undefined;
      this.#events.onPid(name, undefined);
    });
    return run;
  }

  async #keepRunning(first: Launch, firstReadyMs: number): Promise<void> {
    let run = first;
    let readyMs: number | undefined = firstReadyMs;
    let pauseMs = this.#backoff.firstMs;
    for (;;) {
      const how = await run.ended;
      if (this.#isStopping) return;
      const wasHealthy =
        readyMs !== undefined && Date.now() - readyMs >= this.#backoff.healthyAfterMs;
      if (wasHealthy) pauseMs = this.#backoff.firstMs;
      this.#events.onExit(this.spec.name, how, pauseMs);
      await this.#pause(pauseMs);
      if (this.#isStopping) return;
      pauseMs = Math.min(pauseMs * 2, this.#backoff.mostMs);
      this.#restarts += 1;
      run = this.#begin();
      readyMs = await this.#awaitReady(run);
    }
  }

  /** When it became ready; a run that does not is killed, which ends it like any other. */
  async #awaitReady(run: Launch): Promise<number | undefined> {
    const startedMs = Date.now();
    try {
      await run.ready;
      this.#events.onReady(this.spec.name, Date.now() - startedMs);
      return Date.now();
    } catch (error) {
      if (!this.#isStopping) {
        const words = run.lastWords();
        this.#events.onWarning(
          this.spec.name,
          `${(error as Error).message}${words && `\n${words}`}`,
        );
        run.process.kill('SIGKILL');
      }
      return undefined;
    }
  }

  #pause(pauseMs: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, pauseMs);
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}
