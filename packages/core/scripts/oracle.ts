/**
 * Checks an oracle file (format: packages/core/fixtures/oracle/README.md) through the real recording, differentiation and unrolling code,
 * on every engine and with every trajectory. Exits 1 when an error is above its tolerance. The reversible trajectory is measured, not judged: it undoes
 * Adam in floating point, as published, and drifts (see docs/numerics.md); `stored` and `checkpointed` are exact.
 *
 *   pnpm oracle packages/core/fixtures/oracle/adam-meta-gradients.json
 */
import { enableProdMode } from '@tensorflow/tfjs-core';
import { builtInEngines } from '../src/engine/select.js';
import { trajectories, type TrajectoryKind } from '../src/unroll/trajectory.js';
import { checkCase, readOracle, TOLERANCE } from '../test/oracle.js';

const file = process.argv[2];
if (file === undefined) {
  console.error('usage: pnpm oracle FILE');
  process.exit(2);
}
enableProdMode();
const cases = await readOracle(file);
let failures = 0;
for (const definition of builtInEngines) {
  const availability = await definition.check();
  if (!availability.usable) {
    console.log(`${definition.id}: not available (${availability.reason})`);
    continue;
  }
  const engine = await definition.create({ threads: 1 });
  for (const trajectory of Object.keys(trajectories) as TrajectoryKind[]) {
    for (const [index, oracle] of cases.entries()) {
      const errors = await checkCase(engine, trajectory, oracle);
      const above = Object.values(errors).some((error) => !(error <= TOLERANCE));
      const failed = above && trajectory !== 'reversible';
      if (failed) failures += 1;
      const figures = Object.entries(errors).map(([name, error]) => `${name} ${Number(error).toExponential(1)}`);
      console.log(
        `${failed ? 'FAIL ' : above ? 'drift' : 'ok   '} ${engine.id.padEnd(9)} ${trajectory.padEnd(12)} case ${index} T=${String(oracle.config.T).padEnd(3)} ${figures.join('  ')}  (limit ${TOLERANCE})`,
      );
    }
  }
}
console.log(failures === 0 ? 'all cases within tolerance (reversible is measured, not judged)' : `${failures} above tolerance`);
process.exitCode = failures === 0 ? 0 : 1;
