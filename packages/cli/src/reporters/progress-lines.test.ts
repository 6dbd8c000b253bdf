import { expect, it } from 'vitest';
import { sampleSummary } from '../../test/sample-summary.js';
import { ProgressLines } from './progress-lines.js';

function start() {
  let time = 1000;
  const lines: string[] = [];
  const reporter = new ProgressLines({ write: (text: Uint8Array | string) => lines.push(String(text)) > 0 }, () => time);
  return { reporter, lines, at: (seconds: number) => (time = 1000 + seconds * 1000) };
}

it('writes every stretch and note, and progress at most every five seconds', () => {
  const { reporter, lines, at } = start();
  reporter.onStart({ runDirectory: 'runs/x', engine: 'onnx 1', threads: 2, resumed: false });
  reporter.onPhase('distillation', { title: 'distilling', total: 100 });
  for (let second = 0.5; second <= 12; second += 0.5) {
    at(second);
    reporter.onProgress({ phase: 'distillation', done: second * 2, detail: `loss ${second}` });
  }
  reporter.onNote('a note');
  reporter.onNote('another');
  reporter.onFinish(sampleSummary(), 'runs/x');
  expect(lines).toEqual([
    '[    0 s] The run in runs/x starts with onnx 1, threads: 2.\n',
    '[    0 s] distilling (0/100)\n',
    '[    5 s]   10/100 loss 5\n',
    '[   10 s]   20/100 loss 10\n',
    '[   12 s] a note\n',
    '[   12 s] another\n',
    '[   12 s] The run is done after 12 s.\n',
  ]);
});

it('does not repeat itself where there is nothing to count', () => {
  const { reporter, lines, at } = start();
  reporter.onPhase('dataset', { title: 'loading x' });
  for (const [second, detail] of [
    [6, 'downloading'],
    [12, 'downloading'],
    [18, 'unpacking'],
  ] as const) {
    at(second);
    reporter.onProgress({ phase: 'dataset', done: 0, detail });
  }
  expect(lines).toEqual(['[    0 s] loading x\n', '[    6 s]   downloading\n', '[   18 s]   unpacking\n']);
});
