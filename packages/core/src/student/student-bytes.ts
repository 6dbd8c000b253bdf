import { FarziError } from '../errors.js';
import { layoutOf, type ParameterLayout } from '../model/layout.js';
import { buildModel, type ConfiguredModel, type ModelDefinition } from '../model/definition.js';
import { validateOptions } from '../options/validate.js';
import { decodeNumbers, decodeSafetensors, elementType, encodeSafetensors, type SavedTensors } from '../storage/safetensors.js';
import { type SavedTokenizer, type StudentParts, type TokenNames, tokenNames } from './parts.js';

const FORMAT = 'farzi-student-1';

/** Everything of a student file but its tensors. */
interface Description extends TokenNames {
  readonly format: typeof FORMAT;
  readonly model: { readonly id: string; readonly options: unknown };
  readonly maxLength: number;
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
function flatWeights(layout: ParameterLayout, tensors: SavedTensors, source: string): Float32Array {
  const flat = new Float32Array(layout.size);
  for (const { path, shape, offset } of layout.entries) {
    const tensor = tensors[path];
    if (tensor?.shape.join() !== shape.join()) {
      throw new FarziError(
        'FARZI_SAFETENSORS',
        `${source}: The tensor ${path} has the shape [${String(tensor?.shape.join(', '))}], and the model's is [${shape.join(', ')}].`,
      );
    }
    if (elementType(tensor.values) !== 'F32')
      throw new FarziError(
        'FARZI_SAFETENSORS',
        `${source}: The tensor ${path} has the element type ${elementType(tensor.values)}, not F32.`,
      );
    flat.set(tensor.values, offset);
  }
  return flat;
}

/** A student as a safetensors file. */
export function encodeStudent(student: StudentParts): Uint8Array {
  const { model, maxLength, weights } = student;
  const description: Description = {
    format: FORMAT,
    model: { id: model.definition.id, options: model.options },
    maxLength,
    ...tokenNames(student),
  };
  return encodeSafetensors(parameterTensors(layoutFor(student), weights), { student: JSON.stringify(description) });
}

/**
 * What a student is made of.
 *
 * @param file - its name, for messages
 * @param models - definitions to find the student's architecture among
 * @throws FARZI_SAFETENSORS when the file is damaged or no student, FARZI_CONTRIBUTION_UNKNOWN for an architecture that
 *   is not given
 */
export function decodeStudent(bytes: Uint8Array, file: string, models: readonly ModelDefinition[]): StudentParts {
  const { model, format: _format, ...rest } = descriptionIn(bytes, file);
  const { tensors } = decodeNumbers(bytes, file);
  const definition = models.find(({ id }) => id === model.id);
  if (definition === undefined) {
    throw new FarziError(
      'FARZI_CONTRIBUTION_UNKNOWN',
      `The file ${file} holds a student of the model "${model.id}", which is not among the given models.`,
      {
        hint: `Import the model from its package, and add it to models, which holds ${models.map(({ id }) => id).join(', ') || 'none'}; name its plugin with --plugin on the command line.`,
      },
    );
  }
  const configured: ConfiguredModel = { definition, options: validateOptions(definition.schema, model.options, [model.id]) };
  const parts = { ...rest, model: configured };
  return { ...parts, weights: flatWeights(layoutFor(parts), tensors, file) };
}

/** Whether this is a student's file; throws FARZI_SAFETENSORS for what is no file of its kind. */
export const isStudentBytes = (bytes: Uint8Array, file: string): boolean => descriptionIn(bytes, file).format === FORMAT;

/** The description of a student; a file of distilled data is told by its tensors. */
function descriptionIn(bytes: Uint8Array, file: string): Description {
  const { tensors, metadata } = decodeSafetensors(bytes, file);
  const distilled = Object.keys(tensors).some((name) => name === 'latents' || name.startsWith('latents.'));
  if (distilled && metadata['student'] === undefined) {
    throw new FarziError('FARZI_SAFETENSORS', `The file ${file} holds distilled data, and no student.`, {
      hint: 'Train a student on them first: farzi train DATA --model ID --out student.safetensors.',
    });
  }
  return parseDescription(metadata['student'], file);
}

function parseDescription(text: string | undefined, file: string): Description {
  let description: Partial<Description> | null | undefined;
  try {
    description = JSON.parse(text ?? 'null') as typeof description;
  } catch {
    // answered below, together with JSON that describes no student
  }
  const { format, model, maxLength, vocabulary, titles, tokenizer } = description ?? {};
  const areStrings = (list: unknown): list is string[] => Array.isArray(list) && list.every((each) => typeof each === 'string');
  if (
    format !== FORMAT ||
    typeof model?.id !== 'string' ||
    maxLength === undefined ||
    !Number.isSafeInteger(maxLength) ||
    maxLength < 1 ||
    !areStrings(vocabulary) ||
    (titles !== undefined && !(areStrings(titles) && titles.length === vocabulary.length)) ||
    (tokenizer !== undefined && !isSavedTokenizer(tokenizer))
  )
    throw new FarziError('FARZI_SAFETENSORS', `The file ${file} is not a student in the format ${FORMAT}.`, {
      hint: 'Give a file that student.save or farzi train wrote, or one of the students in a run directory.',
    });
  return { format, model: { id: model.id, options: model.options }, maxLength, ...tokenNames({ vocabulary, titles, tokenizer }) };
}

/** Files of earlier versions have none. */
function isSavedTokenizer(value: unknown): value is SavedTokenizer {
  return typeof value === 'object' && value !== null && 'saved' in value && 'dataset' in value && typeof value.dataset === 'string';
}
