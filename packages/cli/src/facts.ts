import type { Summary } from '@farzi/core';
import { countText, durationText, percentText } from './format.js';

/** A label and what is told under it. */
export type Fact = readonly [label: string, text: string];

/** What belongs beside a table of results. */
export function facts({ dataset, synthetic, distillation }: Summary, runDirectory: string): Fact[] {
  const [sequences, tokens] = dataset.users === undefined ? ['documents', 'vocabulary'] : ['users', 'items'];
  const sizes = `${countText(dataset.users ?? dataset.documents)} ${sequences}, ${countText(dataset.items ?? dataset.vocabulary)} ${tokens}, ${countText(dataset.events)} events`;
  const shape = `${countText(synthetic.sequences)} sequences of ${countText(synthetic.length)}, rank ${synthetic.rank}, ${synthetic.inputs} inputs`;
  const share = `${percentText(synthetic.fractionOfSequences)} as many as ${sequences}; ${countText(synthetic.storedNumbers)} stored numbers, ${percentText(synthetic.fractionOfNumbers)} of the number of events`;
  const steps = `${countText(distillation.outerSteps)} outer steps of ${countText(distillation.innerSteps)} inner steps, step ${distillation.selectedStep} chosen on validation, ${distillation.skippedSteps} skipped`;
  return [
    ['Dataset', `${dataset.id}: ${sizes}`],
    ['Synthetic data', `${shape}: ${share}`],
    [
      'Distillation',
      `${durationText(distillation.seconds)} with the teacher; ${steps}; peak memory ${countText(distillation.peakRssMB)} MB; engine ${distillation.engine}`,
    ],
    ['Run directory', runDirectory],
  ];
}
