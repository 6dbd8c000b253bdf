import { afterAll, describe, expect, it } from 'vitest';
import { engine, valueOf } from '../../test/engine.js';
import { rowsOf } from '../../test/plain.js';
import { tinyModel } from '../testing/tiny-model.js';
import { initialParameters, splitParameters } from '../model/layout.js';
import { Graph } from '../program/graph.js';
import { RandomStream } from '../random/stream.js';
import { TracedModel } from '../model/traced-model.js';
import { type GenerationRequest, Generator } from './generator.js';

const [LENGTH, VOCABULARY] = [4, 9];
const prompt = Int32Array.of(3, 1);
const stream = new RandomStream(4, 'generator');

describe.each([true, false])('a generator (model with factors: %s)', async (factors) => {
  const traced = new TracedModel(tinyModel({ vocabularySize: VOCABULARY, maxLength: LENGTH, factors }));
  // larger than initial weights, so that the likeliest token depends on the place
  const weights = initialParameters(traced.layout, stream).map((weight) => weight * 4);
  const generator = await Generator.compile(engine, traced, LENGTH);
  afterAll(() => generator.dispose());

  const write = async (request: Partial<GenerationRequest>): Promise<number[]> => {
    const written: number[] = [];
    const usual = { prompt, tokens: 6, temperature: 1, topK: VOCABULARY, banned: [], stream: new RandomStream(1) };
    for await (const token of generator.generate(weights, { ...usual, ...request })) written.push(token);
    return written;
  };

  /** Logits after some tokens, by the model's own function on just these. */
  const logitsAfter = async (tokens: readonly number[]): Promise<number[]> => {
    const graph = new Graph();
    const parameters = splitParameters(traced.layout, graph.input('weights', [traced.layout.size]));
    const logits = traced.ownLogits(parameters, { kind: 'hard', ids: graph.input('ids', [1, tokens.length], 'int32') });
    return rowsOf(await valueOf(logits, { weights, ids: tokens }), VOCABULARY).at(-1) ?? [];
  };

  it('takes the likeliest token after the last ones that the model can read, again and again', async () => {
    const expected = [...prompt];
    for (let step = 0; step < 6; step++) {
      const logits = await logitsAfter(expected.slice(-LENGTH));
      expected.push(logits.indexOf(Math.max(...logits)));
    }
    expect(await write({ temperature: 0 })).toEqual(expected.slice(prompt.length));
  });

  it('reads the end of a prompt that is too long', async () => {
    const long = Int32Array.of(8, 8, 8, 2, 5, 3, 1);
    expect(await write({ prompt: long, temperature: 0 })).toEqual(await write({ prompt: long.slice(-LENGTH), temperature: 0 }));
  });

  it('writes the same for the same draws, and something else for others', async () => {
    const first = await write({ tokens: 12 });
    expect(await write({ tokens: 12 })).toEqual(first);
    expect(await write({ tokens: 12, stream: new RandomStream(2) })).not.toEqual(first);
  });

  it('never writes what is banned', async () => {
    const banned = [0, 1, 2, 3, 4, 5, 6];
    const written = await write({ tokens: 20, banned });
    expect(written).toHaveLength(20);
    expect(new Set(written)).toEqual(new Set([7, 8]));
  });

  it('writes no more than it is asked for', async () => {
    const written: number[] = [];
    for await (const token of generator.generate(weights, {
      ...{ prompt, tokens: 100, temperature: 0, topK: 1, banned: [], stream },
    })) {
      written.push(token);
      if (written.length === 3) break;
    }
    expect(written).toEqual(await write({ tokens: 3, temperature: 0 }));
    expect(await write({ tokens: 0 })).toEqual([]);
  });
});
