import { describe, expect, it } from 'vitest';
import { refusal } from '../../test/refusal.js';
import { parseConfig } from './file.js';

/** Each line is ten times the one before it; written out, the last one is ten million values. */
const names = ['a', 'b', 'c', 'd', 'e', 'f', 'g'];
const bomb = names.map(
  (name, index) =>
    `${name}: &${name} [${Array(10)
      .fill(index === 0 ? 'x' : `*${names[index - 1] ?? ''}`)
      .join(', ')}]`,
);
const tooMany = 'With its aliases written out, this has more than 100,000 values.';

describe('aliases that stand for millions of values', () => {
  it('are refused in a file', () => {
    expect(refusal(() => parseConfig(bomb.join('\n'), 'x.yaml'))).toMatchObject({
      code: 'FARZI_CONFIG_SYNTAX',
      message: `x.yaml:1:1: ${tooMany}`,
    });
  });

  it('are refused in an override', () => {
    const { code, message } = refusal(() => parseConfig('task: language', 'x.yaml', [`dataset={ ${bomb.join(', ')} }`]));
    expect(code).toBe('FARZI_USAGE');
    expect(message.endsWith(`the value is not valid YAML: ${tooMany}`)).toBe(true);
  });
});
