import type { FinishedRun } from '@farzi/core';
import { countText, percentText } from '../format.js';
import { printable } from '../printable.js';
import { wrapped } from '../wrap.js';
import type { LikelyToken, Reading } from './reading.js';
import type { Words } from './words.js';

/** How sequences are told. */
export interface TellingOptions {
  readonly words: Words;
  readonly seed: number;
  /** Columns of the terminal; nothing for files and pipes. */
  readonly width: number | undefined;
}

const INDENT = '    ';

/** What is told of a run before its sequences. */
export function runText({ path, config, synthetic: { data, provenance } }: FinishedRun, width: number | undefined): string {
  const made = `distilled from ${config.dataset.id} with ${config.model.id}, ${countText(provenance.outerSteps)} outer steps`;
  const shape = `${countText(data.sequences)} sequences of ${countText(data.length)}, rank ${data.rank}, ${countText(data.vocabularySize)} tokens`;
  const inputs =
    data.inputs === 'hard'
      ? 'Hard inputs: real tokens are read, and what follows each of them is learned.'
      : 'Soft inputs: every position is a learned distribution over tokens.';
  return wrapped(printable(`${path}: ${made}; ${shape}\n${inputs}`), width, '');
}

/** One sequence in words. */
export function sequenceText(number: number, reading: Reading, { words, seed, width }: TellingOptions): string {
  const what = reading.inputs === undefined ? 'Tokens' : 'Targets';
  const paragraph = (title: string, tokens: readonly number[]): string => `  ${title}\n${wrapped(words.text(tokens), width, INDENT)}`;
  return [
    `\nSequence ${number}\n`,
    reading.inputs === undefined ? '' : paragraph('Real input', reading.inputs),
    paragraph(`${what}, the likeliest at each position`, reading.argmax),
    paragraph(`${what}, drawn (seed ${seed})`, reading.sampled),
    reading.likeliest.length === 0 ? '' : wrapped(tableTitle(reading), width, '  '),
    table(reading, words, width),
    wrapped(averages(reading), width, '  '),
  ].join('');
}

function tableTitle({ likeliest, argmax }: Reading): string {
  return `The ${likeliest[0]?.length ?? 0} likeliest at ${likeliest.length} of ${argmax.length} positions; before them, their mass together`;
}

function averages({ largestMass, entropy, argmax }: Reading): string {
  const many = Math.exp(entropy);
  return `Over all ${argmax.length} positions: ${percentText(largestMass)} of the mass on the likeliest token; entropy ${entropy.toFixed(2)} nats, that of ${many.toFixed(many < 100 ? 1 : 0)} equally likely tokens`;
}

/** A row for each position; its tokens are in columns, as many beside each other as fit. */
function table({ likeliest, inputs }: Reading, words: Words, width: number | undefined): string {
  const after = inputs?.map((token) => words.name(token)).slice(0, likeliest.length) ?? [];
  const named = likeliest.map((tokens) => tokens.map(({ token, probability }) => [words.name(token), percentText(probability)] as const));
  const widest = (texts: readonly string[]): number => texts.reduce((most, text) => Math.max(most, text.length), 0);
  const nameWidth = widest(named.flat().map(([name]) => name));
  const numberWidth = widest(named.flat().map(([, percent]) => percent));
  const rows = named.map((tokens, position) => {
    const follows = inputs === undefined ? '' : `after ${(after[position] ?? '').padEnd(widest(after))}  `;
    const label = `${INDENT}${String(position + 1).padStart(String(likeliest.length).length)}  ${follows}${massText(likeliest[position] ?? [])}   `;
    const cells = tokens.map(([name, percent]) => `${name.padEnd(nameWidth)} ${percent.padStart(numberWidth)}`);
    return grid(label, cells, nameWidth + numberWidth + 1, width);
  });
  return rows.join('');
}

const massText = (tokens: readonly LikelyToken[]): string =>
  percentText(tokens.reduce((sum, { probability }) => sum + probability, 0)).padStart(7);

/** A label and behind it cells of one width, in as many lines as it takes. */
function grid(label: string, cells: readonly string[], cellWidth: number, width: number | undefined): string {
  const perLine = width === undefined ? cells.length : Math.max(1, Math.floor((width - label.length + 3) / (cellWidth + 3)));
  const lines = Array.from({ length: Math.ceil(cells.length / perLine) }, (_, line) =>
    cells.slice(line * perLine, (line + 1) * perLine).join('   '),
  );
  return lines.map((line, index) => `${index === 0 ? label : ' '.repeat(label.length)}${line}\n`).join('');
}
