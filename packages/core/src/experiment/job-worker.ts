import { FarziError } from '../errors.js';
import type { Job, JobHelp, Work } from '../executor/job.js';
import { shortId } from './job-inputs.js';
import type { Workshop } from './job-parts.js';
import { PART, PartJobs } from './part-job.js';
import { EVALUATION, evaluateStudentJob, STUDENT, trainStudentJob } from './student-job.js';
import { TEACHER, trainTeacherJob } from './teacher-job.js';

/** Does every kind of job with what a workshop holds. */
export function workIn(workshop: Workshop): Work {
  const parts = new PartJobs(workshop);
  return (job: Job, help: JobHelp) => {
    switch (job.kind) {
      case TEACHER:
        return trainTeacherJob(job, shortId(job), help, workshop);
      case PART:
        return parts.run(job);
      case STUDENT:
        return trainStudentJob(job, shortId(job), help, workshop);
      case EVALUATION:
        return evaluateStudentJob(job, workshop);
      default:
        throw new FarziError('FARZI_JOB_FAILED', `There is no job of the kind ${job.kind}.`, {
          hint: 'Whoever does jobs needs the same version of @farzi/core as whoever wants them done.',
        });
    }
  };
}
