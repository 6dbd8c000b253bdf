import { initialParameters } from '../model/layout.js';
import { TracedModel } from '../model/traced-model.js';
import { adam } from '../optimizer/adam.js';
import type { Optimizer } from '../optimizer/optimizer.js';
import { RandomStream } from '../random/stream.js';
import type { SyntheticInputs, SyntheticShape } from '../synthetic/synthetic.js';
import { tinyModel } from './tiny-model.js';

export const TOY_VOCABULARY = 11;
export const TOY_LENGTH = 4;
export const TOY_WIDTH = 4;

/** A learner of some dozens of parameters, whose logits are a product of factors. */
export const toyModel = (): TracedModel =>
  new TracedModel(tinyModel({ vocabularySize: TOY_VOCABULARY, maxLength: TOY_LENGTH, width: TOY_WIDTH }));

/** Flat weights of two learners, one after the other. */
export function toyTeacher(): Float32Array {
  const { layout } = toyModel();
  return Float32Array.from([1, 2].flatMap((member) => [...initialParameters(layout, new RandomStream(member, 'teacher'))]));
}

/** Sequences in which a token is mostly followed by the next one; some are shorter than the toy's length. */
export function toySequences(count = 12): Int32Array[] {
  const stream = new RandomStream(1, 'toy sequences');
  return Array.from({ length: count }, (_, index) => {
    let token = stream.integer(TOY_VOCABULARY);
    const next = (): number => (token = stream.uniform() < 0.1 ? stream.integer(TOY_VOCABULARY) : (token + 1) % TOY_VOCABULARY);
    return Int32Array.from({ length: 2 + (index % 8) }, next);
  });
}

/** The sizes of synthetic data for the toy. */
export const toyShape = (inputs: SyntheticInputs, more: Partial<SyntheticShape> = {}): SyntheticShape => ({
  ...{ sequences: 5, length: TOY_LENGTH, rank: 3, vocabularySize: TOY_VOCABULARY, temperature: 1, matchingTemperature: 1, inputs },
  ...more,
});

/** An optimizer that toys are trained with. */
export const toyOptimizer = (): Optimizer => adam({ epsilon: 1e-3 });
