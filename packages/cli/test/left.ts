import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Summary } from '@farzi/core';

/** All that a run leaves but times: nothing of it may depend on who trained which student, or when. */
export function left(run: string): unknown {
  const students = join(run, 'students');
  const { results, ...summary } = JSON.parse(readFileSync(join(run, 'summary.json'), 'utf8')) as Summary;
  return {
    synthetic: readFileSync(join(run, 'synthetic.farzi')).toString('base64'),
    students: readdirSync(students, { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.safetensors'))
      .sort()
      .map((name) => [name, readFileSync(join(students, name)).toString('base64')]),
    results: results.map(({ trainingSeconds: _seconds, ...rest }) => rest),
    retention: summary.retention,
    log: readFileSync(join(run, 'metrics.jsonl'), 'utf8'),
    jobs: existsSync(join(run, 'checkpoints', 'jobs')),
  };
}
