/**
 * Checks an oracle file (format: packages/core/fixtures/oracle/README.md) through the real recording, differentiation
 * and unrolling code, on every engine, or on one, and with every trajectory. Exits 1 when an error is above its
 * tolerance. The reversible trajectory is measured, not judged: it undoes Adam in floating point, as published, and
 * drifts until the learner's state is lost (see docs/numerics.md); `stored` and `checkpointed` are exact.
 *
 *   pnpm oracle packages/core/fixtures/oracle/adam-meta-gradients.json
 *   pnpm oracle packages/core/fixtures/oracle/adam-meta-gradients.json --engine onnx
 */
import { parseArgs } from 'node:util';
import { enableProdMode } from '@tensorflow/tfjs-core';
import { builtInEngines } from '../src/engine/built-in.js';
import { checkpointed, reversible, stored } from '../src/unroll/strategies.js';
import { oracleRow, readOracle } from '../test/oracle.js';

const { positionals, values } = parseArgs({ allowPositionals: true, options: { engine: { type: 'string' } } });
const [file] = positionals;
const engines = builtInEngines.filter(({ id }) => values.engine === undefined || id === values.engine);
if (file === undefined || engines.length === 0) {
  console.error(`usage: pnpm oracle FILE [--engine ${builtInEngines.map(({ id }) => id).join('|')}]`);
  process.exit(2);
}
enableProdMode();
const cases = await readOracle(file);
let judged = 0;
let failures = 0;
for (const definition of engines) {
  const availability = await definition.check();
  if (!availability.usable) {
    console.log(`${definition.id}: The engine is not available. ${availability.reason}`);
    continue;
  }
  const engine = await definition.create({ threads: 1 });
  for (const trajectory of [stored, checkpointed, reversible]) {
    for (const [index, oracle] of cases.entries()) {
      const { verdict, text } = await oracleRow(engine, trajectory, index, oracle);
      console.log(text);
      if (!trajectory.needsUndo) judged += 1;
      if (verdict === 'FAIL') failures += 1;
    }
  }
  await engine.dispose();
}
const outcome = failures === 0 ? `All ${judged} judged cases are within tolerance` : `Of ${judged} judged cases, ${failures} failed`;
console.log(`${outcome} (reversible is measured, not judged).`);
process.exitCode = failures === 0 && judged > 0 ? 0 : 1;
