import { initialParameters } from '../model/layout.js';
import { validateOptions } from '../options/validate.js';
import { RandomStream } from '../random/stream.js';
import type { InitialisationContext, InitialisationDefinition } from '../synthetic/initialisation.js';
import type { SyntheticData, SyntheticShape } from '../synthetic/synthetic.js';
import { teacherView } from '../synthetic/teacher-view.js';
import { attempt, check, same } from './assert.js';
import { checkSynthetic, checkTrainable, sameSynthetic } from './synthetic.js';
import { TOY_WIDTH, toyModel, toySequences, toyShape } from './toy-learner.js';
import { onTrackedEngine, type TrackedEngine } from './tracked-engine.js';

/** What an initialisation is checked with. */
export interface InitialisationCheckOptions {
  /** The initialisation's own options; defaults of its schema are filled in. */
  readonly options?: Readonly<Record<string, unknown>>;
}

/** More sequences than there are to start from, ranks on both sides of the teacher's width, a temperature. */
const variations: readonly (Partial<SyntheticShape> & { readonly real: number })[] = [
  { real: 12 },
  { real: 3, sequences: 5 },
  { real: 12, rank: TOY_WIDTH + 2 },
  { real: 12, temperature: 0.5 },
];

/**
 * Checks that an initialisation keeps its contract, for soft and hard inputs, several ranks and temperatures, and fewer
 * real sequences than synthetic ones: synthetic data of the sizes that were asked for, finite, with targets that count
 * in every sequence and ids inside the vocabulary; the same stream gives the same data; real sequences and the
 * teacher's weights stay as they are; no values are left on the engine; a learner can be trained on the data.
 *
 * @throws ConformanceError naming the check that failed
 */
export async function checkInitialisation(definition: InitialisationDefinition, given: InitialisationCheckOptions = {}): Promise<void> {
  const options = validateOptions<never>(definition.schema, given.options ?? {}, ['options']);
  await onTrackedEngine(async (engine) => {
    for (const inputs of ['soft', 'hard'] as const)
      for (const { real, ...variation } of variations)
        await checkOne(engine, definition, options, toyShape(inputs, variation), toySequences(real));
  });
}

async function checkOne(
  engine: TrackedEngine,
  definition: InitialisationDefinition,
  options: never,
  shape: SyntheticShape,
  train: readonly Int32Array[],
): Promise<void> {
  const { sequences, rank, inputs, temperature } = shape;
  const where = `${definition.id} (${sequences} sequences from ${train.length}, rank ${rank}, ${inputs} inputs, temperature ${temperature})`;
  const model = toyModel();
  const weights = initialParameters(model.layout, new RandomStream(1, 'teacher'));
  const create = (): Promise<SyntheticData> => {
    const context: InitialisationContext = {
      ...{ engine, model, shape, train },
      teacher: definition.needsTeacher ? teacherView(engine, model, weights, shape.length) : undefined,
      stream: new RandomStream(1, 'initialisation'),
    };
    return attempt(`${where}: Calling create`, () => definition.create(options, context));
  };
  const copies = structuredClone({ weights, train });
  const held = engine.live;
  const data = await create();
  check(engine.live === held, `${where}: Calling create leaves ${engine.live - held} values on the engine.`);
  checkSynthetic(where, data, shape);
  check(sameSynthetic(await create(), data), `${where}: The same stream gives other data.`);
  check(
    train.every((sequence, index) => same(sequence, copies.train[index] ?? [])),
    `${where}: Calling create changes real sequences.`,
  );
  check(same(weights, copies.weights), `${where}: Calling create changes the teacher's weights.`);
  await checkTrainable(where, engine, { kind: 'synthetic', data });
}
