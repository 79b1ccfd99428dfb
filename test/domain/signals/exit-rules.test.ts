import { describe, expect, test } from '@jest/globals';
import { COMMON_GENES } from '../../../domain/signals/common-genes.ts';
import { defineSeed, readSeed } from '../../../domain/signals/define-seed.ts';
import { evaluateSeries } from '../../../domain/signals/evaluate.ts';
import {
  exitRulesOf,
  exitRulesViolation,
  TARGET_GENES,
} from '../../../domain/signals/exit-rules.ts';
import { parseGenes } from '../../../domain/signals/genes.ts';
import { SEEDS } from '../../../domain/signals/registry.ts';
import { WindowSources } from '../../../domain/signals/trace-series.ts';
import { inputFrom, REAL } from './inputs.ts';
import { answering, genesOf } from './samples.ts';

const [seed] = SEEDS;
if (seed === undefined) throw new Error('no strategies');
const rulesOf = (given: object) => exitRulesOf(seed, genesOf(seed, given));

describe('target genes', () => {
  test('are left out while they are off, so that genes are what they were without them', () => {
    for (const each of SEEDS) {
      const names = Object.keys(genesOf(each));
      expect(names.filter((name) => TARGET_GENES.some((gene) => gene.name === name))).toEqual([]);
    }
    const off = { targetR: 0, targetFraction: 1, restTargetR: '0', stopAfterTarget: 'stays' };
    expect(genesOf(seed, off)).toEqual(genesOf(seed));
    expect(rulesOf(off)).toBeUndefined();
    // Without a first target the others mean nothing.
    expect(rulesOf({ targetFraction: 0.5, restTargetR: 2 })).toBeUndefined();
  });

  test.each<readonly [object, object]>([
    [{ targetR: 2 }, { targets: [{ distanceR: '2', fraction: '1' }], stopAfterTarget: 'stays' }],
    [
      { targetR: 1, targetFraction: 0.5, stopAfterTarget: 'entry' },
      { targets: [{ distanceR: '1', fraction: '0.5' }], stopAfterTarget: 'entry' },
    ],
    [
      { targetR: 1.5, targetFraction: 0.25, restTargetR: 2.25 },
      {
        targets: [
          { distanceR: '1.5', fraction: '0.25' },
          { distanceR: '3.75', fraction: '0.75' },
        ],
        stopAfterTarget: 'stays',
      },
    ],
    [
      { targetR: 1 / 3, targetFraction: 1, restTargetR: 2 },
      { targets: [{ distanceR: '0.333', fraction: '1' }], stopAfterTarget: 'stays' },
    ],
  ])('%j mean %j', (given, rules) => {
    expect(rulesOf(given)).toEqual(rules);
  });

  test.each([
    [{ targetR: -1 }, 'targetR', 'must be a number from 0 to 20'],
    [{ targetFraction: 0 }, 'targetFraction', 'must be a number from 0.05 to 1'],
    [{ stopAfterTarget: 'trails' }, 'stopAfterTarget', 'must be one of stays, entry'],
  ])('%j are refused: %s %s', (given, field, rule) => {
    const parsed = parseGenes(seed, given);
    expect(!parsed.ok && parsed.error).toMatchObject([{ field, rule }]);
  });

  test('change no verdict, and stand in every signal that may open something', () => {
    const sources = new WindowSources(inputFrom(REAL));
    const plain = evaluateSeries(seed, genesOf(seed), sources);
    const aimed = evaluateSeries(seed, genesOf(seed, { targetR: 2 }), sources);
    expect(aimed.stance).toEqual(plain.stance);
    let sided = 0;
    for (let index = 5_000; index < 6_000; index += 1) {
      const [one, other] = [plain.signalAt(index), aimed.signalAt(index)];
      if (one.kind === 'noSignal' || one.stance === 'flat') expect(other).toEqual(one);
      else {
        expect(other).toEqual({ ...one, exits: aimed.exits });
        sided += 1;
      }
    }
    expect(sided).toBeGreaterThan(100);
  });
});

describe('a strategy of its own', () => {
  const file = (exits: unknown) => ({
    ...answering({ stance: 'long' }),
    exits: () => exits,
  });
  const threeTargets = {
    targets: [
      { distanceR: '1', fraction: '0.5' },
      { distanceR: '2.5', fraction: '0.3' },
      { distanceR: '4', fraction: '0.2' },
    ],
    stopAfterTarget: 'stays',
  };

  test('says its targets itself, three at most', () => {
    const read = readSeed(file(threeTargets));
    expect(read.ok && exitRulesOf(read.value, {})).toEqual(threeTargets);
    expect(readSeed(file(undefined)).ok).toBe(true);
  });

  const [first] = threeTargets.targets;
  test.each<readonly [unknown, string]>([
    [{ targets: [], stopAfterTarget: 'stays' }, 'exits.targets'],
    [{ targets: [...threeTargets.targets, first], stopAfterTarget: 'stays' }, 'exits.targets'],
    [{ targets: [first, first], stopAfterTarget: 'stays' }, 'exits.targets[1].distanceR'],
    [{ targets: [{ distanceR: 1, fraction: '1' }] }, 'exits.targets[0].distanceR'],
    [{ targets: [{ distanceR: '1.2345', fraction: '1' }] }, 'exits.targets[0].distanceR'],
    [{ targets: [{ distanceR: '1', fraction: '1.1' }] }, 'exits.targets[0].fraction'],
    [{ targets: [first], stopAfterTarget: 'trails' }, 'exits.stopAfterTarget'],
    [null, 'exits.targets'],
  ])('%j is refused: %s', (exits, field) => {
    expect(exitRulesViolation(exits)?.field).toBe(field);
    const read = readSeed(file(exits));
    expect(!read.ok && read.error[0]?.field).toBe(field);
    const broken = file(exits) as unknown as Parameters<typeof exitRulesOf>[0];
    expect(() => exitRulesOf(broken, {})).toThrow(field);
  });

  test('has the common ones through COMMON_GENES, and a gene of the same name means nothing else', () => {
    const genes = TARGET_GENES.map((gene) => ({ ...gene }));
    const own = defineSeed({ ...answering({}), genes });
    expect(exitRulesOf(own, genesOf(own, { targetR: 2 }))).toBeUndefined();
    const common = defineSeed({ ...answering({}), genes: COMMON_GENES });
    expect(exitRulesOf(common, genesOf(common, { targetR: 2 }))).toBeDefined();
  });
});
