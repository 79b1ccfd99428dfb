// The dashboard in a real browser.
import base from '../jest.config.mjs';

export default {
  ...base,
  rootDir: '..',
  testMatch: ['<rootDir>/test/browser/**/*.test.ts'],
  testPathIgnorePatterns: ['/node_modules/'],
  maxWorkers: 1,
};
