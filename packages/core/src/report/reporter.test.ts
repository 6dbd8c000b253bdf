import { describe, expect, it } from 'vitest';
import { errorOf } from '../../test/allclose.js';
import { type NamedReporter, type Reporter, Reporters } from './reporter.js';
import type { Summary } from './summary.js';

const named = (reporter: Reporter, name = 'the reporter "broken"', essential = false): NamedReporter => ({ name, reporter, essential });
const summary = {} as Summary;
const fail = (): never => {
  throw new Error('disk full');
};

/** Calls every method once, and twice over. */
async function callAll(reporters: Reporters): Promise<void> {
  for (let round = 0; round < 2; round++) {
    reporters.emit('onStart', { runDirectory: 'run', engine: 'onnx', threads: 1, resumed: false });
    reporters.emit('onPhase', 'dataset', { title: 'loading' });
    reporters.emit('onProgress', { phase: 'dataset', done: 0, detail: '' });
    reporters.emit('onMeasurement', { phase: 'teacher', subject: 'teacher', step: 1, values: {} });
    reporters.emit('onCheckpoint', 'file');
    reporters.emit('onNote', 'a note');
    await reporters.finish(summary, 'run');
  }
}

describe('reporters', () => {
  const methods = ['onStart', 'onPhase', 'onProgress', 'onMeasurement', 'onNote', 'onCheckpoint', 'onFinish'] as const;

  it.each(methods)('lose one that throws in %s, with one note to the others, who hear everything', async (method) => {
    const heard: string[] = [];
    const notes: string[] = [];
    let failures = 0;
    const broken = { [method]: () => ((failures += 1), fail()) } as Reporter;
    const listener = Object.fromEntries(methods.map((name) => [name, () => heard.push(name)])) as Reporter;
    await callAll(new Reporters([named(broken), named({ ...listener, onNote: (text) => notes.push(text) }, 'a listener')]));
    expect(failures).toBe(1);
    expect(notes.filter((note) => note !== 'a note')).toEqual([
      `From now on the reporter "broken" is left out: its ${method} failed: disk full.`,
    ]);
    expect(notes.filter((note) => note === 'a note')).toHaveLength(2);
    const round = ['onStart', 'onPhase', 'onProgress', 'onMeasurement', 'onCheckpoint', 'onFinish'];
    expect(heard).toEqual([...round, ...round]);
  });

  it('lose one that rejects when the run is complete, and wait for the others', async () => {
    const finished: string[] = [];
    const slow: Reporter = {
      onFinish: async () => {
        await Promise.resolve();
        finished.push('slow');
      },
    };
    await new Reporters([named({ onFinish: () => Promise.reject(new Error('disk full')) }), named(slow)]).finish(summary, 'run');
    expect(finished).toEqual(['slow']);
  });

  it('call methods on their reporter, and tell observers the same', () => {
    class Counter implements Reporter {
      notes = 0;
      onNote(): void {
        this.notes += 1;
      }
    }
    const counter = new Counter();
    const reporters = new Reporters([named(counter)]);
    reporters.emit('onNote', 'one');
    reporters.observer().onNote?.('two');
    expect(counter.notes).toBe(2);
  });

  it('lose none but those that throw, though the note about one makes the next fail', async () => {
    const heard: string[] = [];
    const listener: Reporter = { onNote: (text) => heard.push(text), onFinish: () => void heard.push('finished') };
    const reporters = new Reporters([named({ onNote: fail }, 'one'), named({ onNote: fail }, 'two'), named(listener, 'a listener')]);
    reporters.emit('onNote', 'a note');
    await reporters.finish(summary, 'run');
    const about = (name: string): string => `From now on ${name} is left out: its onNote failed: disk full.`;
    expect(heard.sort()).toEqual(['a note', 'finished', about('one'), about('two')].sort());
  });

  it('survive all of them failing at once', async () => {
    const all = ['a', 'b', 'c'].map((name) => named({ onNote: fail, onPhase: fail }, name));
    const reporters = new Reporters(all);
    expect(() => {
      reporters.emit('onPhase', 'dataset', { title: 'loading' });
    }).not.toThrow();
    await callAll(reporters);
  });

  it('end the run with one that is essential', async () => {
    const reporters = new Reporters([named({ onMeasurement: fail, onFinish: fail }, 'the record', true)]);
    expect(() => {
      reporters.emit('onMeasurement', { phase: 'teacher', subject: 'teacher', step: 1, values: {} });
    }).toThrow('disk full');
    expect(await errorOf(() => reporters.finish(summary, 'run'))).toMatchObject({ message: 'disk full' });
  });
});
