// Trading sessions against backtests over the same tape.
import base, { PARITY_TESTS } from '../jest.config.mjs';

export default {
  ...base,
  rootDir: '..',
  testMatch: PARITY_TESTS,
  testPathIgnorePatterns: ['/node_modules/'],
  testTimeout: 600_000,
};
