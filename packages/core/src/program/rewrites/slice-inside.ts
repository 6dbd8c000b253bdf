import * as e from '../expressions.js';
import { type Node, sameShape } from '../node.js';
import { listAttribute, listOf, numberAttribute } from '../ops/definition.js';
import type { Rewrite } from '../rewrite.js';

/** A slice of what parts were put together to, as a slice of the part it lies in. */
function within(x: Node, begin: readonly number[], size: readonly number[]): Node | undefined {
  const [head] = x.inputs as readonly [Node];
  const from = (axis: number): number => begin[axis] as number;
  const to = (axis: number): number => from(axis) + (size[axis] as number);
  const moved = (by: readonly number[]): number[] => size.map((_, axis) => from(axis) - (by[axis] as number));
  switch (x.op) {
    case 'Slice':
      return e.slice(
        head,
        listOf(x, 'begin').map((offset, axis) => offset + from(axis)),
        size,
      );
    case 'Pad': {
      const before = listOf(x, 'before');
      const end = (axis: number): number => (before[axis] as number) + (head.shape[axis] as number);
      if (size.some((_, axis) => to(axis) <= (before[axis] as number) || from(axis) >= end(axis)))
        return x.graph.fill(numberAttribute(x.attributes, 'value'), size, x.dtype);
      return size.every((_, axis) => from(axis) >= (before[axis] as number) && to(axis) <= end(axis))
        ? e.slice(head, moved(before), size)
        : undefined;
    }
    case 'Concat': {
      const axis = numberAttribute(x.attributes, 'axis');
      let offset = 0;
      for (const part of x.inputs) {
        const end = offset + (part.shape[axis] as number);
        if (from(axis) >= offset && to(axis) <= end) return e.slice(part, moved(size.map((_, at) => (at === axis ? offset : 0))), size);
        offset = end;
      }
      return undefined;
    }
    case 'Add':
      // the sum of two padded parts is what cotangents of slices come as
      return x.inputs.every((input) => input.op === 'Pad' || input.op === 'Add') &&
        x.inputs.every((input) => sameShape(input.shape, x.shape))
        ? e.add(e.slice(x.inputs[0] as Node, begin, size), e.slice(x.inputs[1] as Node, begin, size))
        : undefined;
    default:
      return undefined;
  }
}

/** Slices of what parts were put together to, as slices of the part. */
export const sliceInside: Rewrite = {
  name: 'slice-inside',
  finds: 'A slice of a slice, of a padded value, of a concatenation, or of a sum of padded values.',
  makes: 'A slice of the part that it lies in; the padding itself where it lies outside.',
  because:
    'A slice reads the same elements there. Cotangents of slices come padded and added up; taken apart again, none of that is computed.',
  on: ['Slice'],
  apply: ([x]: readonly [Node], attributes) => within(x, listAttribute(attributes, 'begin'), listAttribute(attributes, 'size')),
};
