// Tests run over the compiler's own output (dist): what is tested is what ships, and worker threads find their files.
export default {
  testEnvironment: '<rootDir>/dist/test/runner/one-realm.js',
  testRunner: '<rootDir>/dist/test/runner/run-file.js',
  testSequencer: '<rootDir>/dist/test/runner/long-first.js',
  roots: ['<rootDir>/dist/test'],
  testMatch: ['**/*.spec.js'],
  transform: {},
  maxWorkers: 2,
  testTimeout: 30_000,
};
