import { type Command, Option } from 'commander';
import type { CreatePluginOptions } from './commands/create.js';
import type { InitOptions } from './commands/init.js';
import { pluginKinds } from './create/kinds.js';
import { dataDirectory } from './options.js';
import { subcommand } from './subcommand.js';

export interface CreateActions {
  init(data: string | undefined, options: InitOptions): Promise<void>;
  create(name: string, options: CreatePluginOptions): Promise<void>;
}

/** Adds the commands that write files to begin with. */
export function describeCreate(program: Command, actions: CreateActions): void {
  subcommand(program, 'init')
    .description('write a commented experiment on some data, and tell what is in them')
    .argument('[data]', 'file of events or a text, folder of texts, or id of a dataset (default: asked for)')
    .addOption(new Option('--task <task>', 'what the data are for (default: by their name)').choices(['recommendation', 'language']))
    .option('--user <column>', 'column of the user, by name or 0-based index (default: by the usual names)')
    .option('--item <column>', 'column of the item')
    .option('--timestamp <column>', 'column of the time')
    .option('--out <file>', 'file to write', 'experiment.yaml')
    .addOption(dataDirectory())
    .action(actions.init);
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
