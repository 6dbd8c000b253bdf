import type { ModelDefinition } from '../model/definition.js';
import { Student } from './student.js';
import { readStudent } from './student-file.js';

/**
 * Reads a student from a file that `student.save` wrote.
 *
 * @param options - `models`: definitions to find the student's architecture among, such as `sasrec`
 * @throws FARZI_DATA_NOT_FOUND, FARZI_SAFETENSORS when the file is damaged or no student, FARZI_CONTRIBUTION_UNKNOWN
 *   for an architecture that is not given
 */
export async function loadStudent(file: string, { models }: { readonly models: readonly ModelDefinition[] }): Promise<Student> {
  return new Student(await readStudent(file, models));
}
