import { durationText, type Summary } from '@farzi/core';
import { countText, percentText } from './format.js';
import { wholeSequences } from './results.js';

/** A label and what is told under it. */
export type Fact = readonly [label: string, text: string];

/** What belongs beside a table of results. */
export function facts(summary: Summary, runDirectory: string): Fact[] {
  const { dataset, synthetic, distillation } = summary;
  const { sizes, whole, events } = dataset.users === undefined ? textTerms(summary) : userTerms(summary);
  const shape = `${countText(synthetic.sequences)} sequences of ${countText(synthetic.length)}, rank ${synthetic.rank}, ${synthetic.inputs} inputs`;
  const share = `${percentText(synthetic.fractionOfSequences)} as many as ${whole}, ${percentText(synthetic.fractionOfEvents)} of the ${events}`;
  const stored = `${countText(synthetic.storedNumbers)} stored numbers, ${percentText(synthetic.fractionOfNumbers)} of the number of ${events}`;
  const steps = `${countText(distillation.outerSteps)} outer steps of ${countText(distillation.innerSteps)} inner steps, step ${distillation.selectedStep} chosen on validation, ${distillation.skippedSteps} skipped`;
  return [
    ['Dataset', `${dataset.id}: ${sizes}`],
    ['Synthetic data', `${shape}: ${share}; ${stored}`],
    [
      'Distillation',
      `${durationText(distillation.seconds)} with the teacher; ${steps}; peak memory ${countText(distillation.peakRssMB)} MB; engine ${distillation.engine}`,
    ],
    ['Run directory', runDirectory],
  ];
}

/** The words of a task: a dataset's sizes, what synthetic sequences and their positions are counted against. */
interface Terms {
  readonly sizes: string;
  readonly whole: string;
  readonly events: string;
}

function userTerms({ dataset }: Summary): Terms {
  const sizes = `${countText(dataset.users)} users, ${countText(dataset.items)} items, ${countText(dataset.events)} events`;
  return { sizes, whole: 'users', events: 'events' };
}

/** A text may be one document or many: what is counted are the windows that it is cut into. */
function textTerms(summary: Summary): Terms {
  const { documents, vocabulary, events } = summary.dataset;
  const texts = documents === 1 ? '1 document' : `${countText(documents)} documents`;
  return {
    sizes: `${texts}, ${countText(events)} tokens, vocabulary ${countText(vocabulary)}`,
    whole: `the text's ${countText(wholeSequences(summary))} windows`,
    events: 'tokens',
  };
}
