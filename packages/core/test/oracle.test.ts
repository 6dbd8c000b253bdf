import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { engine as onnx } from './engine.js';
import { quickEngines, usableEngines } from './engines.js';
import type { Engine } from '../src/engine/engine.js';
import { checkpointed, reversible, stored } from '../src/unroll/strategies.js';
import { aboveTolerance, checkCase, type OracleCase, oracleRow, readOracle } from './oracle.js';

const cases = await readOracle(fileURLToPath(new URL('../fixtures/oracle/adam-meta-gradients.json', import.meta.url)));

const quick = new Set(quickEngines.map(([id]) => id));

// what is deterministic differs in one op, which the op tests go through: its shaders alone take half a minute
const engines = usableEngines.filter(([id]) => id !== 'onnx-webgpu-deterministic');

describe.each(engines)('%s', (id, definition) => {
  let engine: Engine;
  beforeAll(async () => {
    engine = await definition.create({ threads: 1 });
  });
  afterAll(() => engine.dispose());

  // of an engine's programs, both trajectories run the same: a slow one goes through one of them
  describe.each(quick.has(id) ? [stored, checkpointed] : [stored])('$id', (trajectory) => {
    it.each(cases.map((oracle, index) => [index, oracle] as const))('meets the oracle in case %i', async (_index, oracle) => {
      const errors = await checkCase(engine, trajectory, oracle);
      expect(aboveTolerance(errors), JSON.stringify(errors)).toEqual([]);
    });
  });

  it('meets the oracle with the reversible trajectory while few steps are undone', async () => {
    const short = cases.find(({ config }) => config.T === 3);
    expect(short).toBeDefined();
    if (short === undefined) return;
    const errors = await checkCase(engine, reversible, short);
    expect(aboveTolerance(errors), JSON.stringify(errors)).toEqual([]);
  });
});

describe('a row of the report', () => {
  const [first] = cases as [OracleCase];
  /** Undoing this Adam multiplies rounding errors by 10 a step. */
  const fragile: OracleCase = { ...first, config: { ...first.config, T: 40, beta1: 0.5, beta2: 0.1, eps: 1e-8 } };
  const wrong: OracleCase = { ...first, metaGradient: { ...first.metaGradient, learningRate: first.metaGradient.learningRate * 1.01 } };

  it('says that a judged case is within tolerance, or fails', async () => {
    expect(await oracleRow(onnx, stored, 0, first)).toMatchObject({ verdict: 'ok' });
    expect(await oracleRow(onnx, checkpointed, 0, wrong)).toMatchObject({ verdict: 'FAIL' });
  });

  it('measures the reversible trajectory, and goes on when it loses the state', async () => {
    expect(await oracleRow(onnx, reversible, 0, wrong)).toMatchObject({ verdict: 'drift' });
    const row = await oracleRow(onnx, reversible, 3, fragile);
    expect(row.verdict).toBe('lost');
    expect(row.text).toContain('case 3 T=40');
  });
});
