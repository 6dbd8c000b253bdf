import type { EvaluationCase } from '../data/dataset.js';
import { disposeAll, type Engine, type EngineTensor, type EngineTensors, type Executable, type HostValues } from '../engine/engine.js';
import { splitParameters } from '../model/layout.js';
import * as e from '../program/expressions.js';
import { Graph } from '../program/graph.js';
import type { Node, Program } from '../program/node.js';
import { program } from '../program/program.js';
import { chunksOf, column, rowsOf } from '../program/macros/chunks.js';
import type { TracedModel } from '../model/traced-model.js';
import { names } from '../unroll/programs.js';
import { likeliest, logitsOf } from './candidates.js';
import type { ScoredTarget, Scorer } from './evaluate.js';
import { rankOf, seenBefore } from './ranking.js';
import { type EvaluationWindow, mostTargets, windowsOf } from './windows.js';

/** How to score. */
export interface ScoringOptions {
  /** Windows that are scored at once, at most: fewer where their logits would take too much memory. */
  readonly batchSize: number;
  readonly length: number;
  readonly vocabularySize: number;
  /** Leave out candidates that the sequence already holds before the target (the target itself stays). */
  readonly maskSeen: boolean;
  /** Candidates of the list that goes with each target, 0 for no lists. */
  readonly listLength: number;
}

/** Logits that a batch may have, unless a single window has more. */
const MOST_LOGITS = 2 ** 23;

/** Sizes of a compiled batch. */
interface BatchShape {
  readonly windows: number;
  readonly length: number;
  /** Targets at most. */
  readonly rows: number;
  /** Tokens to leave out per target, at most. */
  readonly seen: number;
  readonly listLength: number;
  readonly vocabularySize: number;
}

function batchShape(
  { batchSize, length, vocabularySize, maskSeen, listLength }: ScoringOptions,
  cases: readonly EvaluationCase[],
): BatchShape {
  const targets = mostTargets(cases, length);
  const windows = Math.max(1, Math.min(batchSize, Math.floor(MOST_LOGITS / (targets * vocabularySize))));
  const seen = maskSeen ? cases.reduce((most, each) => Math.max(most, seenBefore(each, each.tokens.length - 1).length + 1), 0) : 0;
  return { windows, length, rows: windows * targets, seen, listLength: Math.min(listLength, vocabularySize), vocabularySize };
}

const count = (condition: Node): Node => e.sum(e.cast(condition, 'float32'), [1], true);

/** What is known about each target, in the order of the columns of a scoring program's output. */
const COLUMNS = ['logProbability', 'better', 'equal', 'seenBetter', 'seenEqual'] as const;

/**
 * Compares every candidate with the target where the logits are, some rows at a time: those of a model with factors are
 * never held whole. The same program for the same sizes.
 */
function scoringProgram(traced: TracedModel, shape: BatchShape): Program {
  return traced.once(`scores ${JSON.stringify(shape)}`, () => newScoringProgram(traced, shape));
}

function newScoringProgram(traced: TracedModel, { windows, length, rows, seen, listLength, vocabularySize }: BatchShape): Program {
  const graph = new Graph();
  const weights = graph.input(names.weights, [traced.layout.size]);
  const ids = graph.input('ids', [windows, length], 'int32');
  const positions = graph.input('positions', [rows], 'int32');
  const targets = graph.input('targets', [rows, 1], 'int32');
  const leftOut = graph.input('seen', [rows, seen], 'int32');
  const counts = graph.input('seenCounts', [rows, seen]);
  const lists: Node[] = [];
  const parameters = splitParameters(traced.layout, weights);
  const scores = chunksOf(rows, vocabularySize).map(([from, some]) => {
    const logits = traced.logitsAt(parameters, { kind: 'hard', ids }, e.slice(positions, [from], [some]));
    const own = logitsOf(logits, rowsOf(targets, from, some));
    if (listLength > 0) {
      const seenRows = { ids: rowsOf(leftOut, from, some), counts: rowsOf(counts, from, some) };
      lists.push(likeliest(logits, seen === 0 ? undefined : seenRows, listLength));
    }
    const columns = [e.subtract(own, column(e.logSumExp(logits))), count(e.greater(logits, own)), count(e.equal(logits, own))];
    if (seen === 0) return e.concat(columns, 1);
    const theirs = logitsOf(logits, rowsOf(leftOut, from, some));
    return e.concat([...columns, count(e.greater(theirs, own)), count(e.equal(theirs, own))], 1);
  });
  const inputs = [weights, ids, positions, targets, ...(seen === 0 ? [] : listLength > 0 ? [leftOut, counts] : [leftOut])];
  return program<string>('scores', inputs, { scores: e.concat(scores, 0), ...(lists.length === 0 ? {} : { lists: e.concat(lists, 0) }) });
}

/** The program that scores some cases, and how often it runs for all of them. Nothing is allocated. */
export function scoringWork(
  traced: TracedModel,
  options: ScoringOptions,
  cases: readonly EvaluationCase[],
): { program: Program; runs: number } {
  const shape = batchShape(options, cases);
  const windows = cases.reduce((sum, each) => sum + windowsOf(each, shape.length).length, 0);
  return { program: scoringProgram(traced, shape), runs: Math.ceil(windows / shape.windows) };
}

/** A window, and the place of its case among those that are scored. */
type IndexedWindow = EvaluationWindow & { readonly index: number };

/** A compiled model that scores; give it weights to get a {@link Scorer}. */
export class ModelScorer {
  private constructor(
    private readonly engine: Engine,
    private readonly executable: Executable,
    private readonly shape: BatchShape,
  ) {}

  /** @param cases - all that will ever be scored: batches are sized for them */
  static async compile(
    engine: Engine,
    traced: TracedModel,
    options: ScoringOptions,
    cases: readonly EvaluationCase[],
  ): Promise<ModelScorer> {
    const shape = batchShape(options, cases);
    return new ModelScorer(engine, await engine.compile(scoringProgram(traced, shape)), shape);
  }

  /** Scores with flat weights, which stay the caller's. */
  scorer(weights: EngineTensor): Scorer {
    return async function* score(this: ModelScorer, cases: Parameters<Scorer>[0]) {
      const windows = cases.flatMap((each, index) => windowsOf(each, this.shape.length).map((window) => ({ ...window, index })));
      for (let from = 0; from < windows.length; from += this.shape.windows) {
        yield await this.#scoreBatch(weights, windows.slice(from, from + this.shape.windows));
      }
    }.bind(this);
  }

  async #scoreBatch(weights: EngineTensor, batch: readonly IndexedWindow[]): Promise<ScoredTarget[]> {
    const { windows, length, rows, seen, listLength, vocabularySize } = this.shape;
    const ids = new Int32Array(windows * length);
    const positions = new Int32Array(rows);
    const targets = new Int32Array(rows);
    const leftOut = new Int32Array(rows * seen);
    const counts = new Float32Array(rows * seen);
    const padding: number[] = [];
    const left: number[] = [];
    const cases: number[] = [];
    let row = 0;
    batch.forEach(({ case: each, from, firstTarget, end, index }, window) => {
      ids.set(each.tokens.subarray(from, end - 1), window * length);
      for (let at = firstTarget; at < end; at++, row++) {
        const target = each.tokens[at] as number;
        positions[row] = window * length + at - 1 - from;
        targets[row] = target;
        cases[row] = index;
        if (seen === 0) continue;
        const before = seenBefore(each, at);
        leftOut.fill(target, row * seen, (row + 1) * seen).set(before, row * seen);
        counts.fill(1, row * seen, row * seen + before.length);
        padding[row] = seen - before.length;
        left[row] = vocabularySize - before.length;
      }
    });
    const { scores, lists } = await this.#run(weights, {
      ids: this.engine.upload(ids, [windows, length]),
      positions: this.engine.upload(positions, [rows]),
      targets: this.engine.upload(targets, [rows, 1]),
      ...(seen === 0 ? {} : { seen: this.engine.upload(leftOut, [rows, seen]) }),
      ...(seen === 0 || listLength === 0 ? {} : { seenCounts: this.engine.upload(counts, [rows, seen]) }),
    });
    const columns = scores.length / rows;
    const at = (name: (typeof COLUMNS)[number], index: number): number => {
      const place = COLUMNS.indexOf(name);
      return place < columns ? (scores[index * columns + place] as number) : 0;
    };
    return Array.from({ length: row }, (_, index) => ({
      target: targets[index] as number,
      case: cases[index] as number,
      logProbability: at('logProbability', index),
      rank: rankOf({
        better: at('better', index),
        equal: at('equal', index),
        seenBetter: at('seenBetter', index),
        // rows are padded with the target, which equals itself
        seenEqual: at('seenEqual', index) - (padding[index] ?? 0),
      }),
      // where fewer are left than the list is long, it goes on with what was left out
      list: lists.subarray(index * listLength, index * listLength + Math.min(listLength, left[index] ?? vocabularySize)),
    }));
  }

  async #run(weights: EngineTensor, inputs: EngineTensors): Promise<{ scores: HostValues; lists: Int32Array }> {
    const outputs = await this.executable.run({ [names.weights]: weights, ...inputs });
    const scores = (await this.engine.download(outputs['scores'] as EngineTensor)).slice();
    const lists = outputs['lists'] === undefined ? new Int32Array() : Int32Array.from(await this.engine.download(outputs['lists']));
    disposeAll(inputs);
    disposeAll(outputs);
    return { scores, lists };
  }

  dispose(): Promise<void> {
    return this.executable.dispose();
  }
}
