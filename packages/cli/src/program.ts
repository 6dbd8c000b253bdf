import { Command, CommanderError, Option } from 'commander';
import { errorText } from './error-text.js';
import { exitCodeOf, exitCodes } from './exit.js';
import type { Io } from './io.js';
import { cliVersion } from './versions.js';
import type { RunOptions } from './commands/run.js';
import type { SetOptions } from './prepare.js';

const setOption = (): Option =>
  new Option('--set <key=value>', 'override a value of the configuration, as in --set synthetic.sequences=20; may be repeated').argParser(
    (value: string, before: readonly string[] | undefined) => [...(before ?? []), value],
  );

/**
 * The `farzi` command.
 *
 * @param argv - without node and the script
 * @returns the exit code; nothing is thrown
 */
export async function main(argv: readonly string[], io: Io): Promise<number> {
  let exitCode: number = exitCodes.ok;
  // Commands are imported when they are called: --version and --help should not wait for engines.
  const program = describe(io, {
    run: async (file, options) => void (exitCode = await (await import('./commands/run.js')).run(file, options, io)),
    validate: async (file, options) => void (exitCode = await (await import('./commands/validate.js')).validate(file, options, io)),
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
  validate(file: string, options: SetOptions): Promise<void>;
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
    .option('--data-dir <folder>', 'folder that may hold data files already (before FARZI_DATA_HOME)')
    .option('--quiet', 'show no progress')
    .action(actions.run);
  subcommand(program, 'validate')
    .description('check a configuration without running it, and print it with all defaults')
    .argument('<config>', 'YAML or JSON file')
    .addOption(setOption())
    .action(actions.validate);
  subcommand(program, 'plugins')
    .description('list datasets, models, metrics and other contributions of plugins')
    .argument('[config]', 'YAML or JSON file whose plugins to list, too')
    .addOption(setOption())
    .action(actions.plugins);
  subcommand(program, 'doctor').description('tell which engines work here, and the versions of everything').action(actions.doctor);
  return program;
}

function subcommand(program: Command, name: string): Command {
  return program
    .command(name)
    .helpOption('--help', 'print this help')
    .option('--verbose', 'show the stack and the causes of an error')
    .showHelpAfterError(`hint: See farzi ${name} --help.`);
}
