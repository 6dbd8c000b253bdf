import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { writeTale, writeUsers } from './experiments.js';
import { temporaryFolder } from './folder.js';
import { outcome } from './terminal.js';

const folder = temporaryFolder();
const [tale, lone, users] = ['tale', 'lone', 'users'].map((name) => join(folder.path, name)) as [string, string, string];
beforeAll(async () => {
  for (const [config, out, ...more] of [
    [writeTale(folder), tale],
    [writeTale(folder), lone, '--set', 'evaluation.arms=[distilled]'],
    [writeUsers(folder), users],
  ] as const)
    expect(await outcome('run', config, '--out', out, '--quiet', ...more)).toMatchObject({ exitCode: 0, stderr: '' });
});

/** What is printed by a call that succeeds, with the notes before it. */
async function written(...argv: readonly string[]): Promise<string> {
  const { exitCode, stdout, stderr } = await outcome('generate', tale, '--tokens', '12', ...argv);
  expect(exitCode).toBe(0);
  return stderr + stdout;
}

/** The continuations by the data of their students, without indentation. */
function continuations(text: string): Record<string, string> {
  const blocks = text.split(/^transformer-lm, trained on (\S+) data\n/m).slice(1);
  return Object.fromEntries(
    blocks.flatMap((data, index) => (index % 2 === 0 ? [[data, (blocks[index + 1] ?? '').replace(/^ {2}/gm, '').trimEnd()]] : [])),
  );
}

describe('farzi generate', () => {
  it('continues a prompt with the student on distilled and the one on full data', async () => {
    const { distilled, full } = continuations(await written('--prompt', 'the cat'));
    for (const text of [distilled, full]) expect(text).toMatch(/^the cat[a-z .\n]{1,12}$/);
    expect(distilled).not.toBe(full);
    expect(Object.keys(continuations(await written('--prompt', 'the cat')))).toEqual(['distilled', 'full']);
  });

  it('takes the likeliest at temperature 0, which the full data have taught', async () => {
    const { full } = continuations(await written('--prompt', 'the cat sat', '--temperature', '0', '--tokens', '7'));
    expect(full).toBe('the cat sat on the');
    expect(continuations(await written('--prompt', 'the cat sat', '--top-k', '1', '--tokens', '7'))['full']).toBe(full);
  });

  it('draws by the seed, the same whoever else writes', async () => {
    const text = await written('--prompt', 'the');
    expect(await written('--prompt', 'the')).toBe(text);
    expect(await written('--prompt', 'the', '--seed', '2')).not.toBe(text);
    expect(continuations(await written('--prompt', 'the', '--data', 'full'))).toEqual({ full: continuations(text)['full'] });
  });

  it('writes with the students that are asked for, in that order', async () => {
    expect(Object.keys(continuations(await written('--prompt', 'a', '--data', 'full,distilled')))).toEqual(['full', 'distilled']);
    expect(Object.keys(continuations(await written('--prompt', 'a', '--data', 'full', '--data', 'distilled')))).toEqual([
      'full',
      'distilled',
    ]);
  });

  it('computes with another engine if told so', async () => {
    const prompt = ['--prompt', 'the cat', '--temperature', '0'] as const;
    expect(await written(...prompt, '--engine', 'tfjs-cpu', '--threads', '1')).toBe(await written(...prompt));
  });

  it('tells what of the prompt is not known', async () => {
    expect(await written('--prompt', 'a QUiz', '--data', 'full')).toMatch(
      /^note: The vocabulary lacks 3 of 6 tokens of the prompt, which students read as "a \uFFFD\uFFFDi\uFFFD"\.\n/,
    );
  });

  it('leaves out a student that the run was not to train, and says so', async () => {
    const { exitCode, stdout, stderr } = await outcome('generate', lone, '--prompt', 'the', '--tokens', '3');
    expect([exitCode, stderr]).toEqual([0, 'note: This run trains no student on full data: it is not in evaluation.arms.\n']);
    expect(Object.keys(continuations(stdout))).toEqual(['distilled']);
  });
});

describe('farzi generate refuses', () => {
  it.each([
    [
      'an empty prompt',
      ['tale', '--prompt', ''],
      '2 error FARZI_PROMPT: The prompt is empty.\nhint: Give at least one word to go on from.\n',
    ],
    [
      'a prompt in other characters',
      ['tale', '--prompt', 'ÜÖ'],
      '2 error FARZI_PROMPT: Nothing of the prompt "ÜÖ" is in the vocabulary.\nhint: Use words that occur in the training text, and mind capitals and spelling.\n',
    ],
    [
      'a run on users',
      ['users', '--prompt', 'a'],
      '1 error FARZI_RUN_INCOMPLETE: The run ./users is on recommendation: it has no text to continue.\nhint: Give a run whose task is language. farzi inspect shows the synthetic sequences of any run.\n',
    ],
    [
      'data that no student was trained on',
      ['tale', '--prompt', 'a', '--data', 'distiled'],
      '1 error FARZI_RUN_INCOMPLETE: The run ./tale has no transformer-lm trained on distiled data: ./tale/students/transformer-lm/distiled.safetensors cannot be read.\nhint: Choose from distilled, full, or add to evaluation.arms what students are to be trained on.\n',
    ],
    [
      'an engine that is not there',
      ['tale', '--prompt', 'a', '--engine', 'abacus'],
      '1 error FARZI_ENGINE_UNAVAILABLE: There is no engine abacus.\nhint: Use one of auto, onnx-cuda, onnx-webgpu, onnx-webgpu-deterministic, tfjs-node-gpu, onnx, tfjs-node, onnx-web, tfjs-wasm, tfjs-cpu.\n',
    ],
  ])('%s', async (_what, [run = '', ...argv], message) => {
    const { exitCode, stdout, stderr } = await outcome('generate', join(folder.path, run), ...argv);
    expect(stdout).toBe('');
    expect(`${exitCode} ${stderr}`.replaceAll(folder.path, '.')).toBe(message);
  });
});
