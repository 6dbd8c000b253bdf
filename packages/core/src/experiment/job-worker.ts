import { FarziError } from '../errors.js';
import { type Job, type JobHelp, jobId, type Work } from '../executor/job.js';
import { EVALUATION, evaluateStudentJob, STUDENT, type StudentWorkshop, trainStudentJob } from './student-job.js';

/** Begin of a job's id that its checkpoints are called by. */
const SHORT = 12;

/** What checkpoints of a job under way are called. */
export const shortId = (job: Job): string => jobId(job).slice(0, SHORT);

/** Does every kind of job with what a workshop holds. */
export function workIn(workshop: StudentWorkshop): Work {
  return (job: Job, help: JobHelp) => {
    switch (job.kind) {
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
