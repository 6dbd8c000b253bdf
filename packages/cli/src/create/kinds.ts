/** Kinds of plugins that there are templates for, and what is said about a new one. */
export const pluginKinds = {
  model: 'A model for Farzi.',
  dataset: 'A dataset for Farzi.',
  metric: 'A metric for Farzi.',
  'meta-optimizer': 'A meta-optimizer for Farzi.',
  optimizer: 'An optimizer for Farzi.',
  initialisation: 'A start of synthetic data for Farzi.',
  arm: 'An arm of comparisons for Farzi.',
  schedule: 'A schedule of learning rates for Farzi.',
  trajectory: 'A way back through trainings for Farzi.',
  codec: 'A storage codec for Farzi.',
  executor: 'An executor of jobs for Farzi.',
  reporter: 'A reporter for Farzi.',
  engine: 'An engine for Farzi.',
} as const;

export type PluginKind = keyof typeof pluginKinds;
