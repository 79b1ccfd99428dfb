/** `<dataDir>/watchdog.json`: what the watchdog saw and did last, for `perpetua doctor`. */
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';

const stateSchema = z.object({
  pid: z.int().positive(),
  /** When this was written, by the clock on the wall. */
  atMs: z.int(),
  /** `silent`: no worker was heard of for too long. */
  status: z.enum(['watching', 'silent']),
  /** Since a worker was heard of last, or since the watchdog started. */
  silentForMs: z.int(),
  signer: z.string(),
  /** What it did in the present or the last silence. */
  lastAct: z
    .object({
      atMs: z.int(),
      cancelled: z.int(),
      left: z.int(),
      problem: z.string().optional(),
    })
    .optional(),
  /** Until when the venue was asked to wait before it cancels by itself. */
  scheduledForMs: z.int().optional(),
});

export type WatchdogState = z.infer<typeof stateSchema>;

const fileIn = (dataDir: string): string => join(dataDir, 'watchdog.json');

/** The last word of the watchdog; undefined when there is none, or none that can be read. */
export function readWatchdog(dataDir: string): WatchdogState | undefined {
  try {
    return stateSchema.safeParse(JSON.parse(readFileSync(fileIn(dataDir), 'utf8'))).data;
  } catch {
    return undefined;
  }
}

/** Replaces the file whole. */
export function writeWatchdog(dataDir: string, state: WatchdogState): void {
  mkdirSync(dataDir, { recursive: true });
  const draft = `${fileIn(dataDir)}.${state.pid}.tmp`;
  writeFileSync(draft, `${JSON.stringify(state)}\n`);
  renameSync(draft, fileIn(dataDir));
}
