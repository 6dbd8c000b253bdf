import { FarziError } from '../errors.js';
import { inputName, type Program } from '../program/node.js';
import type { EngineTensor, EngineTensors } from './engine.js';

/** The values of a program's inputs in order. Throws FARZI_ENGINE_FAILED for one that is missing or does not fit. */
export function orderedInputs(program: Program, given: EngineTensors): EngineTensor[] {
  return program.inputs.map((input) => {
    const name = inputName(input);
    const tensor = given[name];
    const wanted = `${input.dtype} [${input.shape.join(', ')}]`;
    if (tensor === undefined) {
      throw new FarziError(
        'FARZI_ENGINE_FAILED',
        `The program ${program.name} was run without its input ${name} (${wanted}), with ${Object.keys(given).join(', ') || 'nothing'}.`,
      );
    }
    if (tensor.dtype !== input.dtype || tensor.shape.join() !== input.shape.join()) {
      throw new FarziError(
        'FARZI_ENGINE_FAILED',
        `The program ${program.name} wants ${name} as ${wanted}, but it is ${tensor.dtype} [${tensor.shape.join(', ')}].`,
      );
    }
    return tensor;
  });
}
