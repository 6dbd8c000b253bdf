import {
  distributionAt,
  FarziError,
  type HardTokens,
  hardToken,
  latentPositions,
  type Names,
  RandomStream,
  type SyntheticData,
  type SyntheticPackage,
} from '@farzi/core';

/** What the values of a column are. */
export type ColumnType = 'integer' | 'number' | 'text';

/** A column of a table. */
export interface Column {
  readonly name: string;
  readonly type: ColumnType;
}

/** One value for each column. */
export type Row = readonly (number | string)[];

/** A table that is made while it is read. */
export interface Table {
  readonly columns: readonly Column[];
  rows(): Iterable<Row>;
}

/** How distributions become tokens, and how much is told of them. */
export interface TableOptions {
  /** The likeliest token of each position, or one that is drawn. */
  readonly tokens: 'argmax' | 'sample';
  /** How often each sequence is drawn. */
  readonly copies: number;
  readonly seed: number;
  /** Likeliest targets of each position, 0 for none. */
  readonly top: number;
}

/** What is told of a token. */
interface TokenColumns {
  readonly columns: (name: string) => Column[];
  readonly cells: (token: number) => Row;
}

function tokenColumns({ vocabulary, titles }: Names): TokenColumns {
  const titled: Column['type'][] = titles === undefined ? [] : ['text'];
  return {
    columns: (name) => [
      { name, type: 'integer' },
      { name: `${name}_name`, type: 'text' },
      ...titled.map((type): Column => ({ name: `${name}_title`, type })),
    ],
    cells: (token) => [token, vocabulary[token] as string, ...(titles === undefined ? [] : [titles[token] as string])],
  };
}

/**
 * Synthetic data as a table with a row for each pair of an input token and its target.
 *
 * @throws FARZI_USAGE for copies of what is always the same, FARZI_NON_FINITE while rows are read
 */
export function tableOf({ data, ...names }: SyntheticPackage, options: TableOptions): Table {
  if (options.tokens === 'argmax' && options.copies > 1)
    throw new FarziError('FARZI_USAGE', `The likeliest tokens are the same in each of ${options.copies} copies.`, {
      hint: 'Draw them with --tokens sample, or leave --copies out.',
    });
  const { columns, cells } = tokenColumns(names);
  const top = Math.min(options.top, data.vocabularySize);
  const ranks = Array.from({ length: top }, (_, rank) => `top_${rank + 1}`);
  return {
    columns: [
      ...['sequence', 'copy', 'position'].map((name): Column => ({ name, type: 'integer' })),
      ...columns('input'),
      ...columns('target'),
      { name: 'weight', type: 'number' },
      ...ranks.flatMap((name): Column[] => [...columns(name), { name: `${name}_probability`, type: 'number' }]),
    ],
    *rows() {
      for (let sequence = 0; sequence < data.sequences; sequence++) {
        const { copies, likeliest } = drawn(data, sequence, { ...options, top });
        for (const [copy, { inputs, targets }] of copies.entries())
          for (const [position, target] of targets.entries())
            yield [
              ...[sequence, copy, position],
              ...[...cells(inputs[position] as number), ...cells(target)],
              data.weights[sequence * data.length + position] as number,
              ...(likeliest[position] ?? []).flatMap(([token, probability]) => [...cells(token), probability]),
            ];
      }
    },
  };
}

/** Tokens of one sequence, and the likeliest targets of each position. */
interface Drawn {
  readonly copies: readonly { readonly inputs: ArrayLike<number>; readonly targets: readonly number[] }[];
  readonly likeliest: readonly (readonly (readonly [token: number, probability: number])[])[];
}

/** Takes tokens from the distributions of one sequence, each of which is decoded once. */
function drawn(data: SyntheticData, sequence: number, { tokens, copies, seed, top }: TableOptions): Drawn {
  // for soft inputs the first distribution is an input only
  const inputsBefore = latentPositions(data) - data.length;
  const weights = data.weights.subarray(sequence * data.length, (sequence + 1) * data.length);
  // what is behind the last target that counts is padding
  const length = weights.findLastIndex((weight) => weight !== 0) + 1;
  const stream = new RandomStream(seed, 'export');
  const choices = Array.from({ length: copies }, (_, copy): HardTokens =>
    tokens === 'argmax' ? { by: 'argmax' } : { by: 'sample', stream: stream.child(sequence, copy) },
  );
  const found: number[][] = choices.map(() => []);
  const likeliest: Drawn['likeliest'][number][] = [];
  for (let position = 0; position < length + inputsBefore; position++) {
    const probabilities = distributionAt(data, sequence, position);
    choices.forEach((choice, copy) => found[copy]?.push(hardToken(probabilities, choice)));
    if (position >= inputsBefore) likeliest.push(likeliestOf(probabilities, top));
  }
  const ids = data.ids?.subarray(sequence * data.length);
  return { likeliest, copies: found.map((each) => ({ inputs: ids ?? each, targets: each.slice(inputsBefore) })) };
}

/** The likeliest tokens, likeliest first; of equals the first. */
function likeliestOf(probabilities: Float64Array, count: number): [number, number][] {
  const best: [number, number][] = [];
  probabilities.forEach((probability, token) => {
    if (best.length === count && probability <= (best.at(-1)?.[1] ?? Infinity)) return;
    const place = best.findIndex(([, other]) => other < probability);
    best.splice(place < 0 ? best.length : place, 0, [token, probability]);
    best.length = Math.min(best.length, count);
  });
  return best;
}
