import type { RandomStream } from '../random/stream.js';
import { latentPositions, type SyntheticData, type SyntheticShape } from './synthetic.js';
import type { SequenceWindows } from './windows.js';

/** Latents and decoder whose logits have a standard deviation near 1: peaked starts explode. */
export function randomSynthetic(shape: SyntheticShape, windows: SequenceWindows, stream: RandomStream): SyntheticData {
  const { sequences, rank, vocabularySize, temperature } = shape;
  return {
    ...shape,
    latents: stream.child('latents').normal(sequences * latentPositions(shape) * rank),
    decoder: stream.child('decoder').normal(rank * vocabularySize, temperature / Math.sqrt(rank)),
    weights: shape.inputs === 'hard' ? windows.weights : windows.weights.map(() => 1),
    ...(shape.inputs === 'hard' ? { ids: windows.ids } : {}),
  };
}
