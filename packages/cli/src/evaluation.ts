import { type Dataset, evaluationSentences, type ResolvedExperiment, type Student } from '@farzi/core';
import { columns } from './columns.js';
import { countText } from './format.js';

/** How a student did on a dataset. */
export interface Evaluation {
  readonly dataset: string;
  readonly testCases: number;
  /** Sentences that belong beside the numbers. */
  readonly protocol: readonly string[];
  readonly metrics: Readonly<Record<string, number>>;
}

/** What is told of an evaluation. */
export function evaluationOf(
  experiment: ResolvedExperiment,
  dataset: Dataset,
  { maxLength }: Pick<Student, 'maxLength'>,
  metrics: Readonly<Record<string, number>>,
): Evaluation {
  const protocol = evaluationSentences(experiment, dataset, maxLength);
  return { dataset: dataset.id, testCases: dataset.test.length, protocol, metrics };
}

/** The same for people. */
export function evaluationText({ dataset, testCases, protocol, metrics }: Evaluation): string {
  const rows = Object.entries(metrics).map(([key, value]) => [`  ${key}`, value.toFixed(Math.abs(value) >= 100 ? 1 : 4)]);
  return `On ${dataset}, ${countText(testCases)} test cases:\n${columns(rows)}Protocol:\n${protocol.map((line) => `  - ${line}\n`).join('')}`;
}
