// Trading sessions against backtests over the same tape.
import base, { ONE_FOR_EACH_CORE, PARITY_TESTS } from '../jest.config.mjs';

export default {
  ...base,
  rootDir: '..',
  testMatch: PARITY_TESTS,
  testPathIgnorePatterns: ['/node_modules/'],
  maxWorkers: ONE_FOR_EACH_CORE,
  testTimeout: 600_000,
};
