import { type Command, Option } from 'commander';
import type { CreatePluginOptions } from './commands/create.js';
import { pluginKinds } from './create/kinds.js';
import { subcommand } from './subcommand.js';

/** Adds the command that writes the package of a plugin. */
export function describeCreate(program: Command, actions: { create(name: string, options: CreatePluginOptions): Promise<void> }): void {
  const create = program
    .command('create')
    .description('write the package of a new plugin')
    .helpOption('--help', 'print this help')
    .helpCommand(false);
  subcommand(create, 'plugin')
    .description('write a package that contributes something of a kind: sources, a test, an experiment, all that it takes to publish it')
    .argument('<name>', 'of the npm package, such as farzi-model-bag')
    .addOption(new Option('--kind <kind>', 'what it contributes').choices(Object.keys(pluginKinds)).makeOptionMandatory())
    .option('--id <id>', 'by which configurations name what it contributes (default: from the name)')
    .option('--out <folder>', 'new folder for it (default: the name)')
    .action(actions.create);
}
