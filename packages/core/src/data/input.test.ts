import { describe, expect, it } from 'vitest';
import { refusal } from '../../test/refusal.js';
import { type DataInput, datasetOf, encodeSequences } from './input.js';

const lists = (sequences: readonly Int32Array[]): number[][] => sequences.map((tokens) => [...tokens]);

describe('names as sequences', () => {
  it('are numbered by frequency, then in the order in which they were first seen', () => {
    const { sequences, vocabulary } = encodeSequences([
      ['x', 'b', 'a'],
      ['b', 'a'],
      ['c', 'b'],
    ]);
    expect(vocabulary).toEqual(['b', 'a', 'x', 'c']);
    expect(lists(sequences)).toEqual([
      [2, 0, 1],
      [0, 1],
      [3, 0],
    ]);
  });

  it('are numbered by their places in a vocabulary that is given, and refused where they are not in it', () => {
    expect(lists(encodeSequences([['x', 'b']], ['b', 'y', 'x']).sequences)).toEqual([[2, 0]]);
    expect(refusal(() => encodeSequences([['x', 'z']], ['b', 'y', 'x']))).toEqual({
      code: 'FARZI_DATA_INVALID',
      message: 'A sequence holds "z", which is not in the vocabulary.',
      hint: 'Add it to the vocabulary, or leave the vocabulary out to have all names numbered.',
    });
  });
});

describe('sequences in memory', () => {
  it('hold out their last events, and leave out who has too few', () => {
    const dataset = datasetOf({ sequences: [[0, 1, 2], [3], Int32Array.of(2, 1), []] }, 'recommendation');
    expect(dataset.vocabulary).toEqual(['0', '1', '2', '3']);
    expect(lists(dataset.train)).toEqual([[0, 1], [2]]);
    expect(dataset.validation.map(({ tokens, firstTarget }) => [[...tokens], firstTarget])).toEqual([
      [[0, 1, 2], 2],
      [[2, 1], 1],
    ]);
    expect(dataset).toMatchObject({ id: 'in memory', task: 'recommendation', test: [], sequences: 4, events: 6 });
    expect(dataset.protocol).toBe('Sequences in memory; the end of each is held out for validation.');
  });

  it('hold out the last twentieth of a text, at least one token', () => {
    const text = Int32Array.from({ length: 100 }, (_, at) => at % 7);
    const { train, validation } = datasetOf({ sequences: [text, [1, 2, 3]] }, 'language');
    expect(train.map(({ length }) => length)).toEqual([95, 2]);
    expect(validation.map(({ tokens: { length }, firstTarget }) => [length, firstTarget])).toEqual([
      [100, 95],
      [3, 2],
    ]);
  });

  it('are trained on whole where validation is given', () => {
    const validation = [{ tokens: Int32Array.of(1, 0), firstTarget: 1 }];
    const dataset = datasetOf({ sequences: [[0, 1, 2]], validation, vocabulary: ['a', 'b', 'c', 'd'] }, 'recommendation');
    expect(lists(dataset.train)).toEqual([[0, 1, 2]]);
    expect(dataset).toMatchObject({ validation, vocabulary: ['a', 'b', 'c', 'd'], protocol: 'Sequences in memory.' });
  });

  it('may be any iterable, of names too', () => {
    function* users(): Generator<string[]> {
      yield ['b', 'a', 'b'];
      yield ['a', 'b'];
    }
    const dataset = datasetOf({ sequences: users() }, 'recommendation');
    expect(dataset.vocabulary).toEqual(['b', 'a']);
    expect(lists(dataset.train)).toEqual([[0, 1], [1]]);
  });

  it('keep a vocabulary that goes with their names', () => {
    const dataset = datasetOf({ sequences: [['x', 'b', 'x']], vocabulary: ['b', 'y', 'x'] }, 'recommendation');
    expect(dataset.vocabulary).toEqual(['b', 'y', 'x']);
    expect(lists(dataset.train)).toEqual([[2, 0]]);
  });

  const notAnId = (value: string, where: string): string => `The data hold ${value} in ${where}, which is no token id.`;
  it.each<[string, DataInput, string]>([
    [
      'a fraction',
      {
        sequences: [
          [0, 1],
          [1, 0.5, 2],
        ],
      },
      notAnId('0.5', 'sequence 1'),
    ],
    ['NaN', { sequences: [[0, Number.NaN]] }, notAnId('NaN', 'sequence 0')],
    ['a number beyond all ids', { sequences: [[0, 2 ** 40]] }, notAnId('1099511627776', 'sequence 0')],
    ['a timestamp', { sequences: [[0, 1_600_000_000]] }, notAnId('1600000000', 'a sequence')],
    [
      'a negative id',
      { sequences: [[0, -1, 1]] },
      'The dataset in memory holds the token -1 in training sequence 0 at 1, outside its vocabulary of 2.',
    ],
    [
      'an id beyond the vocabulary',
      { sequences: [[0, 1, 2]], vocabulary: ['a', 'b'] },
      'The dataset in memory holds the token 2 in validation case 0 at 2, outside its vocabulary of 2.',
    ],
    [
      'validation of others',
      { sequences: [[0, 1]], validation: [{ tokens: Int32Array.of(0, 7), firstTarget: 1 }] },
      'The dataset in memory holds the token 7 in validation case 0 at 1, outside its vocabulary of 2.',
    ],
    ['no validation at all', { sequences: [[0, 1]], validation: [] }, 'The dataset in memory has no validation cases.'],
  ])('with %s are refused', (_what, input, message) => {
    expect(refusal(() => datasetOf(input, 'recommendation'))).toMatchObject({ code: 'FARZI_DATA_INVALID', message });
  });

  it.each([[[]], [[[]]], [[[0]]]])('%j are too little', (sequences) => {
    expect(refusal(() => datasetOf({ sequences }, 'recommendation')).code).toMatch(/^FARZI_DATA_(EMPTY|VOCABULARY_TOO_SMALL)$/);
  });
});

describe('a dataset', () => {
  it('is taken as it is, if it is for the task', () => {
    const dataset = datasetOf({ sequences: [[0, 1, 2]] }, 'recommendation');
    expect(datasetOf({ dataset }, 'recommendation')).toBe(dataset);
    expect(refusal(() => datasetOf({ dataset }, 'language'))).toMatchObject({
      code: 'FARZI_DATA_INVALID',
      message: 'The dataset in memory is for recommendation, and is used for language.',
    });
  });
});
