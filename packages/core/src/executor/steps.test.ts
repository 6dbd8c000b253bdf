import { describe, expect, it } from 'vitest';
import { errorOf } from '../../test/allclose.js';
import { type Step, takeSteps } from './steps.js';

/** A step that ends when it is told to. */
class Told implements Step {
  begun = false;
  signal: AbortSignal | undefined;
  end: (error?: Error) => void = () => undefined;

  constructor(readonly needs: readonly Step[] = []) {}

  run(signal: AbortSignal): Promise<void> {
    this.begun = true;
    this.signal = signal;
    return new Promise((resolve, reject) => {
      this.end = (error) => {
        if (error === undefined) resolve();
        else reject(error);
      };
    });
  }
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
const begun = (steps: readonly Told[]): boolean[] => steps.map((step) => step.begun);

describe('takeSteps', () => {
  it('begins the first ones that can be, as many as are allowed', async () => {
    const first = new Told();
    const after = new Told([first]);
    const [third, fourth] = [new Told(), new Told()];
    const all = [first, after, third, fourth];
    const taken = takeSteps(all, 2);
    expect(begun(all)).toEqual([true, false, true, false]);
    third.end();
    await turn();
    expect(begun(all)).toEqual([true, false, true, true]);
    first.end();
    await turn();
    expect(begun(all)).toEqual([true, true, true, true]);
    fourth.end();
    after.end();
    await taken;
  });

  it('ends with the first failure: tells those under way, waits for them, and begins no others', async () => {
    const all = [new Told(), new Told(), new Told()];
    const error = errorOf(() => takeSteps(all, 2));
    all[1]?.end(new Error('first'));
    await turn();
    expect(all[0]?.signal?.aborted).toBe(true);
    all[0]?.end(new Error('second'));
    expect(await error).toMatchObject({ message: 'first' });
    expect(all[2]?.begun).toBe(false);
  });

  it('tells steps when it is interrupted', async () => {
    const [step, controller] = [new Told(), new AbortController()];
    const taken = takeSteps([step], 1, controller.signal);
    controller.abort();
    expect(step.signal?.aborted).toBe(true);
    step.end();
    await taken;
  });

  it('refuses steps that nothing can begin', async () => {
    expect(await errorOf(() => takeSteps([new Told([new Told()])], 1))).toMatchObject({ code: 'FARZI_INTERNAL' });
  });
});
