import { describe, expect, it } from 'vitest';
import { toyPlugin } from '../../test/toy-experiment.js';
import { parseConfig } from './file.js';
import { createRegistry } from '../experiment/experiment.js';
import { resolveExperiment, type ResolvedExperiment } from './resolve.js';

const registry = createRegistry([toyPlugin]);
const language = 'task: language\ndataset: { id: text }\nmodel: { id: writer }\n';

function resolved(text: string, ...overrides: readonly string[]): ResolvedExperiment {
  const { config, document } = parseConfig(text, 'x.yaml', overrides);
  return resolveExperiment(config, registry, document);
}

describe('resolveExperiment', () => {
  const metrics = 'evaluation:\n  metrics: [surprise]\n  selection: surprise\n';

  it('refuses to leave out tokens that a text has already had', () => {
    expect(() => resolved(`${language}${metrics}  maskSeen: true\n`)).toThrow(
      expect.objectContaining({
        code: 'FARZI_CONFIG_INVALID',
        message: 'x.yaml:7:13: evaluation.maskSeen is for recommendation: a text may well repeat a token',
        hint: 'Leave it out.',
      }) as Error,
    );
    expect(resolved(`${language}${metrics}  maskSeen: false\n`).config.evaluation.maskSeen).toBe(false);
  });

  it('numbers students of the same model', () => {
    const { students } = resolved(language + metrics, 'students=[{ id: writer, width: 4 }, { id: writer }, { id: writer }]');
    expect(students.map(({ label, options }) => [label, (options as { width: number }).width])).toEqual([
      ['writer', 4],
      ['writer 2', 8],
      ['writer 3', 8],
    ]);
  });
});
