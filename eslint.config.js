import eslint from '@eslint/js';
import { defineConfig, globalIgnores } from 'eslint/config';
import tseslint from 'typescript-eslint';

const noDefaultExport = {
  selector: 'ExportDefaultDeclaration, ExportSpecifier[exported.name="default"]',
  message: 'Export by name; only plugins and configuration files have a default export.',
};

const SENTENCE =
  'A message is one or more sentences: a capital letter first (after a place or key and a colon, if need be), a full stop last.';

const coded = 'NewExpression[callee.name="FarziError"] > .arguments:nth-child(2)';

/** Where messages are written. */
const messages = [
  coded,
  'NewExpression[callee.name=/^(Type|Range|Conformance)?Error$/] > .arguments:nth-child(1)',
  'CallExpression[callee.name=/^(check|invariant)$/] > .arguments:nth-child(2)',
  'CallExpression[callee.property.name="emit"][arguments.0.value="onNote"] > .arguments:nth-child(2)',
  'CallExpression[callee.property.name="onNote"] > .arguments:nth-child(1)',
  'Property[key.name="hint"] > .value',
];

const UNLIKE_A_START = '^[a-z](?![\\w.-]*: [A-Z])';

const wholeSentences = messages
  .flatMap((place) => [place, `${place} > .consequent`, `${place} > .alternate`])
  .flatMap((place) => [
    `${place}[value=/${UNLIKE_A_START}|[^.?]$/]`,
    `${place} > TemplateElement:first-child[value.raw=/${UNLIKE_A_START}/]`,
    `${place} > TemplateElement[value.raw=''] + TemplateElement[value.raw=/^: [a-z]/]`,
    // What follows a full stop is a sentence by itself.
    `${place} > TemplateElement:not([value.raw=/[.] $/]) + TemplateElement[tail=true]:not([value.raw=/[.?]$/])`,
  ])
  // A path or a name is no beginning of a sentence: it has a noun before it, or a colon after it.
  .concat(`${coded} > TemplateElement:first-child[value.raw=''] + TemplateElement:not([value.raw=/^(:|[A-Z])/])`)
  .map((selector) => ({ selector, message: SENTENCE }));

const onnxRuntimeWithTelemetry = {
  selector: 'ImportExpression[source.value="onnxruntime-node"], ImportDeclaration[importKind="value"][source.value="onnxruntime-node"]',
  message: 'Load it with onnxRuntime(), which turns its telemetry off first.',
};

export default defineConfig(
  globalIgnores(['**/dist/', 'packages/cli/templates/plugin/', '**/coverage/', '**/runs/', '**/generated/', 'docs/.vitepress/cache/']),
  eslint.configs.recommended,
  tseslint.configs.strictTypeChecked,
  {
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    linterOptions: { reportUnusedDisableDirectives: 'error' },
    rules: {
      eqeqeq: 'error',
      // The compiler knows which names exist, in JavaScript files too.
      'no-undef': 'off',
      'no-console': 'error',
      'no-restricted-properties': [
        'error',
        { object: 'Math', property: 'random', message: 'Draw from a named random stream: every run can be repeated.' },
      ],
      'no-restricted-syntax': ['error', noDefaultExport, onnxRuntimeWithTelemetry, ...wholeSentences],
      '@typescript-eslint/consistent-type-imports': ['error', { fixStyle: 'inline-type-imports', disallowTypeAnnotations: false }],
      '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],

      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', ignoreRestSiblings: true }],
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true, allowBoolean: true }],
      // Does not see that a callback set a variable: flags the test that follows as always false.
      '@typescript-eslint/no-unnecessary-condition': 'off',
      // Compares every assigned class type member by member: ten times the time of all other rules together.
      '@typescript-eslint/no-unsafe-class-instance-assignment': 'off',
      // A third of the time of all other rules, and there are no enums here.
      '@typescript-eslint/no-unsafe-enum-assignment': 'off',
      // An interface may be asynchronous where one implementation of it is not.
      '@typescript-eslint/require-await': 'off',
      // Definitions are plain objects, whose functions do not use `this`.
      '@typescript-eslint/unbound-method': 'off',
      // A type parameter used once still documents what the caller gets.
      '@typescript-eslint/no-unnecessary-type-parameters': 'off',
    },
  },
  {
    name: 'default exports',
    files: ['**/*.config.{ts,js}', 'packages/*/src/index.ts', 'packages/cli/templates/kinds/**', 'examples/**', 'docs/.vitepress/**'],
    rules: { 'no-restricted-syntax': ['error', onnxRuntimeWithTelemetry, ...wholeSentences] },
  },
  {
    name: 'loads ONNX Runtime',
    files: ['packages/core/src/engine/onnx/runtime.ts'],
    rules: { 'no-restricted-syntax': ['error', noDefaultExport, ...wholeSentences] },
  },
  {
    name: 'talks to the terminal',
    files: ['packages/cli/src/**', 'scripts/**', 'packages/*/scripts/**', 'bench/**', 'examples/**'],
    rules: { 'no-console': 'off' },
  },
  {
    name: 'JavaScript',
    files: ['**/*.{js,mjs}'],
    // Casts are comments there, which the compiler reads and the linter does not.
    rules: { '@typescript-eslint/no-unsafe-assignment': 'off', '@typescript-eslint/no-unsafe-return': 'off' },
  },
  {
    name: 'tests',
    files: ['**/*.test.ts', 'packages/*/test/**', 'test/**'],
    rules: {
      'no-restricted-syntax': ['error', noDefaultExport],
      // Tests look at parsed JSON and at rejections.
      '@typescript-eslint/no-unsafe-argument': 'off',
      '@typescript-eslint/no-unsafe-assignment': 'off',
      '@typescript-eslint/no-unsafe-member-access': 'off',
    },
  },
);
