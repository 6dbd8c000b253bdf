import { durationText, meanAndDeviation, type Summary } from '@farzi/core';
import { arms } from './arms.js';
import { counted, countText, percentText, secondsText, signedText } from './format.js';
import { wholeSequences } from './results.js';

/** A label and what is told under it. */
export type Fact = readonly [label: string, text: string];

/** What belongs beside a table of results. */
export function facts(summary: Summary, runDirectory: string): Fact[] {
  const { dataset, synthetic, distillation } = summary;
  const { sizes, whole, events } = dataset.users === undefined ? textTerms(summary) : userTerms(summary);
  const shape = `${counted(synthetic.sequences, 'sequence')} of ${countText(synthetic.length)}, rank ${synthetic.rank}, ${synthetic.inputs} inputs`;
  const share = `${percentText(synthetic.fractionOfSequences)} as many as ${whole}, ${percentText(synthetic.fractionOfEvents)} of the ${events}`;
  const stored = `${countText(synthetic.storedNumbers)} stored numbers, ${percentText(synthetic.fractionOfNumbers)} of the number of ${events}`;
  // what matches something else than a training has no inner steps
  const inner = distillation.innerSteps === 0 ? '' : ` of ${counted(distillation.innerSteps, 'inner step')}`;
  const skipped = distillation.skippedSteps === 0 ? '' : `, ${distillation.skippedSteps} skipped`;
  const chosen = distillation.outerSteps === 0 ? '' : `, step ${distillation.selectedStep} chosen on validation`;
  const steps = `${counted(distillation.outerSteps, 'outer step')}${inner}${chosen}${skipped}`;
  return [
    ['Dataset', `${dataset.id}: ${sizes}`],
    ['Synthetic data', `${shape}: ${share}; ${stored}`],
    ['Bytes', bytesText(summary, events)],
    ...differences(summary),
    ...groups(summary),
    [
      'Distillation',
      `${durationText(distillation.seconds)} with the teacher; ${steps}; peak memory ${countText(distillation.peakRssMB)} MB; engine ${distillation.engine}`,
    ],
    ...cost(summary),
    ['Run directory', runDirectory],
  ];
}

/** After how many trainings distillation has cost less than they would have on the full data. */
function cost({ results, distillation }: Summary): Fact[] {
  const student = results[0]?.student;
  const secondsOn = (arm: string): number => {
    const trained = results.filter((result) => result.student === student && result.data === arm && result.trainingSteps !== undefined);
    return meanAndDeviation(trained.map(({ trainingSeconds }) => trainingSeconds)).mean;
  };
  const [full, distilled] = [secondsOn(arms.full), secondsOn(arms.distilled)];
  if (full === 0 || distilled === 0) return [];
  const trainings = Math.ceil(distillation.seconds / (full - distilled));
  const worth = full > distilled ? `distilling has paid after ${counted(trainings, 'training')}` : 'distilling saves no time';
  return [
    [
      'Cost',
      `one training takes ${secondsText(distilled)} s on ${arms.distilled} and ${secondsText(full)} s on ${arms.full} data: ${worth}`,
    ],
  ];
}

/** What of a difference between arms is more than a matter of which users were tested. */
function differences({ comparisons = [] }: Summary): Fact[] {
  const several = new Set(comparisons.map(({ student }) => student)).size > 1;
  const [{ metric } = { metric: '' }] = comparisons;
  const each = comparisons.map(({ student, against, difference, low, high }) => {
    const whose = several ? `${student} on ${against}` : against;
    return `${whose} ${signedText(difference)} (${signedText(low)} to ${signedText(high)})`;
  });
  if (each.length === 0) return [];
  return [
    [
      'Differences',
      `${metric} of distilled minus that of ${each.join(', ')}; in brackets 95 % of the times that test users are drawn again`,
    ],
  ];
}

/** What distilled data keep of the full data's metric for some of the users and targets. */
function groups({ groups: all = [] }: Summary): Fact[] {
  const several = new Set(all.map(({ student }) => student)).size > 1;
  const each = all.flatMap(({ student, group, about, cases, values }) => {
    const [full, distilled] = [values[arms.full], values[arms.distilled]];
    if (full === undefined || distilled === undefined || full === 0) return [];
    const whose = several ? `${student}, ${group}` : group;
    return `${whose} ${percentText(distilled / full)} (${counted(cases, 'user')}; ${about})`;
  });
  return each.length === 0 ? [] : [['Groups', `${all[0]?.metric ?? ''} of ${arms.distilled} against ${arms.full}: ${each.join(', ')}`]];
}

/** What is stored, against the training events in two forms. */
function bytesText({ synthetic }: Summary, events: string): string {
  const { bytes, bytesOf, bytesOfIds, bytesOfEvents, fractionOfBytes } = synthetic;
  const { latents, decoder, inputs, weights, description, vocabulary } = bytesOf;
  const parts = { latents, decoder, inputs, weights, description };
  const named = Object.entries(parts).flatMap(([name, count]) => (count === 0 ? [] : [`${name} ${countText(count)}`]));
  const shares = [
    `${percentText(fractionOfBytes)} of the training ${events} compressed by brotli (${countText(bytesOfEvents)})`,
    `${percentText(bytes / bytesOfIds)} of them as ids of a fixed width (${countText(bytesOfIds)})`,
  ];
  return `${countText(bytes)} (${named.join(', ')}): ${shares.join(', ')}; names of tokens ${countText(vocabulary)} apart`;
}

/** The words of a task: a dataset's sizes, what synthetic sequences and their positions are counted against. */
interface Terms {
  readonly sizes: string;
  readonly whole: string;
  readonly events: string;
}

function userTerms({ dataset }: Summary): Terms {
  const sizes = `${counted(dataset.users, 'user')}, ${counted(dataset.items, 'item')}, ${counted(dataset.events, 'event')}`;
  return { sizes, whole: 'users', events: 'events' };
}

/** A text may be one document or many: what is counted are the windows that it is cut into. */
function textTerms(summary: Summary): Terms {
  const { documents, vocabulary, events } = summary.dataset;
  return {
    sizes: `${counted(documents, 'document')}, ${counted(events, 'token')}, vocabulary ${countText(vocabulary)}`,
    whole: `the text's ${countText(wholeSequences(summary))} windows`,
    events: 'tokens',
  };
}
