import tseslint from 'typescript-eslint';

const browserGlobals = ['window', 'document', 'navigator', 'location', 'history', 'localStorage', 'HTMLElement'].map(
  (name) => ({
    name,
    message: 'Browser code lives in src/web.',
  }),
);

export default tseslint.config(
  { ignores: ['dist', 'coverage', 'temp', '**/fixtures/**'] },
  ...tseslint.configs.recommended,
  {
    rules: {
      'no-restricted-properties': [
        'error',
        {
          object: 'URL',
          property: 'canParse',
          message: 'Node 20 denies non-ASCII hosts once the calling function is compiled: use parseUrl of src/check.',
        },
      ],
    },
  },
  {
    files: ['src/**/*.ts', '__tests__/**/*.ts', 'examples/**/*.ts'],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/no-misused-promises': ['error', { checksVoidReturn: false }],
      '@typescript-eslint/consistent-type-imports': ['error', { fixStyle: 'inline-type-imports' }],
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_' }],
    },
  },
  {
    files: ['src/**/*.ts'],
    rules: {
      'no-console': 'error',
      eqeqeq: ['error', 'always', { null: 'ignore' }],
      'max-lines': ['error', { max: 250 }],
    },
  },
  {
    files: ['src/**/*.ts'],
    ignores: ['src/web/**', 'src/sandbox/pages/**'],
    rules: { 'no-restricted-globals': ['error', ...browserGlobals] },
  },
  { files: ['**/*.cjs'], rules: { '@typescript-eslint/no-require-imports': 'off' } },
);
