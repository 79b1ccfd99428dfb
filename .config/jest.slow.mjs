// Whole stacks, and properties over hundreds of seeds.
import base, { ONE_FOR_EACH_CORE, SLOW_TESTS } from '../jest.config.mjs';

process.env.STATE_MACHINE_STORIES ??= '100000';

export default {
  ...base,
  rootDir: '..',
  // The stories are told in `npm test` too, but fewer.
  testMatch: [...SLOW_TESTS, '<rootDir>/test/domain/execution/order-facts.closure.test.ts'],
  testPathIgnorePatterns: ['/node_modules/'],
  maxWorkers: ONE_FOR_EACH_CORE,
  testTimeout: 180_000,
};
