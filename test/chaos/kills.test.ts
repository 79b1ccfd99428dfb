import { describe, expect, test } from '@jest/globals';
import { judge } from './judge.ts';
import { describeRun } from './report.ts';
import { runTrial } from './trial.ts';

const numbers = (text: string): number[] => text.split(',').map(Number);

/** Seeds by comma, and kills per seed: the same seed draws the same kills and the same orders. */
const SEEDS = numbers(process.env.PERPETUA_CHAOS_SEEDS ?? '7');
const KILLS = Number(process.env.PERPETUA_CHAOS_KILLS ?? 20);

/** A kill and its recovery take about ten seconds, the start and the end of a stack a few minutes. */
const TIMEOUT_MS = 600_000 + KILLS * 20_000;

const say = (line: string): void => void process.stderr.write(`${line}\n`);

describe('kill -9 in the middle of trading', () => {
  test.each(SEEDS)(
    'loses nothing, doubles nothing and leaves nothing behind (seed %i)',
    async (seed) => {
      say(`chaos seed ${seed}, ${KILLS} kills`);
      const facts = await runTrial({ seed, kills: KILLS, say });
      say(describeRun(facts));
      expect(facts.kills).toHaveLength(KILLS);
      expect(judge(facts)).toEqual([]);
    },
    TIMEOUT_MS,
  );
});
