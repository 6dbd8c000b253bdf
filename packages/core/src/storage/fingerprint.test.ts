import { describe, expect, it } from 'vitest';
import { flatten, isFingerprint } from './fingerprint.js';

describe('a fingerprint', () => {
  it('has the leaves of a value by their paths, each as JSON', () => {
    expect(flatten({ seed: 1, model: { id: 'tiny', sizes: [2, 3] }, students: [], options: {}, none: null, left: undefined })).toEqual({
      seed: '1',
      'model.id': '"tiny"',
      'model.sizes.0': '2',
      'model.sizes.1': '3',
      students: '[]',
      options: '{}',
      none: 'null',
      left: 'undefined',
    });
  });

  it.each([
    [{ seed: '1' }, true],
    [{}, true],
    [{ seed: 1 }, false],
    [null, false],
    ['seed', false],
    [undefined, false],
  ])('%j is one: %s', (value, expected) => {
    expect(isFingerprint(value)).toBe(expected);
  });
});
