import { describe, expect, it } from 'vitest';
import { folderName, titleOf, valueText } from './names.js';

const nameOf = (value: unknown, path = 'a.b'): string => folderName([{ path, value }]);

describe('the name of a member', () => {
  it.each([
    [5, 'a.b=5'],
    [0.001, 'a.b=0.001'],
    [1e-7, 'a.b=1e-7'],
    [-2, 'a.b=-2'],
    [true, 'a.b=true'],
    ['hard', 'a.b=hard'],
    ['hr@10', /^a\.b=hr-10-[\da-f]{8}$/],
    ['Hard', /^a\.b=Hard-[\da-f]{8}$/],
    ['5', /^a\.b=5-[\da-f]{8}$/],
    ['true', /^a\.b=true-[\da-f]{8}$/],
    ['', /^a\.b=[\da-f]{8}$/],
    ['../../x', /^a\.b=..-..-x-[\da-f]{8}$/],
    ['ends.', /^a\.b=ends-[\da-f]{8}$/],
    ['~', /^a\.b=[\da-f]{8}$/],
    [null, 'a.b=null'],
    [[0.01, 0.05], /^a\.b=0\.01-0\.05-[\da-f]{8}$/],
    [{ id: 'sgd', momentum: 0.9 }, /^a\.b=id-sgd-momentum-0\.9-[\da-f]{8}$/],
  ])('says its values where a file system can: %j', (value, name) => {
    expect(nameOf(value)).toMatch(name instanceof RegExp ? name : new RegExp(`^${name.replaceAll('.', '\\.')}$`));
    expect(nameOf(value)).toMatch(/^[\w.,=+-]+$/);
  });

  it('differs for values that look the same, on file systems that ignore capitals, too', () => {
    const values = [1, '1', true, 'true', null, 'null', 'a b', 'a-b', 'A-b', 'a/b', ['a', 'b'], { a: 'b' }];
    expect(new Set(values.map((value) => nameOf(value).toLowerCase())).size).toBe(values.length);
    expect(nameOf(1, 'x y')).not.toBe(nameOf(1, 'x/y'));
  });

  it('has a length that file systems take', () => {
    const long = (last: number) =>
      Array.from({ length: 40 }, (_, index) => ({ path: `section.key${index}`, value: index === 39 ? last : 1 }));
    expect(folderName(long(1)).length).toBeLessThan(140);
    expect(folderName(long(1))).not.toBe(folderName(long(2)));
  });
});

it('titles say values as a user would write them', () => {
  expect(
    titleOf([
      { path: 'synthetic.sequences', value: 5 },
      { path: 'model', value: { id: 'x' } },
    ]),
  ).toBe('synthetic.sequences=5, model={"id":"x"}');
  expect(['hr@10', 'a b', 'a,b', '1', '', '# x', '*x'].map(valueText)).toEqual(['hr@10', '"a b"', '"a,b"', '"1"', '""', '"# x"', '"*x"']);
});
