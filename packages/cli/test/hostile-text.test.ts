import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { temporaryFolder } from './folder.js';
import { outcome } from './terminal.js';

const folder = temporaryFolder();
/** Sets the title of a window, clears the screen, and turns the direction of writing. */
const hostile = '\u001b]0;gone\u0007\u001b[2J\u009b31m\u202E';

/** All that a call has printed, which should hold nothing that a terminal obeys. */
async function printed(...argv: readonly string[]): Promise<string> {
  const { stdout, stderr } = await outcome(...argv);
  const text = stdout + stderr;
  expect(text).not.toMatch(/[^\P{Cc}\n]|\p{Bidi_Control}/u);
  return text;
}

describe('what a terminal would obey is not printed', () => {
  it.each([
    ['a command', [`run${hostile}`]],
    ['an option', ['run', 'x', `--${hostile}`]],
    ['a path', ['validate', `${hostile}.yaml`]],
    ['a key', ['validate', folder.write('key.yaml', `task: language\n"\\e]0;gone\\a": 1\n`)]],
    ['an override', ['validate', folder.write('plain.yaml', 'task: language\ndataset: a\nmodel: b\n'), '--set', `seed=${hostile}`]],
    ['a stack', ['validate', `${hostile}.yaml`, '--verbose']],
  ])('of %s', async (_what, argv) => {
    expect(await printed(...argv)).toMatch(/error FARZI_[^]*\uFFFD/);
  });

  it('of data, in a run and when it is looked at', async () => {
    const users = Array.from({ length: 24 }, (_, user) =>
      [`u${user}`, ...Array.from({ length: 7 }, (_event, step) => `i${(user + step) % 12}${hostile}`)].join(' '),
    );
    const [path, out] = [`users${hostile}.txt`, join(folder.path, `run${hostile}`)];
    folder.write(path, `${users.join('\n')}\n`);
    const config = folder.write(
      'users.yaml',
      `task: recommendation
threads: 1
dataset: { id: interactions, path: ${JSON.stringify(path)}, format: sequences }
model: { id: sasrec, hiddenSize: 8, blocks: 1, dropout: 0 }
maxLength: 6
synthetic: { sequences: 4, rank: 3 }
teacher: { maxSteps: 2, evaluateEvery: 2 }
distillation: { outerSteps: 1, metaOptimizer: { id: farzi, steps: 2, realBatchSize: 8 }, learner: { batchSize: 4, poolSize: 2 } }
training: { maxSteps: 2, evaluateEvery: 2 }
evaluation: { seeds: 1, metrics: [hr@10, ndcg@10], arms: [full, distilled] }
`,
    );
    expect(await printed('run', config, '--out', out)).toMatch(/Run directory: .*run\uFFFD\]0;gone\uFFFD/);
    expect(await printed('inspect', out)).toMatch(/ i\d+\uFFFD\]0;gone\uFFFD/);
    expect(await printed('inspect', out, '--json')).toMatch(/i\d+\uFFFD\]0;gone\uFFFD/);
  });
});
