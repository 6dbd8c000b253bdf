import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { FarziError } from '../errors.js';
import type { ModelDefinition } from '../model/definition.js';
import { onDisk, unlessMissing } from '../storage/file-system.js';
import { sha256 } from '../storage/sha256.js';
import { loadStudent } from '../student/load-student.js';
import type { Student } from '../student/student.js';

/** Which student of a run. */
export interface StudentName {
  readonly student: string;
  /** The kind of data it was trained on. */
  readonly data: string;
}

const EXTENSION = '.safetensors';
const asFileName = (label: string): string => label.replace(/[^\w.-]+/g, '-');
const studentFolder = (student: string): string => join('students', asFileName(student));

/** File of a student in a run directory: `students/sasrec/distilled.safetensors`. */
export const studentFile = ({ student, data }: StudentName): string => join(studentFolder(student), `${asFileName(data)}${EXTENSION}`);

/** SHA-256 of a {@link studentFile}; `undefined` where it is not there. */
export async function checksumOfStudent(runDirectory: string, name: string): Promise<string | undefined> {
  const file = join(runDirectory, name);
  const bytes = await onDisk('read', file, () => unlessMissing(readFile(file)));
  return bytes === undefined ? undefined : sha256(bytes);
}

/**
 * Reads a student of a run.
 *
 * @throws FARZI_RUN_INCOMPLETE when the run has no such student, FARZI_SAFETENSORS when the file is damaged or of
 *   another model
 */
export async function openStudent(runDirectory: string, name: StudentName, models: readonly ModelDefinition[]): Promise<Student> {
  const file = join(runDirectory, studentFile(name));
  await stat(file).catch(async (cause: unknown) => {
    throw await noSuchStudent(runDirectory, name, file, cause);
  });
  return loadStudent(file, { models });
}

async function noSuchStudent(runDirectory: string, { student, data }: StudentName, file: string, cause: unknown): Promise<FarziError> {
  const files = await readdir(join(runDirectory, studentFolder(student))).catch(() => []);
  const known = files.filter((each) => each.endsWith(EXTENSION)).map((each) => each.slice(0, -EXTENSION.length));
  const hint =
    known.length === 0
      ? 'Go on with the run with --resume: it has no trained students yet.'
      : `Choose from ${known.sort().join(', ')}, or add to evaluation.arms what students are to be trained on.`;
  return new FarziError(
    'FARZI_RUN_INCOMPLETE',
    `The run ${runDirectory} has no ${student} trained on ${data} data: ${file} cannot be read.`,
    {
      hint,
      cause,
    },
  );
}
