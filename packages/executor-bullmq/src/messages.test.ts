import { FarziError, type Job, jobId } from '@farzi/core';
import { UnrecoverableError } from 'bullmq';
import { describe, expect, it } from 'vitest';
import { errorOf, messageOf, readMessage, refusalOf } from './messages.js';

const name = 'a'.repeat(64);
const job: Job = {
  kind: 'student',
  inputs: { settings: name, data: name, synthetic: name, teacher: name },
  numbers: { seed: 1, learningRate: 0.1 + 0.2 },
};

describe('a job in the queue', () => {
  it('is small, and the same on the other side', () => {
    const text = JSON.stringify(messageOf(job, name));
    expect(Buffer.byteLength(text)).toBeLessThan(600);
    expect(readMessage(jobId(job), JSON.parse(text))).toEqual({ job, probe: name });
  });

  it('holds no values', () => {
    expect(() => messageOf({ ...job, inputs: { settings: 'x'.repeat(2048) } }, name)).toThrow(/takes \d+ bytes in the queue/);
  });

  it.each([undefined, {}, { job }, { job: { ...job, kind: 1 }, probe: name }, { job: { ...job, numbers: { seed: 2 } }, probe: name }])(
    'is not done when it is not what its name stands for: %j',
    (data) => {
      expect(() => readMessage(jobId(job), data)).toThrow(expect.objectContaining({ code: 'FARZI_JOB_FAILED' }) as Error);
    },
  );
});

describe('a failure in the queue', () => {
  it('with a code is final, and arrives as it was', () => {
    const error = new FarziError('FARZI_NON_FINITE', 'The loss is NaN.', { hint: 'Take a smaller learning rate.' });
    const refusal = refusalOf(error, 'build-1');
    expect(refusal).toBeInstanceOf(UnrecoverableError);
    expect(errorOf(job, refusal.message, [])).toMatchObject({ code: error.code, message: error.message, hint: error.hint });
  });

  it('without one is tried again, and in the end told with what was written about all tries', () => {
    const refusal = refusalOf(new TypeError('No data today.'), 'build-1');
    expect(refusal).not.toBeInstanceOf(UnrecoverableError);
    expect(errorOf(job, refusal.message, ['one', 'two', 'three'])).toMatchObject({
      code: 'FARZI_JOB_FAILED',
      message: `The job student ${jobId(job).slice(0, 12)} failed 3 times:\none\ntwo\nthree\nThe last failure was on build-1: No data today.`,
    });
  });

  it('of the queue itself is told', () => {
    expect(errorOf(job, 'job stalled more than allowable limit', [])).toMatchObject({
      code: 'FARZI_JOB_FAILED',
      message: expect.stringMatching(/was lost with its workers again and again: job stalled more than allowable limit\.$/) as string,
    });
  });
});
