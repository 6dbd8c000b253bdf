/**
 * `npm run quickstart`: from a fresh clone to a finished experiment. Further arguments go to `farzi run`.
 * Called again, it starts its own run anew; `npm run quickstart -- --resume` goes on with one that was interrupted.
 */
import { build, exitWith, install, run } from './commands.mjs';

const given = process.argv.slice(2);
const aboutFiles = ['--resume', '--overwrite', '--out'];
const anew = given.some((argument) => aboutFiles.some((option) => argument.startsWith(option))) ? [] : ['--overwrite'];

try {
  await install();
  await build();
  await run(process.execPath, ['packages/cli/dist/main.js', 'run', 'examples/quickstart.yaml', ...anew, ...given]);
} catch (error) {
  exitWith(error);
}
