// Kills processes of a real stack: slow, one at a time.
import base from '../jest.config.mjs';

export default {
  ...base,
  rootDir: '..',
  testMatch: ['<rootDir>/test/chaos/**/*.test.ts'],
  testPathIgnorePatterns: ['/node_modules/'],
  maxWorkers: 1,
};
