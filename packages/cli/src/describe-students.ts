import { type Command, Option } from 'commander';
import { arms } from './arms.js';
import type { EvaluateOptions } from './commands/evaluate.js';
import type { GenerateOptions } from './commands/generate.js';
import type { RecommendOptions } from './commands/recommend.js';
import type { TrainOptions } from './commands/train.js';
import { notNegative, positive, words } from './option-values.js';
import * as options from './options.js';
import { subcommand } from './subcommand.js';

/** The commands that make and use students. */
export interface StudentActions {
  train(path: string, options: TrainOptions): Promise<void>;
  evaluate(path: string, options: EvaluateOptions): Promise<void>;
  recommend(path: string, options: RecommendOptions): Promise<void>;
  generate(path: string, options: GenerateOptions): Promise<void>;
}

const PLUGIN = 'load a plugin, a package or a path, such as one that brings the model';

/** Adds the commands that make and use students. */
export function describeStudents(program: Command, { train, evaluate, recommend, generate }: StudentActions): void {
  subcommand(program, 'train')
    .description('train a student on distilled data, and write it to a file')
    .argument('<data>', '*.farzi file or run directory')
    .requiredOption('--model <id>', 'model to train: farzi plugins lists models')
    .addOption(options.set('set an option of the model, as in --set hiddenSize=64'))
    .requiredOption('--out <file>', 'file for the student, such as student.safetensors')
    .addOption(options.count('--seed <number>', 'seed of the initial weights and of the order of batches', 0, 1))
    .addOption(new Option('--learning-rate <number>', 'learning rate (default: what distillation found best)').argParser(positive))
    .addOption(options.count('--steps <count>', 'steps of training (default: what distillation found best)', 1))
    .addOption(options.count('--batch-size <count>', 'sequences per step (default: 64)', 1))
    .option('--evaluate <config>', "evaluate the student on the test of an experiment's dataset, as the experiment does")
    .addOption(options.dataDirectory())
    .addOption(options.engine('auto'))
    .addOption(options.threads('0'))
    .addOption(options.plugin(PLUGIN))
    .addOption(options.quiet())
    .addOption(options.json())
    .action(train);
  subcommand(program, 'evaluate')
    .description("evaluate a student on the test of an experiment's dataset, as the experiment evaluates its own")
    .argument('<student>', 'student file')
    .requiredOption('--dataset <config>', 'YAML or JSON file of the experiment; its dataset, evaluation and plugins are used')
    .addOption(options.set('override a value of the experiment, as in --set dataset.minimumItemEvents=20'))
    .addOption(options.metric())
    .addOption(options.dataDirectory())
    .addOption(options.engine('auto'))
    .addOption(options.threads('0'))
    .addOption(options.plugin(PLUGIN))
    .addOption(options.json())
    .action(evaluate);
  subcommand(program, 'recommend')
    .description('list what a student expects after a history')
    .argument('<student>', 'student file')
    .requiredOption('--history <items>', 'items in the order of time, with commas between them: names, or titles in any case')
    .addOption(options.count('--top <count>', 'items to list', 1, 10))
    .addOption(options.engine('auto'))
    .addOption(options.threads('0'))
    .addOption(options.plugin(PLUGIN))
    .addOption(options.json())
    .action(recommend);
  describeGenerate(program, generate);
}

function describeGenerate(program: Command, generate: StudentActions['generate']): void {
  subcommand(program, 'generate')
    .description('continue a prompt with a student of a text, or with those of a run, trained on distilled and on full data')
    .argument('<path>', 'run directory, or student file')
    .requiredOption('--prompt <text>', 'text to go on from')
    .addOption(options.count('--tokens <count>', 'tokens to add', 1, 60))
    .addOption(
      new Option('--temperature <number>', 'below 1 the likely becomes likelier; 0 takes the likeliest')
        .argParser(notNegative)
        .default(0.8),
    )
    .addOption(options.count('--top-k <count>', 'draw from this many of the likeliest tokens', 1, 40))
    .addOption(options.count('--seed <number>', 'seed of the draws, the same for each student', 0, 1))
    .addOption(
      new Option(
        '--data <kinds>',
        `kinds of data students of a run were trained on, with commas or repeated (default: ${arms.distilled},${arms.full})`,
      ).argParser(words),
    )
    .addOption(options.engine("the run's, or auto"))
    .addOption(options.threads("the run's, or 0"))
    .addOption(options.plugin())
    .action(generate);
}
