/**
 * A worker's heartbeat: beats while the process runs and Temporal answers it. A worker that Temporal
 * cannot reach cannot look after its orders either, and falls silent.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { type Heart, openHeart } from '../config/heartbeat-files.ts';

const BEAT_EVERY_MS = 2_000;
const ANSWER_WITHIN_MS = 5_000;

/**
 * @param reachTemporal rejects when Temporal does not answer
 * @param onMissed told why a beat was left out
 * @returns ends the beating
 */
export function startHeartbeat(
  dataDir: string,
  reachTemporal: (withinMs: number) => Promise<unknown>,
  onMissed: (reason: string) => void,
): () => void {
  let heart: Heart | undefined;
  const ended = new AbortController();
  const { signal } = ended;
  const beat = async (): Promise<void> => {
    while (!signal.aborted) {
      try {
        await reachTemporal(ANSWER_WITHIN_MS);
        heart ??= openHeart(dataDir, `worker-${process.pid}`);
        if (!signal.aborted) heart.beat();
      } catch (fault) {
        onMissed(fault instanceof Error ? fault.message : String(fault));
      }
      await sleep(BEAT_EVERY_MS, undefined, { signal, ref: false }).catch(() => undefined);
    }
  };
  void beat();
  return () => {
    ended.abort();
    heart?.stop();
  };
}
