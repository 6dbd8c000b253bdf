/** Runs the pinned pnpm, so that package.json scripts need none on PATH: `node scripts/pnpm.mjs <arguments>`. */
import { exitWith, pnpm } from './commands.mjs';

try {
  await pnpm(process.argv.slice(2));
} catch (error) {
  exitWith(error);
}
