import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { temporaryFolder } from './folder.js';
import { outcome } from './terminal.js';

const folder = temporaryFolder();
const valid = 'task: recommendation\ndataset: { id: movielens-small-2016 }\nmodel: { id: sasrec }\n';
const file = folder.write('valid.yaml', valid);
const plugin = (name: string, contribution: string, core = '*') =>
  folder.write(`${name}.mjs`, `export default { name: '${name}', core: '${core}', ${contribution} };\n`);
plugin('twin', "metrics: [{ id: 'mrr', tasks: ['recommendation'], cutoff: 'none', smallerIsBetter: false, start() {} }]");
plugin('future', '', '^99.0.0');
folder.write('throws.mjs', "throw new Error('broken on purpose');\n");
folder.write('empty.mjs', 'export {};\n');

/** What is printed to stderr, with the exit code before it. */
async function refused(...argv: readonly string[]): Promise<string> {
  const { exitCode, stdout, stderr } = await outcome(...argv);
  expect(stdout).toBe('');
  return `${exitCode} ${stderr}`.replaceAll(folder.path, '.');
}

describe('wrong usage', () => {
  it.each([
    [['rnu'], "2 error FARZI_USAGE: Unknown command 'rnu'.\nhint: Did you mean run?\nhint: See farzi --help.\n"],
    [['run'], "2 error FARZI_USAGE: Missing required argument 'config'.\nhint: See farzi run --help.\n"],
    [
      ['run', 'a.yaml', 'b.yaml'],
      "2 error FARZI_USAGE: Too many arguments for 'run'. Expected 1 argument but got 2.\nhint: See farzi run --help.\n",
    ],
    [
      ['run', file, '--ovewrite'],
      "2 error FARZI_USAGE: Unknown option '--ovewrite'.\nhint: Did you mean --overwrite?\nhint: See farzi run --help.\n",
    ],
    [['run', file, '--out'], "2 error FARZI_USAGE: Option '--out <folder>' argument missing.\nhint: See farzi run --help.\n"],
    [
      ['run', file, '--resume', '--overwrite'],
      "2 error FARZI_USAGE: Option '--resume' cannot be used with option '--overwrite'.\nhint: See farzi run --help.\n",
    ],
    [
      ['run', file, '--set', 'seed'],
      '2 error FARZI_USAGE: --set seed: It is not of the form key=value.\nhint: Write for example --set synthetic.sequences=50; keys inside each other are joined with dots.\n',
    ],
    [['inspect'], "2 error FARZI_USAGE: Missing required argument 'run'.\nhint: See farzi inspect --help.\n"],
    [['train', 'x', '--out', 'y'], "2 error FARZI_USAGE: Required option '--model <id>' not specified.\nhint: See farzi train --help.\n"],
    [['train', 'x', '--model', 'y'], "2 error FARZI_USAGE: Required option '--out <file>' not specified.\nhint: See farzi train --help.\n"],
    [['evaluate', 'x'], "2 error FARZI_USAGE: Required option '--dataset <config>' not specified.\nhint: See farzi evaluate --help.\n"],
    [['recommend', 'x'], "2 error FARZI_USAGE: Required option '--history <items>' not specified.\nhint: See farzi recommend --help.\n"],
    [['generate', 'x'], "2 error FARZI_USAGE: Required option '--prompt <text>' not specified.\nhint: See farzi generate --help.\n"],
  ])('%j', async (argv, message) => {
    expect(await refused(...argv)).toBe(message);
  });

  it.each([
    ['inspect', '--sequences <count>', '0', 'a whole number from 1 on'],
    ['inspect', '--positions <count>', '1.5', 'a whole number from 0 on'],
    ['inspect', '--top <count>', 'all', 'a whole number from 1 on'],
    ['inspect', '--seed <number>', '9007199254740993', 'a whole number from 0 on'],
    ['train', '--learning-rate <number>', '0', 'a number above 0'],
    ['train', '--learning-rate <number>', 'fast', 'a number above 0'],
    ['train', '--steps <count>', '0', 'a whole number from 1 on'],
    ['recommend', '--top <count>', '0', 'a whole number from 1 on'],
    ['generate', '--tokens <count>', '-1', 'a whole number from 1 on'],
    ['generate', '--temperature <number>', '-0.1', 'a number from 0 on'],
    ['generate', '--temperature <number>', 'warm', 'a number from 0 on'],
    ['generate', '--temperature <number>', '', 'a number from 0 on'],
    ['generate', '--temperature <number>', 'Infinity', 'a number from 0 on'],
    ['generate', '--top-k <count>', '0', 'a whole number from 1 on'],
    ['generate', '--seed <number>', '1e3', 'a whole number from 0 on'],
    ['generate', '--data <kinds>', 'full,,distilled', 'words with commas between them'],
    ['generate', '--threads <count>', 'two', 'a whole number from 0 on'],
  ])('farzi %s: %s is not %j', async (command, flags, value, expected) => {
    expect(await refused(command, 'x', flags.replace(/ .*/, ''), value)).toBe(
      `2 error FARZI_USAGE: Option '${flags}' argument '${value}' is invalid. It must be ${expected}.\nhint: See farzi ${command} --help.\n`,
    );
  });

  it('no command shows the help', async () => {
    expect(await refused()).toMatch(/^2 Usage: farzi \[options\] \[command\]\n/);
  });
});

describe('a configuration that cannot be used', () => {
  it.each([
    [
      'does not exist',
      'vaild.yaml',
      undefined,
      /^2 error FARZI_CONFIG_NOT_FOUND: The configuration file \.\/vaild\.yaml does not exist\.\nhint: Give the path of an experiment file: in \. there are .*\bvalid\.yaml/,
    ],
    [
      'is empty',
      'empty.yaml',
      '',
      /^2 error FARZI_CONFIG_INVALID: \.\/empty\.yaml:1:1: The file is empty\.\nhint: Write at least task, dataset and model\.\n$/,
    ],
    [
      'is not YAML',
      'syntax.yaml',
      `${valid}seed: [1\n`,
      /^2 error FARZI_CONFIG_SYNTAX: \.\/syntax\.yaml:5:1: Flow sequence .* end with a \]\.\n$/,
    ],
    [
      'has an unknown key',
      'key.yaml',
      `${valid}synthetic:\n  sequnces: 3\n`,
      /^2 error FARZI_CONFIG_UNKNOWN_KEY: \.\/key\.yaml:5:3: The key "sequnces" of synthetic is not known\.\nhint: Did you mean "sequences"\? The known keys are sequences, rank, .*\.\n$/,
    ],
    [
      'has a wrong type',
      'type.yaml',
      `${valid}seed: one\n`,
      /^2 error FARZI_CONFIG_INVALID: \.\/type\.yaml:4:7: The value of seed must be a whole number, but it is "one"\.\n$/,
    ],
    [
      'has a value out of range',
      'range.yaml',
      `${valid}evaluation: { seeds: 0 }\n`,
      /^2 error FARZI_CONFIG_INVALID: \.\/range\.yaml:4:22: The value of evaluation\.seeds must be >= 1, but it is 0\.\n$/,
    ],
    [
      'has several problems',
      'several.yaml',
      `${valid}seed: one\nthreads: -1\n`,
      /^2 error FARZI_CONFIG_INVALID:\n {2}\.\/several\.yaml:4:7: The value of seed must be a whole number, but it is "one"\.\n {2}\.\/several\.yaml:5:10: The value of threads must be >= 0, but it is -1\.\n$/,
    ],
    [
      'has an unknown option of a model',
      'option.yaml',
      valid.replace('sasrec', 'sasrec, hidenSize: 8'),
      /^2 error FARZI_CONFIG_UNKNOWN_KEY: \.\/option\.yaml:3:22: The key "hidenSize" of model is not known\.\nhint: Did you mean "hiddenSize"\? The known keys are hiddenSize, blocks, .*\.\n$/,
    ],
    [
      'has a wrong option of a dataset',
      'dataset.yaml',
      valid.replace('2016', '2016, minimumUserEvents: 2'),
      /^2 error FARZI_CONFIG_INVALID: \.\/dataset\.yaml:2:57: The value of dataset\.minimumUserEvents must be >= 3, but it is 2\.\n$/,
    ],
    [
      'names an unknown model',
      'model.yaml',
      valid.replace('sasrec', 'sasrek'),
      /^2 error FARZI_CONTRIBUTION_UNKNOWN: .*: No loaded plugin contributes the model "sasrek"\.\nhint: Did you mean "sasrec"\? Use one of sasrec, transformer-lm, or .*\.\n$/,
    ],
    [
      'names an unknown metric',
      'metric.yaml',
      `${valid}evaluation: { metrics: [hitrate@10] }\n`,
      /^2 error FARZI_CONTRIBUTION_UNKNOWN: .*: No loaded plugin contributes the metric "hitrate"\.\nhint: .*Use one of hr, ndcg, mrr, .*\.\n$/,
    ],
    [
      'leaves out a cutoff',
      'cutoff.yaml',
      `${valid}evaluation: { metrics: [hr] }\n`,
      /^2 error FARZI_CONFIG_INVALID: .*: The metric "hr" needs a whole positive cutoff, as in hr@10\.\n/,
    ],
    [
      'names a plugin that is not installed',
      'p1.yaml',
      `${valid}plugins: [farzi-not-there]\n`,
      /^2 error FARZI_PLUGIN_NOT_FOUND: The plugin farzi-not-there is not installed where \.\/p1\.yaml can find it\.\nhint: Run npm install farzi-not-there /,
    ],
    [
      'names a plugin file that is not there',
      'p2.yaml',
      `${valid}plugins: [./gone.mjs]\n`,
      /^2 error FARZI_PLUGIN_NOT_FOUND: The plugin \.\/gone\.mjs does not exist: there is no \.\/gone\.mjs\.\nhint: /,
    ],
    [
      'names a module that is no plugin',
      'p3.yaml',
      `${valid}plugins: [./empty.mjs]\n`,
      /^2 error FARZI_PLUGIN_INVALID: The module \.\/empty\.mjs .*does not export a plugin by default\.\nhint: /,
    ],
    [
      'names a plugin that throws',
      'p4.yaml',
      `${valid}plugins: [./throws.mjs]\n`,
      /^2 error FARZI_PLUGIN_INVALID: The plugin \.\/throws\.mjs .*fails when it is imported: broken on purpose, at .*throws\.mjs:\d+\.\n/,
    ],
    [
      'names a plugin for another core',
      'p5.yaml',
      `${valid}plugins: [./future.mjs]\n`,
      /^2 error FARZI_PLUGIN_CORE_RANGE: The plugin future wants @farzi\/core \^99\.0\.0, and this is \d\S*\.\n/,
    ],
    [
      'names a plugin with a taken id',
      'p6.yaml',
      `${valid}plugins: [./twin.mjs]\n`,
      /^2 error FARZI_PLUGIN_DUPLICATE_ID: The plugins @farzi\/core and twin both contribute the metric mrr\.\n/,
    ],
  ])('%s', async (_what, name, text, message) => {
    const path = text === undefined ? join(folder.path, name) : folder.write(name, text);
    expect(await refused('validate', path)).toMatch(message);
  });
});

describe('a folder that is no finished run', () => {
  it.each([
    ['inspect', join(folder.path, 'nowhere')],
    ['generate', join(folder.path, 'nowhere'), '--prompt', 'a'],
  ])('farzi %s says so', async (...argv) => {
    expect(await refused(...argv)).toBe(
      '1 error FARZI_RUN_INCOMPLETE: The folder ./nowhere is not a finished run: config.yaml cannot be read.\nhint: Give the run directory of farzi run; an interrupted run goes on with --resume.\n',
    );
  });
});

it('a run directory that holds files is left alone', async () => {
  expect(await refused('run', file, '--out', folder.path)).toMatch(
    /^2 error FARZI_RUN_DIRECTORY_NOT_EMPTY: The run directory \. already holds \d+ files\.\nhint: Use --resume to go on with that run, --overwrite to start it anew, or --out for another folder\.\n$/,
  );
});

it('--verbose adds where it happened', async () => {
  expect(await refused('validate', join(folder.path, 'gone.yaml'), '--verbose')).toMatch(
    /\nFarziError: The configuration file [^]*\n {4}at [^]*caused by: Error: ENOENT/,
  );
});
