import { stringify } from 'yaml';

/** What a new experiment is about. */
export interface NewExperiment {
  readonly task: 'recommendation' | 'language';
  /** Of the data set: its id and options. */
  readonly dataset: Readonly<Record<string, unknown>>;
  /** What was found in the data, in a sentence. */
  readonly found: string;
  /** How the file is called in commands. */
  readonly file: string;
}

/** A commented experiment on some data. */
export function experimentText({ task, dataset, found, file }: NewExperiment): string {
  return `# yaml-language-server: $schema=./node_modules/@farzi/cli/dist/experiment.schema.json
# ${found}
#   farzi validate ${file} --estimate    what a run is expected to take
#   farzi run ${file}
task: ${task}
seed: 1

${stringify({ dataset }).trimEnd()}

${task === 'recommendation' ? RECOMMENDATION : LANGUAGE}`;
}

const STORAGE = `  # columns of what each position is made of: more of them hold more, in more bytes
  rank: 32
  # the coarser the step, the fewer bytes; float32, int8, int4 and others: farzi plugins
  storage: { id: entropy, step: 0.2 }`;

const OUTER_STEPS = '  # more steps keep more, and take as much longer';

const RECOMMENDATION = `# the learner, the teacher, and the student unless others are listed: farzi plugins sasrec tells its options
model: { id: sasrec, hiddenSize: 32, blocks: 1, dropout: 0.2 }
# students: [sasrec, ...]                 models of other kinds to train on what is distilled

# the last items of a history that are read
maxLength: 50

synthetic:
  sequences: 10
${STORAGE}

distillation:
${OUTER_STEPS}
  outerSteps: 150
  validateEvery: 25
  validationStudents: 3

training:
  # several learning rates are tried, and chosen from on validation
  learningRate: [0.01, 0.003]

evaluation:
  # students with different seeds, for each kind of data
  seeds: 3
  # what distilled data are compared with: all data, their start, as many bytes of real sequences, ...
  arms: [full, distilled, teacher-init, random-equal-bytes, random, popularity]
`;

const LANGUAGE = `# the learner, the teacher, and the student unless others are listed: farzi plugins transformer-lm tells its options
model: { id: transformer-lm, width: 64, blocks: 2, heads: 2 }

# tokens that are read at once
maxLength: 64

synthetic:
  # windows of maxLength tokens
  sequences: 50
${STORAGE}

distillation:
${OUTER_STEPS}
  outerSteps: 100
  validateEvery: 25

training:
  # several learning rates are tried, and chosen from on validation
  learningRate: [0.003, 0.001]

evaluation:
  # students with different seeds, for each kind of data
  seeds: 3
  # what distilled data are compared with: all data, their start, as many bytes of real windows, ...
  arms: [full, distilled, teacher-init, random-equal-bytes, random]
`;
