import * as e from '../expressions.js';
import type { Node } from '../node.js';
import type { Rewrite } from '../rewrite.js';

/** TensorFlow.js' composition of `tf.logSoftmax`, as one op again. */
export const logSoftmax: Rewrite = {
  name: 'log-softmax',
  finds: '`shifted - log(sum(exp(shifted)))` with `shifted = x - max(x)`, over the last axis: how TensorFlow.js composes tf.logSoftmax.',
  makes: 'LogSoftmax of x.',
  because: 'Both are x - log(sum(exp(x))). One op is one pass through memory, and its derivative is its own: the softmax.',
  on: ['Sub'],
  apply: ([a, b]: readonly [Node, Node]) => {
    const [x, largest] = a.op === 'Sub' ? a.inputs : [];
    const [total] = b.op === 'Log' ? b.inputs : [];
    const [powers] = total?.op === 'Sum' ? total.inputs : [];
    if (x === undefined || powers?.op !== 'Exp' || powers.inputs[0] !== a || largest?.op !== 'Max' || largest.inputs[0] !== x)
      return undefined;
    const axis = String(x.shape.length - 1);
    return [total, largest].every((node) => String(node?.attributes['axes']) === axis && node?.attributes['keepDims'] === true)
      ? e.logSoftmax(x)
      : undefined;
  },
};
