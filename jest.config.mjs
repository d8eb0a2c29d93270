export default {
  testEnvironment: 'node',
  roots: ['<rootDir>/test'],
  testMatch: ['**/*.test.ts'],
  extensionsToTreatAsEsm: ['.ts'],
  moduleNameMapper: { '^(\\.{1,2}/.*)\\.js$': '$1' },
  transform: {
    '^.+\\.ts$': [
      '@swc/jest',
      {
        jsc: { target: 'es2022', parser: { syntax: 'typescript' }, experimental: { keepImportAttributes: true } },
        module: { type: 'es6' },
        sourceMaps: 'inline',
      },
    ],
  },
  globalSetup: '<rootDir>/test/support/build-node.mjs',
  setupFilesAfterEnv: ['<rootDir>/test/support/traffic-contract.ts'],
  coverageProvider: 'v8',
  // Each module system of a test file stays in memory. Now and then a worker that is started anew loses the file that it was
  // given, and the run waits for it without an end: so this happens seldom.
  workerIdleMemoryLimit: '2GB',
  testTimeout: 20000,
  // The default leaves one core idle, which is half of a small machine.
  maxWorkers: '100%',
}
