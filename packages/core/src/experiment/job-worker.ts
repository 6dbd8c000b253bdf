import { FarziError } from '../errors.js';
import type { Work } from '../executor/job.js';
import { EVALUATION, EvaluationJobs } from './evaluation-job.js';
import { shortId } from './job-inputs.js';
import type { Workshop } from './job-parts.js';
import { PART, PartJobs } from './part-job.js';
import { STUDENT, trainStudentJob } from './student-job.js';
import { TEACHER, trainTeacherJob } from './teacher-job.js';

/** Does every kind of job with what a workshop holds, one after the other: what one was done with is kept for the next. */
export function workIn(workshop: Workshop): Work {
  const parts = new PartJobs(workshop);
  const evaluations = new EvaluationJobs(workshop);
  const work: Work = (job, help) => {
    switch (job.kind) {
      case TEACHER:
        return trainTeacherJob(job, shortId(job), help, workshop);
      case PART:
        return parts.run(job);
      case STUDENT:
        return trainStudentJob(job, shortId(job), help, workshop);
      case EVALUATION:
        return evaluations.run(job);
      default:
        throw new FarziError('FARZI_JOB_FAILED', `There is no job of the kind ${job.kind}.`, {
          hint: 'Whoever does jobs needs the same version of @farzi/core as whoever wants them done.',
        });
    }
  };
  let last: Promise<unknown> = Promise.resolve();
  return (job, help) => {
    const next = last.then(() => work(job, help));
    last = next.catch(() => undefined);
    return next;
  };
}
