import { type DefaultTheme, defineConfig } from 'vitepress';
import { pageOf } from './pages.js';
import { sources } from './sources.js';

/** Where the site will be: `/` or, below something else, `/farzi/`. */
const base = process.env['FARZI_SITE_BASE'] ?? '/';
const linked = sources(base);

const items = (pages: Readonly<Record<string, string>>): DefaultTheme.NavItemWithLink[] =>
  Object.entries(pages).map(([text, link]) => ({ text, link }));

export default defineConfig({
  title: 'Farzi',
  description: 'Autoregressive data distillation for TypeScript.',
  lang: 'en',
  base,
  // pages stay where readers of the repository find them, README files among them
  srcDir: '..',
  srcExclude: [
    '**/node_modules/**',
    '**/dist/**',
    '.*/**',
    'runs/**',
    'docs/api/**',
    '**/CHANGELOG.md',
    '**/templates/**',
    '**/fixtures/**',
  ],
  rewrites: pageOf,
  cleanUrls: true,
  markdown: { config: linked.markdown },
  buildEnd: linked.copy,
  themeConfig: {
    search: { provider: 'local' },
    outline: [2, 3],
    nav: items({ Guide: '/', Plugins: '/plugins/', Reference: '/configuration', Results: '/results/' }),
    sidebar: [
      { text: 'Start', items: items({ Quickstart: '/', 'The command': '/packages/cli/', Data: '/packages/datasets/' }) },
      { text: 'Concepts', items: items({ Architecture: '/architecture', 'The mathematics': '/numerics' }) },
      {
        text: 'Guides',
        items: items({
          Exporting: '/export',
          'Scaling out': '/scale',
          Performance: '/performance',
          Reliability: '/reliability',
          GPUs: '/gpu',
          'Networks that reach little': '/air-gapped',
          'Reading in Python': '/interop/python/',
        }),
      },
      {
        text: 'Plugins',
        items: [
          ...items({ 'Writing one': '/plugins/' }),
          {
            text: 'Kinds',
            collapsed: true,
            items: items({
              Model: '/plugins/model',
              Dataset: '/plugins/dataset',
              Metric: '/plugins/metric',
              Optimizer: '/plugins/optimizer',
              'Meta-optimizer': '/plugins/meta-optimizer',
              Initialisation: '/plugins/initialisation',
              Arm: '/plugins/arm',
              Engine: '/plugins/engine',
              Reporter: '/plugins/reporter',
              Executor: '/plugins/executor',
              Store: '/plugins/store',
              Schedule: '/plugins/schedule',
              Trajectory: '/plugins/trajectory',
              'Storage codec': '/plugins/codec',
              'Parts of an experiment': '/plugins/services',
            }),
          },
        ],
      },
      {
        text: 'Reference',
        items: [
          ...items({
            Configuration: '/configuration',
            Commands: '/cli',
            Errors: '/errors',
            Ops: '/ops',
            'File format': '/format',
            API: '/reference/',
          }),
        ],
      },
      {
        text: 'Results',
        items: items({
          Overview: '/results/',
          Quickstart: '/results/quickstart',
          'The frontier': '/results/frontier',
          'Full data at its best': '/results/full-data',
          'Rivals and other students': '/results/rivals',
          'What carries the outer loop': '/results/outer-loop',
          'MovieLens 100k': '/results/ml-100k',
          'Fewer bits': '/results/codecs',
          'Penn Treebank': '/results/penn-treebank',
          'Tiny Shakespeare': '/results/tiny-shakespeare',
        }),
      },
      { text: 'Project', items: items({ Contributing: '/CONTRIBUTING', Security: '/SECURITY', Conduct: '/CODE_OF_CONDUCT' }) },
    ],
  },
});
