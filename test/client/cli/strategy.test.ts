import { describe, expect, test } from '@jest/globals';
import { SEEDS } from '../../../domain/signals/registry.ts';
import { documentOf, run } from './fake-world.ts';

describe('strategy list', () => {
  test('names every registered strategy and filter', async () => {
    const { strategies, filters } = documentOf(await run(['strategy', 'list', '--json'])) as {
      strategies: { name: string }[];
      filters: { name: string }[];
    };
    expect(strategies.map(({ name }) => name)).toEqual(SEEDS.map(({ name }) => name));
    expect(filters.map(({ name }) => name)).toEqual([
      'volatility-regime',
      'sentiment',
      'correlation',
    ]);
    const shown = await run(['strategy', 'list']);
    expect(shown.stdout).toContain('+correlation');
  });
});

describe('strategy show', () => {
  test.each(SEEDS.map(({ name }) => name))(
    '%s has its genes with bounds, defaults and meaning',
    async (name) => {
      const seed = SEEDS.find((candidate) => candidate.name === name);
      const shown = await run(['strategy', 'show', name]);
      expect(shown.exit).toBe(0);
      for (const gene of seed?.genes ?? []) {
        expect(shown.stdout).toContain(gene.title);
        expect(shown.stdout).toContain(String(gene.default));
      }
      const document = documentOf(await run(['strategy', 'show', name, '--json']));
      expect(document).toMatchObject({ name, historyBars: expect.any(Number) });
    },
  );

  test('adds what filters need', async () => {
    const document = documentOf(
      await run(['strategy', 'show', 'funding-carry+correlation', '--json']),
    );
    expect(document).toMatchObject({
      name: 'funding-carry+correlation',
      needs: { fundingHours: expect.any(Number), others: ['BTC'] },
    });
  });

  test('of an unknown name is not found, and names the known ones', async () => {
    const shown = await run(['strategy', 'show', 'nope']);
    expect(shown.exit).toBe(5);
    expect(shown.stderr).toMatch(
      /--strategy "nope": must be one of ema-crossover, .*path of a strategy file/,
    );
    expect(shown.stderr).toContain('mend: perpetua strategy list');
  });
});
