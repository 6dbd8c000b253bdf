import { describe, expect, it } from 'vitest';
import { refusal } from '../../test/refusal.js';
import { ConfigDocument } from '../config/document.js';
import type { OptionsSchema } from './schema.js';
import { validateOptions } from './validate.js';

const minimal = 'task: recommendation\ndataset: { id: tiny }\nmodel: { id: sasrec }\n';

describe('options of a contribution', () => {
  const schema: OptionsSchema = {
    type: 'object',
    properties: { hiddenSize: { type: 'integer', minimum: 1, default: 64 }, dropout: { type: 'number' } },
  };
  const document = ConfigDocument.parse(`${minimal}students:\n  - id: gru\n    hidenSize: 3\n  - id: gru\n    hiddenSize: 0\n`, 'x.yaml', [
    'model.hiddenSize=x',
  ]);

  it('are filled with defaults; what was given stays as it was', () => {
    const given = { dropout: 0.1 };
    expect(validateOptions(schema, given, ['model'], undefined)).toEqual({ hiddenSize: 64, dropout: 0.1 });
    expect(given).toEqual({ dropout: 0.1 });
    expect(validateOptions(schema, undefined, ['model'], undefined)).toEqual({ hiddenSize: 64 });
  });

  it.each([
    [
      { hidenSize: 3 },
      ['students', '0'],
      'x.yaml:6:5: The key "hidenSize" of students.0 is not known.',
      'Did you mean "hiddenSize"? The known keys are hiddenSize, dropout.',
    ],
    [{ hiddenSize: 0 }, ['students', '1'], 'x.yaml:8:17: The value of students.1.hiddenSize must be >= 1, but it is 0.', undefined],
    [
      { hiddenSize: 'x' },
      ['model'],
      '--set model.hiddenSize=x: The value of model.hiddenSize must be a whole number, but it is "x".',
      undefined,
    ],
    [{ dropout: true }, ['model'], 'x.yaml:3:8: The value of model.dropout must be a number, but it is true.', undefined],
  ])('%j in %j', (options, path, message, hint) => {
    expect(refusal(() => validateOptions(schema, options, path, document))).toMatchObject({ message, hint });
  });

  it('have no place without a document', () => {
    expect(refusal(() => validateOptions(schema, { hiddenSize: 1.5 }, ['model'], undefined)).message).toBe(
      'The value of model.hiddenSize must be a whole number, but it is 1.5.',
    );
  });

  it('have a schema that must be valid itself', () => {
    const wrong = { type: 'object', properties: { a: { type: 'integre' } } } as unknown as OptionsSchema;
    expect(refusal(() => validateOptions(wrong, {}, ['model'], undefined))).toMatchObject({
      code: 'FARZI_PLUGIN_INVALID',
      message: expect.stringContaining('The options schema of model is not valid: schema is invalid'),
    });
  });
});
