import { readFile } from 'node:fs/promises';
import { FarziError } from '../errors.js';
import { layoutOf, type ParameterLayout } from '../model/layout.js';
import { buildModel, type ConfiguredModel, type ModelDefinition } from '../model/definition.js';
import { validateOptions } from '../options/validate.js';
import { decodeSafetensors, elementType, encodeSafetensors, type SavedTensors, type StoredTensor } from '../storage/safetensors.js';
import { writeWhole } from '../storage/write-whole.js';
import type { StudentParts } from './parts.js';

const FORMAT = 'farzi-student-1';

/** Everything of a student file but its tensors. */
interface Description {
  readonly format: typeof FORMAT;
  readonly model: { readonly id: string; readonly options: unknown };
  readonly maxLength: number;
  readonly vocabulary: readonly string[];
  readonly titles?: readonly string[];
}

const layoutFor = ({ model, vocabulary, maxLength }: Omit<StudentParts, 'weights'>): ParameterLayout =>
  layoutOf(buildModel(model, { vocabularySize: vocabulary.length, maxLength }).parameters);

/** Flat weights as one named tensor for each parameter. */
function parameterTensors(layout: ParameterLayout, weights: Float32Array): SavedTensors {
  return Object.fromEntries(
    layout.entries.map(({ path, shape, offset, size }) => [path, { shape: [...shape], values: weights.subarray(offset, offset + size) }]),
  );
}

/**
 * Named tensors as flat weights, in the order of a layout.
 *
 * @param source - what messages call the file
 * @throws FARZI_SAFETENSORS when a parameter is missing, or has another shape or type
 */
function flatWeights(layout: ParameterLayout, tensors: Readonly<Record<string, StoredTensor>>, source: string): Float32Array {
  const flat = new Float32Array(layout.size);
  for (const { path, shape, offset } of layout.entries) {
    const tensor = tensors[path];
    if (tensor?.shape.join() !== shape.join()) {
      throw new FarziError(
        'FARZI_SAFETENSORS',
        `${source}: ${path} has the shape [${String(tensor?.shape.join(', '))}], the model's is [${shape.join(', ')}]`,
      );
    }
    if (elementType(tensor.values) !== 'F32')
      throw new FarziError('FARZI_SAFETENSORS', `${source}: ${path} has the element type ${elementType(tensor.values)}, not F32`);
    flat.set(tensor.values, offset);
  }
  return flat;
}

/** Writes a student to a file. */
export async function saveStudent(file: string, student: StudentParts): Promise<void> {
  const { model, maxLength, vocabulary, titles, weights } = student;
  const description: Description = {
    format: FORMAT,
    model: { id: model.definition.id, options: model.options },
    maxLength,
    vocabulary,
    ...(titles === undefined ? {} : { titles }),
  };
  const tensors = parameterTensors(layoutFor(student), weights);
  await writeWhole(file, encodeSafetensors(tensors, { student: JSON.stringify(description) }));
}

/**
 * Reads what a student is made of.
 *
 * @param models - definitions to find the student's architecture among
 * @throws FARZI_DATA_NOT_FOUND, FARZI_SAFETENSORS when the file is damaged or no student, FARZI_CONTRIBUTION_UNKNOWN
 *   for an architecture that is not given
 */
export async function readStudent(file: string, models: readonly ModelDefinition[]): Promise<StudentParts> {
  const bytes = await readFile(file).catch((cause: unknown) => {
    throw new FarziError('FARZI_DATA_NOT_FOUND', `${file} cannot be read: ${String(cause)}`, {
      hint: 'Give a file that student.save wrote.',
      cause,
    });
  });
  const { tensors, metadata } = decodeSafetensors(bytes, file);
  const { model, ...rest } = parseDescription(metadata['student'], file);
  const definition = models.find(({ id }) => id === model.id);
  if (definition === undefined) {
    throw new FarziError(
      'FARZI_CONTRIBUTION_UNKNOWN',
      `${file} holds a student of the model "${model.id}", which is not among the given models`,
      {
        hint: `Given: ${models.map(({ id }) => id).join(', ') || 'none'}. Import the model from its package, and add it to models.`,
      },
    );
  }
  const configured: ConfiguredModel = { definition, options: validateOptions(definition.schema, model.options, [model.id]) };
  const parts = { ...rest, model: configured };
  return { ...parts, weights: flatWeights(layoutFor(parts), tensors, file) };
}

function parseDescription(text: string | undefined, file: string): Omit<Description, 'format'> {
  let description: Partial<Description> | null | undefined;
  try {
    description = JSON.parse(text ?? 'null') as typeof description;
  } catch {
    // answered below, together with JSON that describes no student
  }
  const { format, model, maxLength, vocabulary, titles } = description ?? {};
  const areStrings = (list: unknown): list is string[] => Array.isArray(list) && list.every((each) => typeof each === 'string');
  if (
    format !== FORMAT ||
    typeof model?.id !== 'string' ||
    maxLength === undefined ||
    !Number.isSafeInteger(maxLength) ||
    maxLength < 1 ||
    !areStrings(vocabulary) ||
    (titles !== undefined && !(areStrings(titles) && titles.length === vocabulary.length))
  )
    throw new FarziError('FARZI_SAFETENSORS', `${file} is not a student in the format ${FORMAT}`, {
      hint: 'Give a file that student.save wrote.',
    });
  return { model: { id: model.id, options: model.options }, maxLength, vocabulary, ...(titles === undefined ? {} : { titles }) };
}
