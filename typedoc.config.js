/** The API's pages of the documentation site, from the packages' docstrings. */
export default {
  plugin: ['typedoc-plugin-markdown'],
  entryPoints: [
    'packages/core/src/index.ts',
    'packages/core/src/testing/index.ts',
    'packages/core/src/browser.ts',
    'packages/datasets/src/index.ts',
    'packages/models-sasrec/src/index.ts',
    'packages/models-transformer-lm/src/index.ts',
    'packages/executor-bullmq/src/index.ts',
    'packages/store-s3/src/index.ts',
    'packages/reporter-tensorboard/src/index.ts',
  ],
  tsconfig: 'tsconfig.json',
  out: 'docs/reference',
  name: 'API',
  readme: 'none',
  disableSources: true,
  excludePrivate: true,
  excludeInternal: true,
  excludeExternals: true,
  hideBreadcrumbs: true,
  hidePageHeader: true,
  router: 'member',
  // types are checked by npm test
  skipErrorChecking: true,
  logLevel: 'Warn',
};
