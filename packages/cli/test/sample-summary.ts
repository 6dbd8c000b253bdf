import type { StudentResult, Summary } from '@farzi/core';

function student(data: string, seed: number, ndcg: number, steps = 100): StudentResult {
  return {
    data,
    student: 'sasrec',
    seed,
    trainingSeconds: steps / 50,
    trainingSteps: steps,
    metrics: { 'hr@10': ndcg * 2, 'ndcg@10': ndcg },
  };
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
      storedNumbers: 10_720,
      fractionOfSequences: 50 / 1200,
      fractionOfNumbers: 10_720 / 56_000,
    },
    protocol: ['leave-one-out', 'full catalogue'],
    results: [
      student('full', 1, 0.19),
      student('full', 2, 0.21),
      student('distilled', 1, 0.18),
      student('distilled', 2, 0.18),
      student('popularity', 1, 0.05, 0),
    ],
    retention: { sasrec: { 'hr@10': 0.9, 'ndcg@10': 0.9 } },
    distillation: { seconds: 200, outerSteps: 150, innerSteps: 20, skippedSteps: 1, selectedStep: 125, peakRssMB: 1234, engine: 'onnx' },
  };
}
