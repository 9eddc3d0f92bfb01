import jest from 'eslint-plugin-jest';
import n from 'eslint-plugin-n';
import tseslint from 'typescript-eslint';

const noVagueNames = ['utils', 'helpers', 'common', 'types'];

export default tseslint.config(
  { ignores: ['**/node_modules/**', 'dist/**', 'data/**', 'coverage/**', '**/*.mjs', '**/*.cjs'] },
  {
    files: ['**/*.ts'],
    extends: [...tseslint.configs.strictTypeChecked, ...tseslint.configs.stylisticTypeChecked],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    plugins: { n },
    rules: {
      'n/no-extraneous-import': 'error',
      'max-lines': ['error', { max: 350, skipBlankLines: true, skipComments: true }],
      'max-lines-per-function': ['error', { max: 60, skipBlankLines: true, skipComments: true }],
      'no-restricted-syntax': [
        'error',
        { selector: 'ExportAllDeclaration', message: 'Name what is exported.' },
        { selector: 'ExportDefaultDeclaration', message: 'Use a named export.' },
        { selector: 'TSEnumDeclaration', message: 'Use a union with a word for each outcome.' },
      ],
      'no-restricted-imports': [
        'error',
        {
          patterns: noVagueNames.map((name) => ({
            group: [`./${name}.ts`, `**/${name}.ts`],
            message: 'Name the file after its concept.',
          })),
        },
      ],
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true, allowBoolean: true }],
      '@typescript-eslint/consistent-type-imports': ['error', { fixStyle: 'separate-type-imports' }],
      '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
      '@typescript-eslint/prefer-readonly': 'error',
    },
  },
  {
    files: ['**/*.ts'],
    // The throw-away fleet hands its own PATH and HOME on to processes that get nothing else of the environment.
    // So do preloads of drills, which run in processes of a fleet that know nothing of them.
    ignores: [
      ...['**/main.ts', '**/*.test.ts', 'tests/**', 'infra/**', '**/generate-*.ts', 'packages/throwaway-fleet/**'],
      'packages/drills/src/**/*-process.ts',
    ],
    rules: {
      'no-restricted-properties': [
        'error',
        { object: 'process', property: 'env', message: 'Only main.ts reads the environment.' },
        { object: 'process', property: 'exit', message: 'Only main.ts exits.' },
      ],
    },
  },
  {
    files: ['**/*.test.ts', '**/*-conformance.ts', '**/conformance/**/*.ts', 'tests/**/*.ts'],
    extends: [jest.configs['flat/recommended']],
    settings: { jest: { globalPackage: '@jest/globals' } },
    rules: {
      'max-lines-per-function': 'off',
      'jest/expect-expect': ['error', { assertFunctionNames: ['expect', 'expect*', 'fc.assert', 'assert*'] }],
      'jest/no-standalone-expect': 'off',
      'jest/no-conditional-expect': 'off',
      'jest/valid-title': 'off',
      'jest/no-disabled-tests': 'off',
      'jest/no-export': 'off',
    },
  },
);
