// Jest runs the TypeScript sources as ES modules, transformed by swc; node runs them unbuilt by type stripping.
import { availableParallelism } from 'node:os';

/** Whole stacks and hundreds of seeds: `npm run test:slow` runs them. */
export const SLOW_TESTS = [
  '<rootDir>/test/end-to-end/parents.test.ts',
  '<rootDir>/test/end-to-end/venue-twap.test.ts',
  '<rootDir>/test/end-to-end/stuck-runs.test.ts',
  '<rootDir>/test/workers/ledger-rebuild.test.ts',
  '<rootDir>/test/simulation/simulation.test.ts',
  '<rootDir>/test/simulation/memory-ledger.test.ts',
  '<rootDir>/test/workflows/order-interleavings.test.ts',
  '<rootDir>/test/workflows/turns.test.ts',
  '<rootDir>/test/workflows/order-asked.test.ts',
  '<rootDir>/test/workflows/session-split.test.ts',
  '<rootDir>/test/workflows/session-stops.test.ts',
  '<rootDir>/test/workflows/venue-twap.test.ts',
  '<rootDir>/test/workflows/parent-market.test.ts',
  '<rootDir>/test/gateways/temporal/provision/dev-server.test.ts',
  '<rootDir>/test/gateways/paper-exchange/state-commands.test.ts',
  '<rootDir>/test/gateways/paper-exchange/state-restart.test.ts',
  '<rootDir>/test/gateways/ledger/recovery.test.ts',
  '<rootDir>/test/gateways/candle-store/store.property.test.ts',
  '<rootDir>/test/gateways/candle-store/shared-data.test.ts',
  '<rootDir>/test/workers/data/sync.test.ts',
  '<rootDir>/test/workers/backtest.test.ts',
  '<rootDir>/test/workers/kept-bundle.test.ts',
  '<rootDir>/test/fuzz/hostile-requests.test.ts',
  '<rootDir>/test/workers/halt/halt.test.ts',
  '<rootDir>/test/workers/doctor/diagnose.test.ts',
  '<rootDir>/test/client/cli/launcher.test.ts',
  '<rootDir>/test/gateways/hyperliquid/market-data.test.ts',
  '<rootDir>/test/domain/signals/seeds-whole.test.ts',
  '<rootDir>/test/domain/signals/random-walks.test.ts',
  '<rootDir>/test/longrun/soak.test.ts',
  '<rootDir>/test/domain/evolution/vector/equal-engines.test.ts',
  '<rootDir>/test/domain/evolution/vector/vector-backtest.test.ts',
];

/** A year of a session; `npm run test:long` runs it. */
export const LONG_TESTS = ['<rootDir>/test/longrun/year.test.ts'];

/** Sessions against backtests, bar by bar; `npm run test:parity` runs them. */
export const PARITY_TESTS = ['<rootDir>/test/parity/parity.test.ts'];

/** Slow by nature; `npm run test:kills` runs them. */
export const KILL_TESTS = [
  '<rootDir>/test/gateways/paper-exchange/recovery.test.ts',
  '<rootDir>/test/gateways/ledger/ledger-server.test.ts',
  '<rootDir>/test/gateways/candle-store/kills.test.ts',
];

/** For suites that leave no time to others; Jest by itself would leave a core alone. */
export const ONE_FOR_EACH_CORE = '100%';

export default {
  testEnvironment: 'node',
  extensionsToTreatAsEsm: ['.ts'],
  transform: {
    '^.+\\.ts$': [
      '@swc/jest',
      { jsc: { target: 'es2024', parser: { syntax: 'typescript' } }, module: { type: 'es6' } },
    ],
  },
  testMatch: ['<rootDir>/test/**/*.test.ts'],
  testPathIgnorePatterns: [
    '/node_modules/',
    '<rootDir>/test/browser/',
    '<rootDir>/test/contract/clients/',
    '<rootDir>/test/fuzz/limited-storm',
    ...KILL_TESTS,
    ...LONG_TESTS,
    ...PARITY_TESTS,
    ...SLOW_TESTS,
  ],
  testSequencer: '<rootDir>/.config/longest-first.mjs',
  // Half as many again as there are cores: a fifth of the time these tests wait for servers and clocks.
  maxWorkers: Math.ceil(availableParallelism() * 1.5),
  testTimeout: 60_000,
};
