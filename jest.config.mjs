// Jest runs the TypeScript sources as ES modules, transformed by swc; node runs them unbuilt by type stripping.
export default {
  testEnvironment: 'node',
  extensionsToTreatAsEsm: ['.ts'],
  transform: {
    '^.+\\.ts$': [
      '@swc/jest',
      { jsc: { target: 'es2024', parser: { syntax: 'typescript' } }, module: { type: 'es6' } },
    ],
  },
  testMatch: ['<rootDir>/test/**/*.test.ts'],
  testPathIgnorePatterns: ['/node_modules/', '<rootDir>/test/chaos/', '<rootDir>/test/browser/'],
  // Jest leaves one core alone by default, which on two cores would halve it.
  maxWorkers: '100%',
  testTimeout: 60_000,
};
