import { Command, CommanderError, Option } from 'commander';
import { arms } from './arms.js';
import { errorText } from './error-text.js';
import { exitCodeOf, exitCodes } from './exit.js';
import type { Io, World } from './io.js';
import { cliVersion } from './versions.js';
import type { GenerateOptions } from './commands/generate.js';
import type { InspectOptions } from './commands/inspect.js';
import type { RunOptions } from './commands/run.js';
import type { ValidateOptions } from './commands/validate.js';
import { notNegative, wholeNumber, words } from './option-values.js';
import { printing } from './printable.js';
import type { SetOptions } from './prepare.js';

/** An option that may be repeated. */
const repeated = (flags: string, description: string): Option =>
  new Option(flags, `${description}; may be repeated`).argParser((value: string, before: readonly string[] | undefined) => [
    ...(before ?? []),
    value,
  ]);
const setOption = (): Option => repeated('--set <key=value>', 'override a value of the configuration, as in --set synthetic.sequences=20');
const dataOption = (): Option => new Option('--data-dir <folder>', 'folder that may hold data files already (before FARZI_DATA_HOME)');
const pluginOption = (): Option =>
  repeated('--plugin <name>', "load a plugin, a package or a path, that the run needs: what only the run's own files name is not loaded");

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
    validate: async (file, options) => void (exitCode = await (await import('./commands/validate.js')).validate(file, options, io)),
    inspect: async (path, options) => void (exitCode = await (await import('./commands/inspect.js')).inspect(path, options, io)),
    generate: async (path, options) => void (exitCode = await (await import('./commands/generate.js')).generate(path, options, io)),
    plugins: async (file, options) => void (exitCode = await (await import('./commands/plugins.js')).plugins(file, options, io)),
    doctor: async () => void (exitCode = await (await import('./commands/doctor.js')).doctor(io)),
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

interface Actions {
  run(file: string, options: RunOptions): Promise<void>;
  validate(file: string, options: ValidateOptions): Promise<void>;
  inspect(path: string, options: InspectOptions): Promise<void>;
  generate(path: string, options: GenerateOptions): Promise<void>;
  plugins(file: string | undefined, options: SetOptions): Promise<void>;
  doctor(): Promise<void>;
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
        write(text.replace(/^error: /, 'error FARZI_USAGE: ').replace(/^\((Did you mean .*)\)$/m, 'hint: $1'));
      },
    })
    .addHelpText('after', '\nExit codes: 0 done, 1 failed, 2 wrong usage or configuration, 130 interrupted.');
  subcommand(program, 'run')
    .description('run an experiment')
    .argument('<config>', 'YAML or JSON file')
    .addOption(setOption())
    .option('--out <folder>', 'run directory (default: runs/ and the name of the configuration)')
    .addOption(new Option('--resume', 'go on with the run in the run directory').conflicts('overwrite'))
    .option('--overwrite', 'start anew and replace the run in the run directory')
    .addOption(dataOption())
    .option('--quiet', 'show no progress')
    .action(actions.run);
  subcommand(program, 'validate')
    .description('check a configuration, its engine and its models without data, and print it with all defaults')
    .argument('<config>', 'YAML or JSON file')
    .addOption(setOption())
    .option('--estimate', 'load the data, too, and tell the memory, disk and time that a run is expected to take')
    .addOption(dataOption())
    .action(actions.validate);
  describeInspect(program, actions);
  describeGenerate(program, actions);
  subcommand(program, 'plugins')
    .description('list datasets, models, metrics and other contributions of plugins')
    .argument('[config]', 'YAML or JSON file whose plugins to list, too')
    .addOption(setOption())
    .action(actions.plugins);
  subcommand(program, 'doctor').description('tell which engines work here, and the versions of everything').action(actions.doctor);
  return program;
}

function describeInspect(program: Command, { inspect }: Actions): void {
  const count = (flags: string, description: string, initial: number, minimum: number): Option =>
    new Option(flags, description).argParser(wholeNumber(minimum)).default(initial);
  subcommand(program, 'inspect')
    .description('show the synthetic sequences of a run in words')
    .argument('<run>', 'run directory')
    .addOption(count('--sequences <count>', 'how many sequences', 3, 1))
    .addOption(count('--positions <count>', 'positions of each whose likeliest tokens are listed', 8, 0))
    .addOption(count('--top <count>', 'tokens listed at each position', 5, 1))
    .addOption(count('--seed <number>', 'seed of the drawn tokens', 1, 0))
    .option('--json', 'write JSON')
    .addOption(pluginOption())
    .action(inspect);
}

function describeGenerate(program: Command, { generate }: Actions): void {
  subcommand(program, 'generate')
    .description('continue a prompt with the students of a run, trained on distilled and on full data')
    .argument('<run>', 'run directory')
    .requiredOption('--prompt <text>', 'text to go on from')
    .addOption(new Option('--tokens <count>', 'tokens to add').argParser(wholeNumber(1)).default(60))
    .addOption(
      new Option('--temperature <number>', 'below 1 the likely becomes likelier; 0 takes the likeliest')
        .argParser(notNegative)
        .default(0.8),
    )
    .addOption(new Option('--top-k <count>', 'draw from this many of the likeliest tokens').argParser(wholeNumber(1)).default(40))
    .addOption(new Option('--seed <number>', 'seed of the draws, the same for each student').argParser(wholeNumber(0)).default(1))
    .addOption(
      new Option(
        '--data <kinds>',
        `kinds of data students were trained on, with commas or repeated (default: ${arms.distilled},${arms.full})`,
      ).argParser(words),
    )
    .option('--engine <id>', "engine to compute with (default: the run's)")
    .addOption(new Option('--threads <count>', "0: one per core (default: the run's)").argParser(wholeNumber(0)))
    .addOption(pluginOption())
    .action(generate);
}

function subcommand(program: Command, name: string): Command {
  return program
    .command(name)
    .helpOption('--help', 'print this help')
    .option('--verbose', 'show the stack and the causes of an error')
    .showHelpAfterError(`hint: See farzi ${name} --help.`);
}
