// Third-party clients, each in its own process, against the paper exchange.
import base, { ONE_FOR_EACH_CORE } from '../jest.config.mjs';

export default {
  ...base,
  rootDir: '..',
  testMatch: ['<rootDir>/test/contract/clients/**/*.test.ts'],
  testPathIgnorePatterns: ['/node_modules/'],
  maxWorkers: ONE_FOR_EACH_CORE,
  testTimeout: 300_000,
};
