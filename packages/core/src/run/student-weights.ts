import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { EngineTensor } from '../engine/engine.js';
import { FarziError } from '../errors.js';
import type { ParameterLayout } from '../model/layout.js';
import { decodeSafetensors, encodeSafetensors } from '../storage/safetensors.js';
import type { TracedModel } from '../model/traced-model.js';
import type { Session } from '../experiment/session.js';

/** Which student some weights are. */
export interface StudentName {
  readonly student: string;
  /** The kind of data it was trained on. */
  readonly data: string;
}

const EXTENSION = '.safetensors';

const studentFolder = (student: string): string => join('students', student.replace(/[^\w.-]+/g, '-'));

/** File of a student's weights in a run directory: `students/sasrec/distilled.safetensors`. */
const studentFile = ({ student, data }: StudentName): string => join(studentFolder(student), `${data}${EXTENSION}`);

/** Writes a trained student to the run directory, one named tensor per parameter. */
export async function saveStudent(
  { directory, engine }: Session,
  { layout }: TracedModel,
  weights: EngineTensor,
  about: StudentName & { readonly seed: number; readonly step: number },
): Promise<void> {
  const flat = Float32Array.from(await engine.download(weights));
  const tensors = Object.fromEntries(
    layout.entries.map(({ path, shape, offset, size }) => [path, { shape: [...shape], values: flat.subarray(offset, offset + size) }]),
  );
  const metadata = { student: about.student, data: about.data, seed: String(about.seed), step: String(about.step) };
  await directory.writeText(studentFile(about), encodeSafetensors(tensors, metadata));
}

/**
 * Reads a student's weights, flat, in the order of a layout.
 *
 * @throws FARZI_RUN_INCOMPLETE when the run has no such student, FARZI_SAFETENSORS when the file is damaged or of another model
 */
export async function loadStudent(runDirectory: string, name: StudentName, layout: ParameterLayout): Promise<Float32Array> {
  const file = join(runDirectory, studentFile(name));
  const bytes = await readFile(file).catch(async (cause: unknown) => {
    throw await noSuchStudent(runDirectory, name, file, cause);
  });
  const { tensors } = decodeSafetensors(bytes, file);
  const flat = new Float32Array(layout.size);
  for (const { path, shape, offset } of layout.entries) {
    const tensor = tensors[path];
    if (tensor?.shape.join() !== shape.join()) {
      throw new FarziError(
        'FARZI_SAFETENSORS',
        `${file}: ${path} has the shape [${String(tensor?.shape.join(', '))}], the model's is [${shape.join(', ')}]`,
      );
    }
    flat.set(tensor.values, offset);
  }
  return flat;
}

async function noSuchStudent(runDirectory: string, { student, data }: StudentName, file: string, cause: unknown): Promise<FarziError> {
  const files = await readdir(join(runDirectory, studentFolder(student))).catch(() => []);
  const known = files.filter((each) => each.endsWith(EXTENSION)).map((each) => each.slice(0, -EXTENSION.length));
  const hint =
    known.length === 0
      ? 'It has no trained students yet; an interrupted run goes on with --resume.'
      : `It has students trained on ${known.sort().join(', ')}; evaluation.arms says on what an experiment trains them.`;
  return new FarziError('FARZI_RUN_INCOMPLETE', `${runDirectory} has no ${student} trained on ${data} data: ${file} cannot be read`, {
    hint,
    cause,
  });
}
