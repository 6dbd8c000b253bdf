import { type Command, Option } from 'commander';
import type { ExportOptions } from './commands/export.js';
import * as options from './options.js';
import { subcommand } from './subcommand.js';

/** Adds the command that writes for other programs. */
export function describeExport(program: Command, actions: { export(path: string, options: ExportOptions): Promise<void> }): void {
  subcommand(program, 'export')
    .description('write distilled data as a table of hard tokens or as a web page, or a student as an ONNX model')
    .argument('<path>', '*.farzi file or run directory; for onnx a student file')
    .addOption(new Option('--format <format>', 'what file to write').choices(['jsonl', 'csv', 'parquet', 'onnx']))
    .option('--out <file>', 'file to write, replaced where it exists (default: named after <path>, in the current folder)')
    .addOption(
      options.count(
        '--top <count>',
        'likeliest targets told at each position (default: none); for onnx the length of lists (default: 10)',
        1,
      ),
    )
    .addOption(
      new Option('--tokens <choice>', 'the likeliest token of each distribution, or a drawn one (default: argmax)').choices([
        'argmax',
        'sample',
      ]),
    )
    .addOption(options.count('--copies <count>', 'how often each sequence is drawn (default: 1)', 1))
    .addOption(options.count('--seed <number>', 'seed of the drawn tokens (default: 1)', 0))
    .option('--web <folder>', 'write a page that trains a student on the data in the browser, for any static web server')
    .option('--model <id>', "what the page trains (default: the run's first student, or what the data were distilled with)")
    .addOption(options.set('an option of that model, as in --set hiddenSize=32'))
    .option('--title <text>', 'what the page is called')
    .addOption(options.plugin('load a plugin, a package or a path, that brings a codec or a model'))
    .addHelpText('after', exportHelp)
    .action(actions.export);
}

const exportHelp = `
Tables have a row for each input token and its target: sequence, copy and position (counted from 0), input and target (token ids),
input_name and target_name (of the vocabulary), input_title and target_title where there are titles, weight (how much the target
counts), and for each of --top K: top_1, top_1_name, top_1_title, top_1_probability to top_K. What is behind the last target of a
sequence that counts is left out.

The ONNX model takes tokens [batch, length] (int64, left-aligned, the oldest first), lengths [batch] (how many of them are real) and
excluded [batch, n] (tokens to leave out of lists, padded with -1); it gives scores [batch, vocabulary] (logits), topTokens and
topScores [batch, K]. Names of tokens are in its metadata. See docs/export.md.`;
