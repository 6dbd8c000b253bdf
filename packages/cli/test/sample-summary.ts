import type { StudentResult, Summary } from '@farzi/core';

function student(data: string, seed: number, ndcg: number, sequences: number): StudentResult {
  return {
    data,
    student: 'sasrec',
    seed,
    sequences,
    trainingSeconds: 2,
    trainingSteps: 100,
    metrics: { 'hr@10': ndcg * 2, 'ndcg@10': ndcg },
  };
}

/** What needs no training. */
function popularity(): StudentResult {
  const { trainingSteps: _none, ...result } = student('popularity', 1, 0.05, 1200);
  return { ...result, trainingSeconds: 0 };
}

/** A finished experiment. */
export function sampleSummary(): Summary {
  return {
    task: 'recommendation',
    dataset: { id: 'tiny', users: 1200, items: 340, events: 56_000 },
    synthetic: {
      sequences: 50,
      length: 20,
      rank: 8,
      inputs: 'soft',
      ...{ bytes: 14_800, bytesOfIds: 77_000, bytesOfEvents: 74_000, fractionOfBytes: 0.2 },
      bytesOf: { latents: 8_000, decoder: 5_000, inputs: 1_000, weights: 125, description: 675, vocabulary: 40_000 },
      storedNumbers: 10_720,
      fractionOfSequences: 50 / 1200,
      fractionOfEvents: 0.05,
      fractionOfNumbers: 10_720 / 56_000,
    },
    protocol: ['leave-one-out', 'full catalogue'],
    results: [
      student('full', 1, 0.19, 1200),
      student('full', 2, 0.21, 1200),
      student('distilled', 1, 0.18, 50),
      student('distilled', 2, 0.18, 50),
      popularity(),
    ],
    retention: { sasrec: { 'hr@10': 0.9, 'ndcg@10': 0.9 } },
    distillation: { seconds: 200, outerSteps: 150, innerSteps: 20, skippedSteps: 1, selectedStep: 125, peakRssMB: 1234, engine: 'onnx' },
  };
}

/** The same for a text. */
export function sampleTextSummary(): Summary {
  const { synthetic, distillation, ...rest } = sampleSummary();
  const result = (data: string, seed: number, metrics: Readonly<Record<string, number>>, trainingSteps = 100): StudentResult => ({
    ...{ data, student: 'writer', seed, sequences: data.startsWith('full') ? 26_560 : 50 },
    ...{ trainingSeconds: trainingSteps / 50, trainingSteps, metrics },
  });
  return {
    ...rest,
    task: 'language',
    dataset: { id: 'novel', documents: 1, vocabulary: 10_000, events: 929_589 },
    synthetic: { ...synthetic, fractionOfSequences: 50 / 26_560, fractionOfEvents: 1000 / 929_589, fractionOfNumbers: 10_720 / 929_589 },
    results: [
      ...[result('full', 1, { perplexity: 120 }), result('full-equal-budget', 1, { perplexity: 150 })],
      ...[result('distilled', 1, { perplexity: 240 }), result('random', 1, {}, 0)],
    ],
    retention: { writer: { perplexity: 0.5 } },
    distillation,
  };
}
