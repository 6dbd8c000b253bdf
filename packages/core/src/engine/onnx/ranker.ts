import type { MessageInitShape } from '@bufbuild/protobuf';
import { inputName, type Node, type Program } from '../../program/node.js';
import {
  AttributeProto_AttributeType as AttributeType,
  type NodeProtoSchema,
  TensorProto_DataType as DataType,
  type TensorProtoSchema,
  type ValueInfoProtoSchema,
} from './generated/onnx_pb.js';
import { graphOf, modelBytes } from './lower.js';

/** What a model of a ranker is made of. */
export interface RankerParts {
  /**
   * Scores one row: inputs `tokens` int32 `[1, length]`, `position` int32 `[1]` (which of them to go on from) and the
   * weights; the output `scores` is `[1, vocabulary]`.
   */
  readonly program: Program;
  /** Values of the program's other inputs, by name. */
  readonly weights: Readonly<Record<string, Float32Array>>;
  readonly length: number;
  readonly vocabularySize: number;
  /** Candidates of a list. */
  readonly k: number;
  /** What is said about the model, for people. */
  readonly about: string;
  /** The same for programs. */
  readonly metadata: Readonly<Record<string, string>>;
}

type WrittenNode = MessageInitShape<typeof NodeProtoSchema>;
type Initializer = MessageInitShape<typeof TensorProtoSchema>;

/** What is left out of a list gets this score. */
const LEFT_OUT = -Infinity;

const op = (opType: string, input: string[], output: string, attribute: WrittenNode['attribute'] = []): WrittenNode => ({
  ...{ name: `${opType} ${output}`, opType, input, output: [output], attribute },
});
const integer = (name: string, value: number) => ({ name, type: AttributeType.INT, i: BigInt(value) });
const int64 = (name: string, values: readonly number[], shape: readonly number[]): Initializer => ({
  ...{ name, dims: shape.map(BigInt), dataType: DataType.INT64 },
  rawData: new Uint8Array(BigInt64Array.from(values, BigInt).buffer),
});
const float = (name: string, values: Float32Array, shape: readonly number[]): Initializer => ({
  ...{ name, dims: shape.map(BigInt), dataType: DataType.FLOAT },
  rawData: new Uint8Array(values.buffer, values.byteOffset, values.byteLength),
});

/** An input or output; a size that has a name is the caller's choice. */
function value(name: string, elemType: DataType, shape: readonly (number | string)[], docString: string) {
  const dim = shape.map((size) => ({
    value: typeof size === 'string' ? { case: 'dimParam' as const, value: size } : { case: 'dimValue' as const, value: BigInt(size) },
  }));
  const type = { value: { case: 'tensorType' as const, value: { elemType, shape: { dim } } } };
  return { name, type, docString } satisfies MessageInitShape<typeof ValueInfoProtoSchema>;
}

/**
 * A program that scores one row of tokens as an ONNX model that ranks any number of rows: it is the body of a `Scan`
 * over the rows, so that every program will do, whatever its shapes are made of. Lists are made of all rows at once.
 */
export function rankerModel({ program, weights, length, vocabularySize, k, about, metadata }: RankerParts): Uint8Array {
  const body = graphOf(program);
  const isWeight = (node: Node): boolean => Object.hasOwn(weights, inputName(node));
  // what the body does not declare it reads from the graph around it
  body.input = body.input.filter((_, index) => !isWeight(program.inputs[index] as Node));
  const axis = int64('axis', [1], [1]);
  return modelBytes(
    {
      name: program.name,
      docString: about,
      input: [
        value('tokens', DataType.INT64, ['batch', length], `Token ids, left-aligned: the oldest first, any known ids behind the last.`),
        value('lengths', DataType.INT64, ['batch'], `How many tokens of each row are real: 1 to ${length}.`),
        value(
          ...(['excluded', DataType.INT64, ['batch', 'excluded']] as const),
          'Token ids to leave out of the lists, usually what a row has seen, padded with -1; [batch, 0] leaves out none.',
        ),
      ],
      output: [
        value('scores', DataType.FLOAT, ['batch', vocabularySize], 'Logit of every token to come next; softmax makes them probabilities.'),
        value('topTokens', DataType.INT64, ['batch', k], 'Token ids with the highest scores, best first, without the excluded ones.'),
        value('topScores', DataType.FLOAT, ['batch', k], 'Their scores; -Infinity where fewer are left than the list is long.'),
      ],
      initializer: [
        axis,
        int64('one', [1], []),
        int64('none', [-1], []),
        int64('zero', [0], [1]),
        int64('end', [vocabularySize], [1]),
        int64('spare', [vocabularySize], []),
        int64('oneColumn', [0, 0, 0, 1], [4]),
        int64('k', [k], [1]),
        float('leftOut', Float32Array.of(LEFT_OUT), [1]),
        ...program.inputs
          .filter(isWeight)
          .map((node) => float(`in:${inputName(node)}`, weights[inputName(node)] as Float32Array, node.shape)),
      ],
      node: [
        op('Cast', ['tokens'], 'ids', [integer('to', DataType.INT32)]),
        op('Unsqueeze', ['ids', 'axis'], 'idRows'),
        op('Sub', ['lengths', 'one'], 'last'),
        op('Cast', ['last'], 'positions', [integer('to', DataType.INT32)]),
        op('Unsqueeze', ['positions', 'axis'], 'positionRows'),
        op('Scan', ['idRows', 'positionRows'], 'scoreRows', [
          integer('num_scan_inputs', 2),
          { name: 'body', type: AttributeType.GRAPH, g: body },
        ]),
        op('Squeeze', ['scoreRows', 'axis'], 'scores'),
        // an excluded id becomes a place of the row, -1 the spare one behind it
        op('Equal', ['excluded', 'none'], 'isNone'),
        op('Where', ['isNone', 'spare', 'excluded'], 'places'),
        op('Shape', ['places'], 'placesShape'),
        op('Expand', ['leftOut', 'placesShape'], 'replacements'),
        op('Pad', ['scores', 'oneColumn'], 'withSpare'),
        op('ScatterElements', ['withSpare', 'places', 'replacements'], 'marked', [integer('axis', 1)]),
        op('Slice', ['marked', 'zero', 'end', 'axis'], 'candidates'),
        { ...op('TopK', ['candidates', 'k'], 'topScores'), output: ['topScores', 'topTokens'] },
      ],
    },
    { docString: about, metadataProps: Object.entries(metadata).map(([key, text]) => ({ key, value: text })) },
  );
}
