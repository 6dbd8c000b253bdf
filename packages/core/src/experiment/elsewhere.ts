import { randomUUID } from 'node:crypto';
import type { Elsewhere, Part, PartsBasis } from '../distill/elsewhere.js';
import type { MemberTraining, TaughtElsewhere } from '../distill/taught.js';
import { type Job, jobId } from '../executor/job.js';
import { trainingFolder } from '../training/checkpoints.js';
import { learningRatesOf } from '../training/learning-rates.js';
import { basisValues, datasetInput, distillationSettings, shortId, teacherSettings } from './job-inputs.js';
import { PART } from './part-job.js';
import type { Session } from './session.js';
import { taughtFrom, TEACHER } from './teacher-job.js';

/** Has the jobs of a session's distillation done. */
export function elsewhereOf(session: Session): Elsewhere {
  const { executor, store, checkpoints } = session;
  const taught: Job[] = [];
  return {
    workers: executor.workers,
    teacherAt: async (training) => {
      const job = await teacherJob(session, training);
      taught.push(job);
      return doneTeacher(session, job);
    },
    taught: async () => {
      for (const job of taught) {
        await store.forget(jobId(job));
        await checkpoints.removeFolder(trainingFolder(shortId(job)));
      }
    },
    parts: (basis) => asker(session, basis),
  };
}

async function teacherJob(session: Session, { learningRate, member }: MemberTraining): Promise<Job> {
  const { experiment, store, versions } = session;
  const settings = await store.put(teacherSettings(experiment, versions));
  return { kind: TEACHER, inputs: { settings, data: await datasetInput(session) }, numbers: { learningRate, member } };
}

async function doneTeacher({ executor, here, experiment, store, observer, signal }: Session, job: Job): Promise<TaughtElsewhere> {
  let heard = false;
  // one alone has all threads here, and can be heard
  const { teacher } = experiment;
  const doer = learningRatesOf(teacher).length > 1 || teacher.members > 1 ? executor : here;
  const { outputs, seconds } = await doer.run(job, {
    ...(signal === undefined ? {} : { signal }),
    observer: {
      onProgress: (progress) => observer.onProgress?.(progress),
      onCheckpoint: (path) => observer.onCheckpoint?.(path),
      onMeasurement: (measurement) => {
        heard = true;
        observer.onMeasurement?.(measurement);
      },
    },
  });
  const { losses, ...found } = taughtFrom(await store.get(outputs['teacher'] ?? ''), seconds);
  return { untold: heard ? [] : losses, ...found };
}

/** Has parts of the outer loop done. They are of this run and moment alone, and nobody else's. */
function asker(session: Session, basis: PartsBasis): (part: Part) => Promise<Part> {
  const { experiment, executor, versions, signal } = session;
  const store = session.store.ofOne();
  const owner = randomUUID();
  const inputs = Promise.all([
    session.store.put(distillationSettings(experiment, versions)),
    datasetInput(session),
    store.put(basisValues(basis), owner),
  ]);
  inputs.catch(() => undefined);
  return async (part) => {
    const [settings, data, common] = await inputs;
    const name = await store.put(part, owner);
    const job: Job = { kind: PART, inputs: { settings, data, basis: common, part: name }, numbers: {} };
    const { outputs } = await executor.run(job, { ...(signal === undefined ? {} : { signal }), observer: {} });
    const answer = await store.get(outputs['part'] ?? '');
    await store.forget(jobId(job));
    await store.remove(name);
    return answer;
  };
}
