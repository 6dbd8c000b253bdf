import type { Command } from 'commander';

/** A command of `farzi`, with what all of them have. */
export function subcommand(program: Command, name: string): Command {
  return program
    .command(name)
    .helpOption('--help', 'print this help')
    .option('--verbose', 'show the stack and the causes of an error')
    .showHelpAfterError(`hint: See farzi ${name} --help.`);
}
