import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { usableEngines } from './engines.js';
import { checkCase, readOracle, TOLERANCE } from './oracle.js';

const cases = await readOracle(fileURLToPath(new URL('../fixtures/oracle/adam-meta-gradients.json', import.meta.url)));

describe.each(usableEngines)('%s', (_id, definition) => {
  describe.each(['stored', 'checkpointed'] as const)('%s', (trajectory) => {
    it.each(cases.map((oracle, index) => [index, oracle] as const))('meets the oracle in case %i', async (_index, oracle) => {
      const engine = await definition.create({ threads: 1 });
      const errors = await checkCase(engine, trajectory, oracle);
      for (const error of Object.values(errors)) expect(error).toBeLessThan(TOLERANCE);
      await engine.dispose();
    });
  });

  it('meets the oracle with the reversible trajectory while few steps are undone', async () => {
    const engine = await definition.create({ threads: 1 });
    const short = cases.find(({ config }) => config.T === 3);
    expect(short).toBeDefined();
    if (short === undefined) return;
    const errors = await checkCase(engine, 'reversible', short);
    for (const error of Object.values(errors)) expect(error).toBeLessThan(TOLERANCE);
    await engine.dispose();
  });
});
