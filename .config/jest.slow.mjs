// Whole stacks, and properties over hundreds of seeds.
import base, { SLOW_TESTS } from '../jest.config.mjs';

export default {
  ...base,
  rootDir: '..',
  testMatch: SLOW_TESTS,
  testPathIgnorePatterns: ['/node_modules/'],
  testTimeout: 180_000,
};
