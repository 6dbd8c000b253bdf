import { arch, availableParallelism, freemem, platform, release, totalmem } from 'node:os';
import { coreVersion, createRegistry, isForAuto, surveyEngines } from '@farzi/core';
import { columns } from '../columns.js';
import { exitCodes } from '../exit.js';
import { firstPartyPlugins } from '../first-party.js';
import type { Io } from '../io.js';
import { cliVersion, versionOf } from '../versions.js';

const GIGABYTE = 1024 ** 3;

export interface DoctorOptions {
  readonly json?: boolean;
}

/** Tells what an experiment would run on; fails when there is no engine to run on. */
export async function doctor({ json = false }: DoctorOptions, io: Io): Promise<number> {
  const survey = await surveyEngines(createRegistry(firstPartyPlugins).all('engine'));
  const chosen = survey.find(({ availability }) => isForAuto(availability))?.id;
  const engines = survey.flatMap(({ id, availability }) => {
    if (availability.usable) {
      const { version, onlyByName } = availability;
      const taken = id === chosen ? ' (what engine: auto takes)' : '';
      return [
        [id, `available, ${version}${taken}`],
        ...(onlyByName === undefined ? [] : [['', `engine: auto does not take it. ${onlyByName}`]]),
      ];
    }
    const { reason, install } = availability;
    return [[id, `not available: ${reason}`], ...(install === undefined ? [] : [['', `to install: ${install}`]])];
  });
  const named = io.environment['FARZI_THREADS'] ?? '';
  const machine = {
    node: process.version,
    platform: `${platform()} ${arch()} ${release()}`,
    threads: `${availableParallelism()}${named === '' ? '' : `, FARZI_THREADS is ${named}`}`,
    memory: `${(totalmem() / GIGABYTE).toFixed(1)} GB, ${(freemem() / GIGABYTE).toFixed(1)} GB free`,
    data: io.environment['FARZI_DATA_HOME'] ?? 'FARZI_DATA_HOME is not set',
  };
  const packages = {
    '@farzi/cli': cliVersion,
    '@farzi/core': coreVersion,
    ...Object.fromEntries(firstPartyPlugins.map(({ name }) => [name, versionOf(name) ?? 'unknown'])),
  };
  io.stdout.write(
    json
      ? `${JSON.stringify({ auto: chosen ?? null, engines: survey, machine, packages }, null, 2)}\n`
      : `Engines\n${columns(indented(engines))}\nMachine\n${columns(indented(Object.entries(machine)))}\nPackages\n${columns(indented(Object.entries(packages)))}`,
  );
  if (chosen !== undefined) return exitCodes.ok;
  io.stderr.write('No engine can be used: install one of those above.\n');
  return exitCodes.failure;
}

function indented(rows: readonly (readonly string[])[]): string[][] {
  return rows.map(([first = '', ...rest]) => [`  ${first}`, ...rest]);
}
