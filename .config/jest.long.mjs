// A year of a session on a server that skips time.
import base, { LONG_TESTS } from '../jest.config.mjs';

export default {
  ...base,
  rootDir: '..',
  testMatch: LONG_TESTS,
  testPathIgnorePatterns: ['/node_modules/'],
  testTimeout: 600_000,
};
