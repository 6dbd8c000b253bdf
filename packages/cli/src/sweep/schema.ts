import type { Options } from '@farzi/core';

/** More are typed by mistake rather than meant. */
export const MOST_MEMBERS = 1000;

const values = { type: 'array', minItems: 1, uniqueItems: true } as const;

const range = {
  type: 'object',
  additionalProperties: false,
  required: ['from', 'to'],
  properties: {
    from: { type: 'number' },
    to: { type: 'number', description: 'the largest value' },
    scale: {
      enum: ['linear', 'log'],
      description: 'linear where it is not given; log draws as many from 0.001 to 0.01 as from 0.01 to 0.1',
    },
    whole: { type: 'boolean', description: 'whether only whole numbers are drawn' },
  },
} as const;

/** JSON schema of a sweep file. */
export const sweepSchema = {
  $id: 'https://farzi.dev/sweep.schema.json',
  title: 'Farzi sweep',
  type: 'object',
  additionalProperties: false,
  required: ['experiment'],
  properties: {
    experiment: { type: 'string', minLength: 1, description: "the path of an experiment file, from this file's folder" },
    set: { type: 'array', items: { type: 'string' }, default: [], description: 'what every member overrides, as --set does' },
    grid: {
      type: 'object',
      minProperties: 1,
      additionalProperties: values,
      description: 'values by paths of the configuration: every combination is a member',
    },
    random: {
      type: 'object',
      additionalProperties: false,
      required: ['count', 'over'],
      description: 'members whose values are drawn',
      properties: {
        count: { type: 'integer', minimum: 1, maximum: MOST_MEMBERS, description: 'how many are drawn' },
        seed: { type: 'integer', minimum: 0, maximum: Number.MAX_SAFE_INTEGER, default: 1 },
        over: {
          type: 'object',
          minProperties: 1,
          additionalProperties: { anyOf: [values, range] },
          description: 'lists of values, or ranges { from, to }, by paths of the configuration',
        },
      },
    },
  },
} as const;

/** A validated sweep file. */
export type SweepFile = Options<typeof sweepSchema>;
