import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/** The Python that tests run: `FARZI_PYTHON`, or the first `python3` on the path. */
const python = process.env['FARZI_PYTHON'] ?? 'python3';

/** What a call of Python left. */
export interface Called {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs Python with this folder as a place of modules. */
export function callPython(...argv: readonly string[]): Called {
  const { status, stdout, stderr } = spawnSync(python, argv, {
    encoding: 'utf8',
    maxBuffer: 2 ** 28,
    env: { ...process.env, PYTHONPATH: fileURLToPath(new URL('.', import.meta.url)), PYTHONDONTWRITEBYTECODE: '1', OMP_NUM_THREADS: '1' },
  });
  return { status, stdout, stderr };
}

/** Whether there is a Python with some modules: without it tests are skipped. None is loaded for that. */
export function hasPythonWith(...modules: readonly string[]): boolean {
  const lacks = 'import importlib.util, sys; sys.exit(any(importlib.util.find_spec(name) is None for name in sys.argv[1:]))';
  return callPython('-c', lacks, ...modules).status === 0;
}
