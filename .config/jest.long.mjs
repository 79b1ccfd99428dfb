// A year of a session on a server that skips time.
import base, { LONG_TESTS, ONE_FOR_EACH_CORE } from '../jest.config.mjs';

export default {
  ...base,
  rootDir: '..',
  testMatch: LONG_TESTS,
  testPathIgnorePatterns: ['/node_modules/'],
  maxWorkers: ONE_FOR_EACH_CORE,
  testTimeout: 600_000,
};
