import { expect, it } from 'vitest';
import { sampleSummary } from '../../test/sample-summary.js';
import { Text } from '../../test/terminal.js';
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
  const terminal = Object.assign(new Text(), { isTTY: true, columns: 80, rows: 24 });
  let time = 0;
  const reporter = new ProgressBar(terminal, () => time);
  reporter.onPhase('teacher', { title: 'teaching', total: 2 });
  reporter.onNote('a note');
  time = 3000;
  reporter.onPhase('distillation', { title: 'distilling', total: 2 });
  reporter.onFinish(sampleSummary(), 'runs/x');
  reporter.close();
  expect(terminal.text).toMatch(/a note\n[^]*teaching: 3 s\n[^]*distilling: 0 s\n[^]*Done in 3 s\n$/);
});

it('moves the cursor, but lets nothing else do so', () => {
  const terminal = Object.assign(new Text(), { isTTY: true, columns: 80, rows: 24 });
  const reporter = new ProgressBar(terminal, () => 0);
  const hostile = '\u001b]0;gone\u0007\u202E';
  reporter.onNote(`first ${hostile}`);
  reporter.onPhase('dataset', { title: `loading ${hostile}`, total: 2 });
  reporter.onProgress({ phase: 'dataset', done: 1, detail: `reading ${hostile}` });
  reporter.onNote(`second ${hostile}`);
  reporter.close();
  expect(terminal.text).toContain('\u001b[');
  for (const one of ['\u001b]', '\u0007', '\u202E']) expect(terminal.text).not.toContain(one);
  for (const word of ['first', 'second', 'loading']) expect(terminal.text).toContain(`${word} \uFFFD]0;gone\uFFFD\uFFFD`);
});
