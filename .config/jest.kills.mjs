// Single processes killed under load, again and again: the paper exchange and the ledger.
import base, { KILL_TESTS, ONE_FOR_EACH_CORE } from '../jest.config.mjs';

export default {
  ...base,
  rootDir: '..',
  testMatch: KILL_TESTS,
  testPathIgnorePatterns: ['/node_modules/'],
  maxWorkers: ONE_FOR_EACH_CORE,
};
