import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, expectTypeOf, it } from 'vitest';
import { refusal } from '../../test/refusal.js';
import { tinyModel } from '../testing/tiny-model.js';
import type { DistillRequest } from '../distill/request.js';
import { farzi } from '../distill/farzi.js';
import type { Engine, Executable } from '../engine/engine.js';
import type { ConfiguredModel, ModelDefinition } from '../model/definition.js';
import { adjointOf } from '../optimizer/adjoint.js';
import type { Optimizer } from '../optimizer/optimizer.js';
import { noOptions } from '../options/schema.js';
import * as expressions from '../program/expressions.js';
import { Graph } from '../program/graph.js';
import { gradients } from '../program/gradients.js';
import type { Node, Program } from '../program/node.js';
import { program } from '../program/program.js';
import { recordOn } from '../program/record.js';
import type { TrainStudentRequest } from '../student/train-student.js';
import { defineInitialisation, defineMetaOptimizer, defineModel, defineOptimizer } from './define.js';

const attention = defineModel({
  id: 'attention',
  task: 'recommendation',
  schema: {
    type: 'object',
    required: ['hiddenSize'],
    properties: {
      hiddenSize: { type: 'integer', minimum: 1 },
      dropout: { type: 'number', default: 0.2 },
      position: { enum: ['learned', 'rotary'], default: 'learned' },
      heads: { type: 'integer' },
    },
  } as const,
  create: (options, context) => {
    // what has a default is always there; what has none and is not required may be missing
    expectTypeOf(options.hiddenSize).toEqualTypeOf<number>();
    expectTypeOf(options.dropout).toEqualTypeOf<number>();
    expectTypeOf(options.position).toEqualTypeOf<'learned' | 'rotary'>();
    expectTypeOf(options.heads).toEqualTypeOf<number | undefined>();
    expectTypeOf(context.vocabularySize).toEqualTypeOf<number>();
    return tinyModel({ ...context, width: options.hiddenSize });
  },
});

type Given = NonNullable<Parameters<typeof attention>[0]>;

describe('a model that is called with options', () => {
  it('knows their types from its schema, those with defaults optional', () => {
    expectTypeOf<Given['hiddenSize']>().toEqualTypeOf<number>();
    expectTypeOf<Given['dropout']>().toEqualTypeOf<number | undefined>();
    expectTypeOf<Given['position']>().toEqualTypeOf<'learned' | 'rotary' | undefined>();
    expect(attention({ hiddenSize: 8 }).options).toEqual({ hiddenSize: 8, dropout: 0.2, position: 'learned' });
    expect(attention({ hiddenSize: 8, dropout: 0, position: 'rotary', heads: 2 }).options).toMatchObject({ position: 'rotary', heads: 2 });
  });

  it('does not compile with others, and refuses them where nobody compiled', () => {
    // @ts-expect-error a size is a number
    expect(refusal(() => attention({ hiddenSize: '8' })).message).toBe(
      'The value of attention.hiddenSize must be a whole number, but it is "8".',
    );
    // @ts-expect-error a word that is not allowed
    expect(refusal(() => attention({ hiddenSize: 8, position: 'none' })).code).toBe('FARZI_CONFIG_INVALID');
    // @ts-expect-error an option without a default that is required
    expect(refusal(() => attention({ dropout: 0.1 })).message).toBe('The key "hiddenSize" of attention is missing.');
    expect(refusal(() => attention()).message).toBe('The key "hiddenSize" of attention is missing.');
  });

  it('is a definition as well, and fits where one is wanted', () => {
    expectTypeOf(attention).toExtend<ModelDefinition>();
    expectTypeOf(attention({ hiddenSize: 8 })).toExtend<ConfiguredModel>();
    expectTypeOf<DistillRequest['model']>().toEqualTypeOf<ConfiguredModel>();
    expectTypeOf<TrainStudentRequest['model']>().toEqualTypeOf<ConfiguredModel>();
    expect([attention.id, attention.task]).toEqual(['attention', 'recommendation']);
    expect(Object.isFrozen(attention)).toBe(true);
  });
});

describe('other contributions', () => {
  const schema = { type: 'object', properties: { strength: { type: 'number', default: 1 } } } as const;

  it('know the types of their options, too', () => {
    const initialisation = defineInitialisation({
      ...{ id: 'centres', schema, needsTeacher: false },
      create: ({ strength }, { shape }) => {
        expectTypeOf(strength).toEqualTypeOf<number>();
        expectTypeOf(shape.rank).toEqualTypeOf<number>();
        return Promise.reject(new Error('not made here'));
      },
    });
    const metaOptimizer = defineMetaOptimizer({
      ...{ id: 'matching', schema },
      innerSteps: ({ strength }) => strength,
      create: () => Promise.reject(new Error('not made here')),
    });
    defineOptimizer({
      ...{ id: 'mine', schema },
      create: ({ strength }) => {
        expectTypeOf(strength).toEqualTypeOf<number>();
        throw new Error('not made here');
      },
    });
    // @ts-expect-error a strength is a number
    expect(() => initialisation({ strength: 'much' })).toThrow('The value of centres.strength must be a number, but it is "much".');
    // @ts-expect-error a strength is a number
    expect(() => metaOptimizer({ strength: 'much' })).toThrow('The value of matching.strength must be a number, but it is "much".');
    expect([initialisation().options, metaOptimizer({ strength: 3 }).options]).toEqual([{ strength: 1 }, { strength: 3 }]);
  });
});

describe('a contribution with its options', () => {
  it('can be created from them by whoever builds on it, without a cast', () => {
    const { definition, options } = attention({ hiddenSize: 8 });
    expectTypeOf(options.position).toEqualTypeOf<'learned' | 'rotary'>();
    expectTypeOf(definition.create).toBeCallableWith(options, { vocabularySize: 9, maxLength: 4 });
    const configured = farzi({ steps: 3 });
    expectTypeOf(configured.definition.innerSteps).toBeCallableWith(configured.options);
    expect(configured.definition.innerSteps(configured.options)).toBe(3);
  });
});

describe('the update of an optimizer', () => {
  it('names its slots and rates, and its derived adjoint has the same', () => {
    type Momentum = Optimizer<readonly [velocity: Node], 'decay'>;
    const update: Momentum['update'] = ({ weights, slots: [velocity] }, gradient, { learningRate, schedule: { decay } }) => {
      expectTypeOf(velocity).toEqualTypeOf<Node>();
      const next = expressions.add(expressions.multiply(decay, velocity), gradient);
      return { weights: expressions.subtract(weights, expressions.multiply(learningRate, next)), slots: [next] };
    };
    expectTypeOf(adjointOf(update)).toEqualTypeOf<Momentum['adjoint']>();
    // @ts-expect-error two slots where one is named
    const wrong: Momentum['update'] = ({ weights }) => ({ weights, slots: [weights, weights] });
    defineOptimizer({
      ...{ id: 'momentum', schema: noOptions },
      create: () => ({ id: 'momentum', slots: ['velocity'], schedule: () => ({ decay: 0.9 }), update, adjoint: adjointOf(update) }),
    });
    expect([update, wrong]).toHaveLength(2);
  });
});

describe('a function that is recorded', () => {
  it('has the names of its outputs', () => {
    const graph = new Graph();
    const recorded = recordOn(graph, { x: graph.input('x', [2]) }, ({ x }) => {
      expectTypeOf(x).toEqualTypeOf<tf.Tensor>();
      return { double: tf.mul(x, 2), half: tf.div(x, 2) };
    });
    expectTypeOf(recorded).toEqualTypeOf<Record<'double' | 'half', Node>>();
    // @ts-expect-error there is none of this name
    expect(recorded.third).toBeUndefined();
    expect(recorded.half.shape).toEqual([2]);
  });

  it('keeps the names of outputs through an engine, and the number of derivatives', () => {
    const graph = new Graph();
    const [x, y] = [graph.input('x', []), graph.input('y', [])];
    const derivatives = gradients(expressions.multiply(x, y), [x, y]);
    expectTypeOf(derivatives).toEqualTypeOf<[Node, Node]>();
    const derived = program('derivatives', [x, y], { toX: derivatives[0], toY: derivatives[1] });
    expectTypeOf(derived).toEqualTypeOf<Program<'toX' | 'toY'>>();
    const compiled = (engine: Engine) => engine.compile(derived);
    expectTypeOf(compiled).returns.resolves.toEqualTypeOf<Executable<'toX' | 'toY'>>();
    expect(derived.outputs.map(({ name }) => name)).toEqual(['toX', 'toY']);
  });
});

describe('a request to distil', () => {
  it('has sequences or a dataset, never both', () => {
    const model = attention({ hiddenSize: 8 });
    const requests = [
      { model, sequences: [[1, 2]] },
      { model, sequences: [['a', 'b']], vocabulary: ['a', 'b'], outerSteps: 3, synthetic: { sequences: 3 } },
      // @ts-expect-error nothing to distil
      { model },
      // @ts-expect-error steps are counted
      { model, sequences: [[1, 2]], outerSteps: 'many' },
    ] satisfies DistillRequest[];
    expect(requests).toHaveLength(4);
  });
});
