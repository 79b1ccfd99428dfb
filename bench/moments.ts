/** Moments that somebody waits for: told once, without anybody asking for them again and again. */
import { setTimeout as sleep } from 'node:timers/promises';

const WAIT_MS = 10_000;

export class Moments {
  readonly #waiting = new Map<string, (atMs: number) => void>();

  happens(name: string): void {
    this.#waiting.get(name)?.(performance.now());
    this.#waiting.delete(name);
  }

  /** When it happens next: `performance.now()`. */
  until(name: string): Promise<number> {
    return new Promise((resolve) => this.#waiting.set(name, resolve));
  }
}

/** From `startedAt` to the moment, ms. @throws when it does not come */
export async function elapsed(
  moment: Promise<number>,
  startedAt: number,
  what: string,
): Promise<number> {
  const cannot = new Error(`${what}: not within ${WAIT_MS} ms`);
  const waiting = new AbortController();
  const late = sleep(WAIT_MS, undefined, { signal: waiting.signal }).then(() => {
    throw cannot;
  });
  late.catch(() => undefined);
  try {
    return (await Promise.race([moment, late])) - startedAt;
  } finally {
    waiting.abort();
  }
}
