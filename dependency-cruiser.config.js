/**
 * The rooms of packages/core/src, from the bottom up: a file imports from its own room and from those below it, types
 * included. What the rooms hold is told in docs/architecture.md.
 */
const rooms = [
  ...[
    'errors.ts',
    'version.ts',
    'platform',
    'random',
    'options',
    'program',
    'storage',
    'data',
    'model',
    'report',
    'engine',
    'optimizer',
    'unroll',
    'estimate',
  ],
  ...[
    'synthetic',
    'training',
    'evaluation',
    'generation',
    'student',
    'distill',
    'executor',
    'plugin',
    'config',
    'run',
    'experiment',
    'testing',
  ],
];

const room = (/** @type {string} */ name) => `^packages/core/src/${name.replace('.', '\\.')}${name.endsWith('.ts') ? '$' : '/'}`;

/** Sources of a package that no entry point is. */
const insidePackage = '^packages/[^/]+/(src/(?!index\\.ts$|errors\\.ts$|testing/index\\.ts$)|test/)';

/** @type {import('dependency-cruiser').IConfiguration} */
export default {
  forbidden: [
    {
      name: 'no-circle',
      severity: 'error',
      comment: 'Move what both need to a place below them.',
      from: {},
      to: { circular: true },
    },
    ...rooms.slice(0, -1).map((name, index) => ({
      name: `no-import-upwards-from-${name.replace('.ts', '')}`,
      severity: /** @type {const} */ ('error'),
      comment: `${name} lies below: pass the thing in, or move it down.`,
      from: { path: room(name), pathNot: '\\.test\\.ts$' },
      to: { path: rooms.slice(index + 1).map(room) },
    })),
    {
      name: 'no-way-around-entry-points',
      severity: 'error',
      comment: 'Packages use what other packages publish.',
      from: { path: '^packages/([^/]+)/' },
      to: { path: insidePackage, pathNot: '^packages/$1/' },
    },
    {
      name: 'no-way-around-entry-points-outside-of-packages',
      severity: 'error',
      comment: 'Benchmarks, examples, scripts and tests use what packages publish; reliability/ troubles what is behind that, too.',
      from: { pathNot: '^(packages|reliability)/' },
      to: { path: insidePackage },
    },
    {
      name: 'no-inversify-below-plugin',
      severity: 'error',
      comment: 'Nothing below plugin/ knows the container.',
      from: { path: '^packages/core/src/', pathNot: '^packages/core/src/(plugin|experiment|testing)/|^packages/core/src/index\\.ts$' },
      to: { path: 'node_modules/inversify' },
    },
  ],
  options: {
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '(^|/)dist/' },
    enhancedResolveOptions: { extensions: ['.ts', '.js', '.mjs', '.json'], conditionNames: ['import', 'types', 'default'] },
  },
};
