import { readFileSync } from 'node:fs';
import { decodeSafetensors } from '@farzi/core';
import type { TrainingResult, UnrollResult } from './protocol.js';

/** How far a measured value is from the reference, relatively; NaN where either is not finite. */
export type Disagreement = Readonly<Record<string, number>>;

const relative = (value: number, reference: number): number => Math.abs(value - reference) / Math.abs(reference);

/** Norm of the difference over the norm of the reference. */
function relativeDistance(values: ArrayLike<number>, reference: ArrayLike<number>): number {
  if (values.length !== reference.length) return Number.NaN;
  let [difference, size] = [0, 0];
  for (let index = 0; index < reference.length; index++) {
    const [value, wanted] = [values[index] as number, reference[index] as number];
    difference += (value - wanted) ** 2;
    size += wanted ** 2;
  }
  return Math.sqrt(difference / size);
}

/** A meta-gradient: its loss and the file of its gradients. */
export interface Unrolled {
  readonly result: UnrollResult;
  readonly gradients: string;
}

/** Outer loss and gradients of latents and decoder against the reference's. */
export function unrollDisagreement(value: Unrolled, reference: Unrolled): Disagreement {
  const [own, wanted] = [value, reference].map(({ gradients }) => decodeSafetensors(readFileSync(gradients), gradients).tensors);
  const distance = (name: string): number => relativeDistance(own?.[name]?.values ?? [], wanted?.[name]?.values ?? []);
  return {
    loss: relative(value.result.metaLoss, reference.result.metaLoss),
    latents: distance('latents'),
    decoder: distance('decoder'),
  };
}

/** Training loss, mean rank and mean log-probability against the reference's. */
export function trainingDisagreement(value: TrainingResult, reference: TrainingResult): Disagreement {
  return {
    loss: relative(value.loss, reference.loss),
    meanRank: relative(value.meanRank, reference.meanRank),
    meanLogProbability: relative(value.meanLogProbability, reference.meanLogProbability),
  };
}

/** The largest of all; NaN if any is NaN. */
export function worst(disagreement: Disagreement): number {
  return Math.max(...Object.values(disagreement));
}
