import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { copyFile } from 'node:fs/promises';
import { defineConfig } from 'tsup';
import { library } from '../../tsup.shared.js';

export default defineConfig([
  {
    ...library({ main: 'src/main.ts', 'job-process': 'src/job-process.ts', 'member-process': 'src/sweep/member-process.ts' }),
    onSuccess: () => {
      // for editors, by the command itself
      writeFileSync('dist/experiment.schema.json', execFileSync(process.execPath, ['dist/main.js', 'schema']));
      return Promise.resolve();
    },
  },
  {
    // the page that `farzi export --web` writes: whole, with everything that it imports
    ...library({ page: 'web/page.ts' }),
    ...{ outDir: 'dist/web', clean: false, sourcemap: false, target: 'es2022', platform: 'browser' },
    ...{ noExternal: [/.*/], splitting: true, minify: true },
    onSuccess: async () => {
      for (const file of ['index.html', 'style.css']) await copyFile(`web/${file}`, `dist/web/${file}`);
    },
  },
]);
