import { readFile } from 'node:fs/promises';
import { FarziError, reasonOf } from '../errors.js';
import type { ModelDefinition } from '../model/definition.js';
import type { StudentParts } from './parts.js';
import { decodeStudent, isStudentBytes } from './student-bytes.js';

/**
 * Reads what a student is made of.
 *
 * @param models - definitions to find the student's architecture among
 * @throws FARZI_DATA_NOT_FOUND, FARZI_SAFETENSORS when the file is damaged or no student, FARZI_CONTRIBUTION_UNKNOWN
 *   for an architecture that is not given
 */
export async function readStudent(file: string, models: readonly ModelDefinition[]): Promise<StudentParts> {
  const bytes = await readFile(file).catch((cause: unknown) => {
    throw new FarziError('FARZI_DATA_NOT_FOUND', `The file ${file} cannot be read: ${reasonOf(cause)}.`, {
      hint: 'Give a file that student.save or farzi train wrote, or one of the students in a run directory.',
      cause,
    });
  });
  return decodeStudent(bytes, file, models);
}

/** Whether a file holds a student; false for anything else, and for what cannot be read. */
export async function isStudentFile(file: string): Promise<boolean> {
  try {
    return isStudentBytes(await readFile(file), file);
  } catch {
    return false;
  }
}
