// Hostile requests by the hundred thousand against a real server process.
import base, { ONE_FOR_EACH_CORE } from '../jest.config.mjs';

process.env.FUZZ_REQUESTS ??= '100000';

export default {
  ...base,
  rootDir: '..',
  testMatch: ['<rootDir>/test/fuzz/**/*.test.ts'],
  testPathIgnorePatterns: ['/node_modules/'],
  maxWorkers: ONE_FOR_EACH_CORE,
};
