import { spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { writeUsers } from './experiments.js';
import { temporaryFolder } from './folder.js';
import { startFarzi } from './process.js';

/** strace sees every call of the process and its threads, native code included; it may be missing, or forbidden. */
const traceable = spawnSync('strace', ['-f', '-o', '/dev/null', 'true']).status === 0;

const folder = temporaryFolder();
const config = writeUsers(folder);
const [home, temporary, out, trace] = ['home', 'temporary', 'run', 'trace'].map((name) => join(folder.path, name)) as [
  string,
  string,
  string,
  string,
];
const before = readdirSync(folder.path);

describe('farzi run on onnx', () => {
  beforeAll(async () => {
    mkdirSync(home);
    mkdirSync(temporary);
    const unset = { ORT_DISABLE_TELEMETRY: undefined, XDG_CACHE_HOME: undefined, FARZI_DATA_HOME: undefined };
    const { ended, stderr } = startFarzi(['run', config, '--out', out, '--quiet', '--set', 'engine=onnx', '--set', 'evaluation.seeds=1'], {
      ...(traceable ? { around: ['strace', '-f', '-qq', '-e', 'trace=network', '-o', trace] } : {}),
      environment: { HOME: home, TMPDIR: temporary, ...unset },
    });
    expect([(await ended).exitCode, stderr()]).toEqual([0, '']);
  });

  it('writes nothing but its run directory', () => {
    for (const usersOwn of [home, temporary]) expect(readdirSync(usersOwn, { recursive: true })).toEqual([]);
    const made = readdirSync(folder.path).filter((name) => !before.includes(name) && name !== 'trace');
    expect(made.sort()).toEqual(['home', 'run', 'temporary']);
  });

  it.skipIf(!traceable)('opens no socket (seen with strace, where it can be used)', () => {
    const calls = readFileSync(trace, 'utf8').split('\n');
    expect(calls.filter((call) => /\b(socket|bind|listen|connect|sendto|sendmsg|sendmmsg)\(/.test(call))).toEqual([]);
  });
});
