import { disposeAll, type Engine, type EngineTensor, type Executable } from '../engine/engine.js';
import { splitParameters } from '../model/layout.js';
import type { TracedModel } from '../model/traced-model.js';
import { Graph } from '../program/graph.js';
import { program } from '../program/program.js';
import { names } from '../unroll/programs.js';
import { likeliest, logitsOf } from './candidates.js';

/** Sizes of a compiled batch of histories. */
export interface RecommenderShape {
  /** Histories at once. */
  readonly batchSize: number;
  /** Longest history that the model reads, in tokens. */
  readonly length: number;
  /** Tokens to leave out of a list, at most; 0 to leave out none. */
  readonly seen: number;
  /** Candidates of a list. */
  readonly k: number;
}

/** The candidates with the highest scores after a history, best first. */
export interface RankedCandidates {
  readonly tokens: Int32Array;
  /** Logits, up to a constant of each history. */
  readonly scores: Float32Array;
}

/** A compiled model that lists what it expects next. */
export class Recommender {
  private constructor(
    private readonly engine: Engine,
    private readonly executable: Executable<'tokens' | 'scores'>,
    private readonly shape: RecommenderShape,
  ) {}

  static async compile(engine: Engine, traced: TracedModel, shape: RecommenderShape): Promise<Recommender> {
    const { batchSize, length, seen, k } = shape;
    const graph = new Graph();
    const weights = graph.input(names.weights, [traced.layout.size]);
    const ids = graph.input('ids', [batchSize, length], 'int32');
    const positions = graph.input('positions', [batchSize], 'int32');
    const leftOut = { ids: graph.input('seen', [batchSize, seen], 'int32'), counts: graph.input('seenCounts', [batchSize, seen]) };
    const logits = traced.logitsAt(splitParameters(traced.layout, weights), { kind: 'hard', ids }, positions);
    const tokens = likeliest(logits, seen === 0 ? undefined : leftOut, k);
    const inputs = [weights, ids, positions, ...(seen === 0 ? [] : [leftOut.ids, leftOut.counts])];
    return new Recommender(
      engine,
      await engine.compile(program('recommendations', inputs, { tokens, scores: logitsOf(logits, tokens) })),
      shape,
    );
  }

  /** Lists for histories of at least one token, `batchSize` at a time; `weights` are flat and stay the caller's. */
  async recommend(weights: EngineTensor, histories: readonly Int32Array[]): Promise<RankedCandidates[]> {
    const { batchSize } = this.shape;
    const lists: RankedCandidates[] = [];
    for (let from = 0; from < histories.length; from += batchSize)
      lists.push(...(await this.#batch(weights, histories.slice(from, from + batchSize))));
    return lists;
  }

  async #batch(weights: EngineTensor, histories: readonly Int32Array[]): Promise<RankedCandidates[]> {
    const { batchSize, length, seen, k } = this.shape;
    const ids = new Int32Array(batchSize * length);
    const positions = new Int32Array(batchSize);
    const leftOut = new Int32Array(batchSize * seen);
    const counts = new Float32Array(batchSize * seen);
    histories.forEach((history, row) => {
      const read = history.subarray(-length);
      ids.set(read, row * length);
      positions[row] = row * length + read.length - 1;
      const distinct = [...new Set(history)].slice(0, seen);
      leftOut.set(distinct, row * seen);
      counts.fill(1, row * seen, row * seen + distinct.length);
    });
    const inputs = {
      ids: this.engine.upload(ids, [batchSize, length]),
      positions: this.engine.upload(positions, [batchSize]),
      ...(seen === 0
        ? {}
        : { seen: this.engine.upload(leftOut, [batchSize, seen]), seenCounts: this.engine.upload(counts, [batchSize, seen]) }),
    };
    const outputs = await this.executable.run({ [names.weights]: weights, ...inputs });
    const tokens = Int32Array.from(await this.engine.download(outputs.tokens));
    const scores = Float32Array.from(await this.engine.download(outputs.scores));
    disposeAll(inputs);
    disposeAll(outputs);
    return histories.map((_, row) => ({
      tokens: tokens.slice(row * k, (row + 1) * k),
      scores: scores.slice(row * k, (row + 1) * k),
    }));
  }

  dispose(): Promise<void> {
    return this.executable.dispose();
  }
}
