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
  workerIdleMemoryLimit: '512MB',
  testTimeout: 20000,
  // The default leaves one core idle, which is half of a small machine.
  maxWorkers: '100%',
}
