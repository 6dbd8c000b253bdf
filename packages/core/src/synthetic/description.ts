import { FarziError } from '../errors.js';
import { validateOptions } from '../options/validate.js';
import type { CodecDefinition, ConfiguredCodec } from '../storage/codec.js';
import type { Names, Provenance } from './package.js';
import { shapeOf, type SyntheticShape } from './synthetic.js';

/** What is said of synthetic data beside their arrays. */
export interface Description extends Omit<SyntheticShape, 'matchingTemperature'> {
  /** 1 where it is missing, as it was before there was one. */
  readonly matchingTemperature?: number;
  /** The codec's id and options. */
  readonly storage: { readonly id: string; readonly [option: string]: unknown };
  readonly provenance: Provenance;
}

/** What is known of the dataset behind synthetic data, beside their arrays. */
export interface NamesAndSource extends Names {
  /** Files may have it in their description instead. */
  readonly source?: Pick<Provenance, 'protocol' | 'digest' | 'licence'>;
}

const areStrings = (value: unknown): boolean => Array.isArray(value) && value.every((each) => typeof each === 'string');
const isAboveZero = (value: unknown): boolean => typeof value === 'number' && value > 0;
const isCount = (value: unknown): boolean => Number.isSafeInteger(value) && (value as number) > 0;
const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> => typeof value === 'object' && value !== null;

const fieldChecks: Readonly<Record<keyof Description, (value: unknown) => boolean>> = {
  sequences: isCount,
  length: isCount,
  rank: isCount,
  vocabularySize: isCount,
  temperature: isAboveZero,
  matchingTemperature: (value) => value === undefined || isAboveZero(value),
  inputs: (value) => value === 'soft' || value === 'hard',
  storage: (value) => isRecord(value) && typeof value['id'] === 'string',
  provenance: isRecord,
};

/** The first field of a description that is missing or senseless; `undefined` where all is well. */
export const senselessField = (value: unknown): string | undefined =>
  Object.entries(fieldChecks).find(([field, check]) => !isRecord(value) || !check(value[field]))?.[0];

/** The sizes that a sound description gives. */
export const describedShape = (description: Description): SyntheticShape => shapeOf({ matchingTemperature: 1, ...description });

/** Whether a JSON value gives as many names as there are tokens. */
export function areNames(value: unknown, vocabularySize: number): value is NamesAndSource {
  if (!isRecord(value)) return false;
  const { vocabulary, titles = vocabulary, source = {} } = value;
  if (!isRecord(source)) return false;
  return [vocabulary, titles].every((list) => areStrings(list) && (list as readonly string[]).length === vocabularySize);
}

/** What a file says about its codec. */
export const storageName = ({ definition, options }: ConfiguredCodec): Description['storage'] => ({
  id: definition.id,
  ...(options as Readonly<Record<string, unknown>>),
});

/**
 * The codec of a file.
 *
 * @throws FARZI_CONTRIBUTION_UNKNOWN
 */
export function codecFor({ id, ...options }: Description['storage'], codecs: readonly CodecDefinition[], file: string): ConfiguredCodec {
  const definition = codecs.find((each) => each.id === id);
  if (definition !== undefined) return { definition, options: validateOptions(definition.schema, options, ['storage']) };
  throw new FarziError('FARZI_CONTRIBUTION_UNKNOWN', `${file}: The data are stored with the codec "${id}", which is not there.`, {
    hint: `Install the plugin that brings it, and pass its codec beside ${codecs.map((each) => each.id).join(', ')}.`,
  });
}
