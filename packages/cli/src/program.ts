import { Command, CommanderError, Option } from 'commander';
import { errorText, usageText } from './error-text.js';
import { exitCodeOf, exitCodes } from './exit.js';
import type { Io, World } from './io.js';
import { cliVersion } from './versions.js';
import type { ExportOptions } from './commands/export.js';
import type { InspectOptions } from './commands/inspect.js';
import type { DoctorOptions } from './commands/doctor.js';
import type { PluginsOptions } from './commands/plugins.js';
import type { RunOptions } from './commands/run.js';
import type { RunsOptions } from './commands/runs.js';
import type { SweepOptions } from './commands/sweep.js';
import type { ValidateOptions } from './commands/validate.js';
import type { WorkerOptions } from './commands/worker.js';
import type { CompareOptions } from './commands/compare.js';
import { type CreateActions, describeCreate } from './describe-create.js';
import { describeExport } from './describe-export.js';
import { describeStudents, type StudentActions } from './describe-students.js';
import { describeSweep } from './describe-sweep.js';
import * as options from './options.js';
import { printing } from './printable.js';
import { subcommand } from './subcommand.js';

/**
 * The `farzi` command.
 *
 * @param argv - without node and the script
 * @returns the exit code; nothing is thrown
 */
export async function main(argv: readonly string[], world: World): Promise<number> {
  const io: Io = { ...world, stdout: printing(world.stdout), stderr: printing(world.stderr), screen: world.stderr };
  let exitCode: number = exitCodes.ok;
  // Commands are imported when they are called: --version and --help should not wait for engines.
  const program = describe(io, {
    run: async (file, options) => void (exitCode = await (await import('./commands/run.js')).run(file, options, io)),
    runs: async (folder, options) => void (exitCode = await (await import('./commands/runs.js')).runs(folder, options, io)),
    compare: async (paths, options) => void (exitCode = await (await import('./commands/compare.js')).compare(paths, options, io)),
    sweep: async (file, options) => void (exitCode = await (await import('./commands/sweep.js')).sweep(file, options, io)),
    validate: async (file, options) => void (exitCode = await (await import('./commands/validate.js')).validate(file, options, io)),
    inspect: async (path, options) => void (exitCode = await (await import('./commands/inspect.js')).inspect(path, options, io)),
    train: async (path, options) => void (exitCode = await (await import('./commands/train.js')).train(path, options, io)),
    evaluate: async (path, options) => void (exitCode = await (await import('./commands/evaluate.js')).evaluate(path, options, io)),
    recommend: async (path, options) => void (exitCode = await (await import('./commands/recommend.js')).recommend(path, options, io)),
    generate: async (path, options) => void (exitCode = await (await import('./commands/generate.js')).generate(path, options, io)),
    export: async (path, options) => void (exitCode = await (await import('./commands/export.js')).exportFile(path, options, io)),
    plugins: async (words, options) => void (exitCode = await (await import('./commands/plugins.js')).plugins(words, options, io)),
    init: async (data, options) => void (exitCode = await (await import('./commands/init.js')).init(data, options, io)),
    create: async (name, options) => void (exitCode = await (await import('./commands/create.js')).create(name, options, io)),
    schema: async (file) => void (exitCode = await (await import('./commands/schema.js')).schema(file, io)),
    worker: async (options) => void (exitCode = await (await import('./commands/worker.js')).worker(options, io)),
    doctor: async (options) => void (exitCode = await (await import('./commands/doctor.js')).doctor(options, io)),
  });
  try {
    await program.parseAsync(argv, { from: 'user' });
    return exitCode;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? exitCodes.ok : exitCodes.usage;
    io.stderr.write(errorText(error, argv.includes('--verbose')));
    return exitCodeOf(error);
  }
}

interface Actions extends StudentActions, CreateActions {
  run(file: string, options: RunOptions): Promise<void>;
  sweep(file: string, options: SweepOptions): Promise<void>;
  validate(file: string, options: ValidateOptions): Promise<void>;
  inspect(path: string, options: InspectOptions): Promise<void>;
  export(path: string, options: ExportOptions): Promise<void>;
  plugins(words: readonly string[], options: PluginsOptions): Promise<void>;
  runs(folder: string, options: RunsOptions): Promise<void>;
  compare(paths: readonly string[], options: CompareOptions): Promise<void>;
  schema(file: string | undefined): Promise<void>;
  worker(options: WorkerOptions): Promise<void>;
  doctor(options: DoctorOptions): Promise<void>;
}

function describe(io: Io, actions: Actions): Command {
  const program = new Command('farzi')
    .description('Distils datasets of event sequences into small synthetic ones, and measures what students learn from them.')
    .version(cliVersion, '--version', 'print the version')
    .helpOption('--help', 'print this help')
    .helpCommand(false)
    .exitOverride()
    .showHelpAfterError('hint: See farzi --help.')
    .configureOutput({
      writeOut: (text) => io.stdout.write(text),
      writeErr: (text) => io.stderr.write(text),
      outputError: (text, write) => {
        write(usageText(text));
      },
    })
    .addHelpText('after', '\nExit codes: 0 done, 1 failed, 2 wrong usage or configuration, 130 interrupted.');
  subcommand(program, 'run')
    .description('run an experiment')
    .argument('<config>', 'YAML or JSON file')
    .addOption(options.set())
    .option('--out <folder>', 'run directory (default: runs/ and the name of the configuration)')
    .addOption(new Option('--resume', 'go on with the run in the run directory').conflicts('overwrite'))
    .option('--overwrite', 'start anew and replace the run in the run directory')
    .addOption(options.executor())
    .addOption(options.dataDirectory())
    .addOption(options.quiet())
    .addOption(options.json())
    .option('--print-config', 'show the configuration with all defaults and where each value comes from, and run nothing')
    .action(actions.run);
  describeSweep(program, actions);
  subcommand(program, 'validate')
    .description('check a configuration, its engine and its models without data, and print it with all defaults')
    .argument('<config>', 'YAML or JSON file')
    .addOption(options.set())
    .option('--estimate', 'load the data, too, and tell the memory, disk and time that a run is expected to take')
    .addOption(options.dataDirectory())
    .addOption(options.json())
    .action(actions.validate);
  describeRuns(program, actions);
  describeInspect(program, actions);
  describeStudents(program, actions);
  describeExport(program, actions);
  describeWorker(program, actions);
  subcommand(program, 'plugins')
    .description('list datasets, models, metrics and other contributions of plugins, or tell the options of some')
    .argument('[what...]', 'YAML or JSON file whose plugins to list, too; ids whose options to tell')
    .addOption(options.set())
    .addOption(options.json())
    .action(actions.plugins);
  subcommand(program, 'schema')
    .description('print the JSON schema of experiment files, with the options of all plugins, for editors')
    .argument('[config]', 'YAML or JSON file whose plugins to include')
    .action(actions.schema);
  describeCreate(program, actions);
  subcommand(program, 'doctor')
    .description('tell which engines work here, and the versions of everything')
    .addOption(options.json())
    .action(actions.doctor);
  return program;
}

function describeRuns(program: Command, actions: Actions): void {
  subcommand(program, 'runs')
    .description('list the runs of a folder')
    .argument('[folder]', 'folder of run directories', 'runs')
    .addOption(options.json())
    .action(actions.runs);
  subcommand(program, 'compare')
    .description('compare finished runs: what differs between them, bytes, and what students learned')
    .argument('<runs...>', 'run directories')
    .option('--metric <key>', 'compare by this metric (default: what the first run selects by)')
    .addOption(options.json())
    .addOption(new Option('--csv', 'write CSV').conflicts('json'))
    .option('--html <file>', 'write a page, too, with a chart of what is kept by bytes')
    .addOption(options.plugin('load a plugin, a package or a path, that has the metric'))
    .action(actions.compare);
}

function describeWorker(program: Command, { worker }: Actions): void {
  subcommand(program, 'worker')
    .description('do jobs of runs on other machines, until it is interrupted')
    .requiredOption('--store <place>', 'folder that the runs and all workers share, or an address as in s3://bucket/prefix')
    .option(
      '--url <url>',
      'of the Redis or PostgreSQL server, as in redis://host:6379 or postgres://user@host/database, without its password (default: FARZI_QUEUE_URL)',
    )
    .option('--queue <name>', 'name of the queue (default: farzi)')
    .addOption(options.count('--workers <count>', 'jobs that are done at the same time, in a process each, at most one per core', 1, 1))
    .addOption(options.threads('0, shared out among the workers'))
    .addOption(options.engine('auto'))
    .option('--executor <id>', 'what hands out jobs: that of another plugin (default: bullmq)')
    .addOption(options.plugin('load a plugin, a package or a path, that the runs use'))
    .action(worker);
}

function describeInspect(program: Command, { inspect }: Actions): void {
  subcommand(program, 'inspect')
    .description('show the synthetic sequences of a run in words')
    .argument('<run>', 'run directory')
    .addOption(options.count('--sequences <count>', 'how many sequences', 1, 3))
    .addOption(options.count('--positions <count>', 'positions of each whose likeliest tokens are listed', 0, 8))
    .addOption(options.count('--top <count>', 'tokens listed at each position', 1, 5))
    .addOption(options.count('--seed <number>', 'seed of the drawn tokens', 0, 1))
    .option('--with-seen', 'show targets that the real input already holds, too (default: items are left out once they were read)')
    .addOption(options.json())
    .addOption(options.plugin())
    .action(inspect);
}
