// Which test files start first. Jest knows how long they take only from an earlier run here; a fresh
// clone has none, and a long file that starts last leaves a core idle until it ends.
import TestSequencer from '@jest/test-sequencer';

/** Longest first: what takes over 15 s on two cores. A file that is missing here only starts later. */
const LONGEST = [
  'test/domain/evolution/vector/equal-engines.test.ts',
  'test/longrun/soak.test.ts',
  'test/domain/signals/random-walks.test.ts',
  'test/simulation/simulation.test.ts',
  'test/end-to-end/stack.test.ts',
  'test/workflows/order-interleavings.test.ts',
  'test/replay/histories.test.ts',
  'test/end-to-end/stuck-runs.test.ts',
  'test/workers/backtest.test.ts',
  'test/workers/ledger-rebuild.test.ts',
  'test/domain/signals/seeds-whole.test.ts',
  'test/workflows/order-asked.test.ts',
  'test/workflows/order.test.ts',
  'test/workflows/session-stops.test.ts',
  'test/workers/data/sync.test.ts',
  'test/workflows/account.test.ts',
  'test/domain/evolution/vector/vector-backtest.test.ts',
  'test/gateways/hyperliquid/market-data.test.ts',
  'test/end-to-end/parents.test.ts',
  'test/workflows/session-split.test.ts',
  'test/end-to-end/venue-twap.test.ts',
  'test/workflows/order-life.test.ts',
];

export default class LongestFirst extends TestSequencer {
  sort(tests) {
    const rank = ({ path }) => {
      const place = LONGEST.findIndex((file) => path.endsWith(`/${file}`));
      return place === -1 ? LONGEST.length : place;
    };
    // The sort is stable: what is not listed keeps the order that Jest gives it.
    return super.sort(tests).sort((one, other) => rank(one) - rank(other));
  }
}
