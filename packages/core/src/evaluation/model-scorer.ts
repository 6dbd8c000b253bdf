import { disposeAll, type Engine, type EngineTensor, type Executable } from '../engine/engine.js';
import { invariant } from '../errors.js';
import { splitParameters } from '../model/layout.js';
import * as e from '../program/expressions.js';
import { Graph, program } from '../program/graph.js';
import type { TracedModel } from '../training/objective.js';
import { names } from '../unroll/programs.js';
import type { Scorer, ScoredPredictions } from './evaluate.js';
import { type EvaluationWindow, windowsOf } from './windows.js';

/** Shape of an evaluation batch. */
export interface ScoringShape {
  readonly batchSize: number;
  readonly length: number;
  /** Predictions per window, at most: see `mostTargets`. */
  readonly targetsPerWindow: number;
}

/** A compiled model that scores; give it weights to get a {@link Scorer}. */
export class ModelScorer {
  private constructor(
    private readonly engine: Engine,
    private readonly executable: Executable,
    private readonly shape: ScoringShape,
  ) {}

  static async compile(engine: Engine, traced: TracedModel, shape: ScoringShape): Promise<ModelScorer> {
    const graph = new Graph();
    const weights = graph.input(names.weights, [traced.layout.size]);
    const ids = graph.input('ids', [shape.batchSize, shape.length], 'int32');
    const rows = graph.input('rows', [shape.batchSize * shape.targetsPerWindow], 'int32');
    const logits = traced.logitsAt(splitParameters(traced.layout, weights), { kind: 'hard', ids }, rows);
    return new ModelScorer(engine, await engine.compile(program('scores', [weights, ids, rows], { scores: e.logSoftmax(logits) })), shape);
  }

  /** Scores with flat weights, which stay the caller's. */
  scorer(weights: EngineTensor): Scorer {
    return async function* score(this: ModelScorer, cases: Parameters<Scorer>[0]) {
      const windows = cases.flatMap((each) => windowsOf(each, this.shape.length));
      for (let from = 0; from < windows.length; from += this.shape.batchSize) {
        yield await this.#scoreBatch(weights, windows.slice(from, from + this.shape.batchSize));
      }
    }.bind(this);
  }

  async #scoreBatch(weights: EngineTensor, windows: readonly EvaluationWindow[]): Promise<ScoredPredictions> {
    const { batchSize, length, targetsPerWindow } = this.shape;
    const ids = new Int32Array(batchSize * length);
    const rows: number[] = [];
    const predictions = windows.flatMap(({ case: each, from, firstTarget, end }, window) => {
      ids.set(each.tokens.subarray(from, end - 1), window * length);
      return Array.from({ length: end - firstTarget }, (_, index) => {
        rows.push(window * length + firstTarget + index - 1 - from);
        return { case: each, at: firstTarget + index };
      });
    });
    const room = batchSize * targetsPerWindow;
    invariant(rows.length <= room, `a scorer with room for ${room} predictions was given ${rows.length}`);
    const inputs = {
      ids: this.engine.upload(ids, [batchSize, length]),
      rows: this.engine.upload(
        Int32Array.from({ length: room }, (_, index) => rows[index] ?? 0),
        [room],
      ),
    };
    const outputs = await this.executable.run({ [names.weights]: weights, ...inputs });
    const scores = Float32Array.from(await this.engine.download(outputs['scores'] as EngineTensor));
    disposeAll(inputs);
    disposeAll(outputs);
    return { predictions, scores };
  }

  dispose(): Promise<void> {
    return this.executable.dispose();
  }
}
