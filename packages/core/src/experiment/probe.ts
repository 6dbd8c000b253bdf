import type { ResolvedExperiment } from '../config/resolve.js';
import { disposeAll, type Engine } from '../engine/engine.js';
import { withPlace } from '../config/place.js';
import { FarziError, isFarziError, reasonOf } from '../errors.js';
import { buildModel, type ConfiguredModel } from '../model/definition.js';
import { initialParameters, splitParameters } from '../model/layout.js';
import { tracedModel } from '../model/traced-model.js';
import { Graph } from '../program/graph.js';
import { program } from '../program/program.js';
import { RandomStream } from '../random/stream.js';

/** Positions that a probe looks at, at most: enough to see a later token reach an earlier one. */
const LENGTH = 6;

/** Relative to the largest logit; above what an engine's order of additions changes. */
const TOLERANCE = 1e-4;

/**
 * Builds and runs every model of an experiment once, on two sequences that differ in their last token.
 *
 * @throws FARZI_MODEL_INVALID for a model that cannot be built or recorded, for logits of another shape, that are not
 *   finite, or that depend on later tokens; FARZI_CONFIG_INVALID for a learner that synthetic data cannot start from or
 *   that an arm cannot ask; coded errors of building and recording as they are
 */
export async function probeModels(engine: Engine, experiment: ResolvedExperiment, vocabularySize: number): Promise<void> {
  const { model, students, initialisation, arms, config, document } = experiment;
  const models = [
    { model, path: ['model'] },
    ...students.map((student, index) => ({
      model: student,
      path: config.students === undefined ? ['model'] : ['students', String(index)],
    })),
  ];
  const seen = new Set<string>();
  for (const { model: each, path } of models) {
    const key = JSON.stringify([each.definition.id, each.options]);
    if (seen.has(key)) continue;
    seen.add(key);
    try {
      await probeModel(engine, each, vocabularySize, config.maxLength);
    } catch (error) {
      throw withPlace(modelError(each, error), document, path);
    }
  }
  const learner = buildModel(model, { vocabularySize, maxLength: config.maxLength });
  try {
    initialisation.definition.check?.(initialisation.options as never, learner);
  } catch (error) {
    throw withPlace(error, document, ['synthetic', 'initialisation']);
  }
  for (const [index, { definition, options }] of arms.entries()) {
    try {
      definition.check?.(options as never, learner);
    } catch (error) {
      throw withPlace(error, document, ['evaluation', 'arms', String(index)]);
    }
  }
}

/** What a model throws, as a coded error. */
function modelError({ definition }: ConfiguredModel, error: unknown): unknown {
  if (isFarziError(error)) return error;
  return new FarziError('FARZI_MODEL_INVALID', `The model ${definition.id} cannot be built and run: ${reasonOf(error)}.`, {
    hint: "Report this to the model's author, with the output of --verbose.",
    cause: error,
  });
}

/** The same for one model. */
export async function probeModel(engine: Engine, model: ConfiguredModel, vocabularySize: number, maxLength: number): Promise<void> {
  const length = Math.min(LENGTH, maxLength);
  const traced = tracedModel(model, { vocabularySize, maxLength });
  const graph = new Graph();
  const weights = graph.input('weights', [traced.layout.size]);
  const ids = graph.input('ids', [2, length], 'int32');
  const logits = traced.ownLogits(splitParameters(traced.layout, weights), { kind: 'hard', ids });
  const refuse = (what: string): never => {
    throw new FarziError('FARZI_MODEL_INVALID', `The model ${model.definition.id} ${what}.`, {
      hint: "Report this to the model's author: checkModel finds it in the plugin's tests.",
    });
  };
  if (logits.shape.join() !== [2 * length, vocabularySize].join())
    refuse(`gives logits of the shape [${logits.shape.join(', ')}], not batch x length x vocabulary = 2 x ${length} x ${vocabularySize}`);
  const stream = new RandomStream(1, 'probe');
  const first = Int32Array.from({ length }, () => stream.integer(vocabularySize));
  const second = Int32Array.from(first, (token, at) => (at === length - 1 ? (token + 1) % vocabularySize : token));
  const executable = await engine.compile(program(`probe of ${model.definition.id}`, [weights, ids], { logits }));
  const inputs = {
    weights: engine.upload(initialParameters(traced.layout, stream.child('weights')), [traced.layout.size]),
    ids: engine.upload(Int32Array.of(...first, ...second), [2, length]),
  };
  try {
    const outputs = await executable.run(inputs);
    const values = Float32Array.from(await engine.download(outputs.logits));
    disposeAll(outputs);
    if (!values.every(Number.isFinite)) refuse('gives logits that are not finite at its initial weights');
    const earlier = (length - 1) * vocabularySize;
    const largest = values.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
    for (let at = 0; at < earlier; at++) {
      const change = Math.abs((values[at] as number) - (values[length * vocabularySize + at] as number));
      if (change > TOLERANCE * largest)
        refuse(`is not causal: changing token ${length - 1} changes the logits at position ${Math.floor(at / vocabularySize)}`);
    }
  } finally {
    disposeAll(inputs);
    await executable.dispose();
  }
}
