/** `npm run quickstart`: from a fresh clone to a finished experiment. Further arguments go to `farzi run`. */
import { build, exitWith, install, run } from './commands.mjs';

try {
  await install();
  await build();
  await run(process.execPath, ['packages/cli/dist/main.js', 'run', 'examples/quickstart.yaml', ...process.argv.slice(2)]);
} catch (error) {
  exitWith(error);
}
