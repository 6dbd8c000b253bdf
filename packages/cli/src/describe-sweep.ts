import type { Command } from 'commander';
import type { SweepOptions } from './commands/sweep.js';
import * as options from './options.js';
import { subcommand } from './subcommand.js';

/** Adds the command that runs an experiment with many settings. */
export function describeSweep(program: Command, actions: { sweep(file: string, options: SweepOptions): Promise<void> }): void {
  subcommand(program, 'sweep')
    .description('run an experiment for each combination of some values, and compare bytes with what students learn')
    .argument('<file>', 'YAML or JSON file of an experiment, with --sweep, or of a sweep')
    .addOption(options.sweep())
    .addOption(options.set('override a value of every member, as in --set evaluation.seeds=1'))
    .option('--out <folder>', 'folder of the sweep (default: sweeps/ and the name of the file)')
    .option('--resume', 'go on with the sweep in the folder, which may be given more members')
    .option('--fail-fast', 'stop at the first member that fails (default: the others run)')
    .addOption(
      options.count(
        '--at-once <count>',
        'members that run at the same time, with a share of threads and memory each (default: one per core)',
        1,
      ),
    )
    .addOption(options.executor())
    .addOption(options.dataDirectory())
    .addOption(options.quiet())
    .addHelpText('after', sweepHelp)
    .action(actions.sweep);
}

const sweepHelp = `
A file of a sweep names its experiment, and a grid, a random search, or both (each combination with each draw):

  experiment: ./experiment.yaml
  set: [evaluation.seeds=1]
  grid: { synthetic.sequences: [1, 5, 10], seed: [1, 2] }
  random: { count: 20, seed: 1, over: { training.learningRate: { from: 0.001, to: 0.1, scale: log }, synthetic.rank: [8, 16] } }

Each member is a run below the folder; a teacher and students that are the same for several of them are trained once. With the
executor inline members run one after the other, unless --at-once says otherwise. sweep.csv, sweep.json,
sweep.html and frontier.svg are written after each member. The member that is marked is best on validation; test chooses nothing. See docs/scale.md.`;
