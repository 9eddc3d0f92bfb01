/** One runner for all tests: unit tests beside the code, and what spans processes under `tests/`. */
const typescript = {
  '^.+\\.ts$': [
    '@swc/jest',
    {
      jsc: { target: 'es2024', parser: { syntax: 'typescript' }, experimental: { keepImportAttributes: true } },
      module: { type: 'es6' },
    },
  ],
};
const project = (displayName, roots, rest = {}) => ({
  displayName,
  roots,
  testEnvironment: 'node',
  extensionsToTreatAsEsm: ['.ts'],
  transform: typescript,
  testMatch: ['**/*.test.ts'],
  modulePathIgnorePatterns: ['<rootDir>/dist', '<rootDir>/data'],
  ...rest,
});

export default {
  projects: [
    project(
      'unit',
      ['shared', 'packages', 'balancer', 'endpoints', 'infra'].map((folder) => `<rootDir>/${folder}`),
    ),
    project('fleet', ['<rootDir>/tests']),
  ],
  testTimeout: 120_000,
  testSequencer: '<rootDir>/infra/longest-first.mjs',
  // Much of the time is spent on waiting for real clients and processes.
  maxWorkers: 2,
  // Modules of finished files stay in the worker's memory, and with a large heap each collection stops the loop for long: begin anew.
  workerIdleMemoryLimit: '400MB',
};
