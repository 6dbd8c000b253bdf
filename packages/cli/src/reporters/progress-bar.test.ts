import { Writable } from 'node:stream';
import { expect, it } from 'vitest';
import { sampleSummary } from '../../test/sample-summary.js';
import { barLine, ProgressBar } from './progress-bar.js';

it('shows what is done, what is left and the latest news', () => {
  expect(barLine({ title: 'distilling', done: 6, total: 24, eta: 75, detail: 'loss 1.5' })).toBe(
    'distilling                            ██████░░░░░░░░░░░░░░░░░░ 6/24  1 min 15 s left  loss 1.5',
  );
  expect(barLine({ title: 'distilling', done: 24, total: 24, eta: 0, detail: '' })).toBe(
    'distilling                            ████████████████████████ 24/24',
  );
  expect(barLine({ title: 'loading x', done: 0, total: 0, eta: undefined, detail: 'unpacking' })).toBe('loading x  unpacking');
});

it('keeps notes, and the duration of every stretch', () => {
  let text = '';
  const output = new Writable({
    write(chunk: Buffer, _encoding, done) {
      text += chunk.toString();
      done();
    },
  });
  const terminal = Object.assign(output, { isTTY: true, columns: 80, rows: 24 });
  let time = 0;
  const reporter = new ProgressBar(terminal, () => time);
  reporter.onPhase('teacher', { title: 'teaching', total: 2 });
  reporter.onNote('a note');
  time = 3000;
  reporter.onPhase('distillation', { title: 'distilling', total: 2 });
  reporter.onFinish(sampleSummary(), 'runs/x');
  reporter.close();
  expect(text).toMatch(/a note\n[^]*teaching: 3 s\n[^]*distilling: 0 s\n[^]*Done in 3 s\n$/);
});
