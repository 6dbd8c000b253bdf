import { defineConfig } from 'tsup';
import { library } from '../../tsup.shared.js';

export default defineConfig({
  ...library({ main: 'src/main.ts', 'job-process': 'src/job-process.ts', 'member-process': 'src/sweep/member-process.ts' }),
  dts: false,
});
