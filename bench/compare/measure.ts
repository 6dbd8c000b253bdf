/**
 * Measures one of our engines in a process of its own: its peak memory is then its own too. compare.ts starts it, with
 * the options in protocol.ts and `--engine`.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import {
  builtInEngines,
  decodeSafetensors,
  disposeAll,
  downloadScalar,
  expressions,
  encodeSafetensors,
  type Engine,
  Graph,
  ModelScorer,
  program,
  RandomStream,
  realSource,
  type SavedTensor,
  selectEngine,
  startLearner,
  Trainer,
} from '@farzi/core';
import { repeated, type Repetition } from '../timing.js';
import { LEARNING_RATE, UnrolledWorkload } from '../unrolled.js';
import { Workload } from '../workload.js';
import { type ComparisonSettings, realData } from './exchange.js';
import { measureOptions, type TrainingResult, type UnrollResult } from './protocol.js';

const { values } = parseArgs({ options: { ...measureOptions, engine: { type: 'string' } } });
const { exchange = '', result = '', gradients = '', engine: wanted = '' } = values;
const repetition: Repetition = { repeats: Number(values.repeats), patience: Number(values.patience) };
const { metadata } = decodeSafetensors(readFileSync(exchange), exchange);
const settings = JSON.parse(metadata['settings'] ?? '') as ComparisonSettings;
const workload = new Workload(settings.sizes);
const { engine, version } = await selectEngine(builtInEngines, wanted, Number(values.threads));
let compileSeconds = 0;

async function compiled<T>(compile: () => Promise<T>): Promise<T> {
  const started = performance.now();
  const executable = await compile();
  compileSeconds += (performance.now() - started) / 1000;
  return executable;
}

async function measureUnroll(): Promise<UnrollResult> {
  const unrolled = await compiled(() => UnrolledWorkload.compile(engine, workload, settings.steps, 'stored'));
  const plainSeconds = await repeated(() => unrolled.plainTraining(), repetition);
  let metaLoss = Number.NaN;
  const saved: Record<string, SavedTensor> = {};
  const metaSeconds = await repeated(
    () =>
      unrolled.metaGradient(async ({ metaLoss: loss, meta }) => {
        metaLoss = loss;
        for (const [name, tensor] of Object.entries(meta))
          saved[name] = { shape: [...tensor.shape], values: (await engine.download(tensor)).slice() };
      }),
    repetition,
  );
  writeFileSync(gradients, encodeSafetensors(saved));
  return { plainSeconds, metaSeconds, metaLoss };
}

async function measureTraining(): Promise<TrainingResult> {
  const { model, optimizer } = workload;
  const { sequences, batch, cases } = realData(settings);
  const { trainingBatch, sizes, steps } = settings;
  const { problem } = realSource(model, sequences, { batchSize: trainingBatch, length: sizes.length });
  const trainer = await compiled(() => Trainer.compile(engine, problem, optimizer));
  const initial = workload.weights();
  let lastLoss = Number.NaN;
  const trainingSeconds = await repeated(async () => {
    let state = startLearner(engine, optimizer, initial);
    for (let step = 1; step <= steps; step++) {
      const { state: next, loss } = await trainer.advance(state, {}, batch, LEARNING_RATE);
      disposeAll(state.tensors);
      if (step === steps) lastLoss = await downloadScalar(engine, loss);
      loss.dispose();
      state = next;
    }
    disposeAll(state.tensors);
  }, repetition);

  const scoring = { batchSize: trainingBatch, length: sizes.length, vocabularySize: sizes.vocabulary, maskSeen: false, listLength: 0 };
  const scorer = await compiled(() => ModelScorer.compile(engine, model, scoring, cases));
  const score = scorer.scorer(engine.upload(initial, [initial.length]));
  let [ranks, logProbabilities, targets] = [0, 0, 0];
  const rankingSeconds = await repeated(async () => {
    [ranks, logProbabilities, targets] = [0, 0, 0];
    for await (const scored of score(cases)) {
      for (const { rank, logProbability } of scored) {
        ranks += rank;
        logProbabilities += logProbability;
        targets += 1;
      }
    }
  }, repetition);
  return {
    trainingSeconds,
    rankingSeconds,
    productSeconds: await measureProduct(engine, settings.product),
    loss: lastLoss,
    meanRank: ranks / targets,
    meanLogProbability: logProbabilities / targets,
  };
}

/** Seconds of one product of square matrices, of which only the sum is fetched from the device. */
async function measureProduct(on: Engine, size: number): Promise<number[]> {
  const graph = new Graph();
  const [a, b] = [graph.input('a', [size, size]), graph.input('b', [size, size])];
  const executable = await on.compile(program('matrix product', [a, b], { sum: expressions.sum(expressions.matMul(a, b)) }));
  const values = new RandomStream(1, 'product').normal(size * size);
  const inputs = { a: on.upload(values, [size, size]), b: on.upload(values, [size, size]) };
  return repeated(async () => {
    const { sum } = await executable.run(inputs);
    await on.download(sum);
    sum.dispose();
  }, repetition);
}

const measured = values.mode === 'training' ? await measureTraining() : await measureUnroll();
const peakRssMB = Math.round(process.resourceUsage().maxRSS / 1024);
writeFileSync(result, JSON.stringify({ ...measured, version, compileSeconds, peakRssMB }));
