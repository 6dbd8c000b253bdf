import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { errorOf } from '../../test/allclose.js';
import { filesIn, runToy, temporaryFolder, toyConfig, toyPlugin, withoutClock } from '../../test/toy-experiment.js';
import { resolveExperiment } from '../config/resolve.js';
import { definePlugin, type Plugin } from '../plugin/define.js';
import { token } from '../plugin/tokens.js';
import { compareStudents } from './comparison.js';
import { createRegistry, runExperiment } from './experiment.js';
import { type CheckpointService, type ComparisonService, services, type SummaryService } from './services.js';
import { summarise } from './summarise.js';

const path = temporaryFolder();
const quick = toyConfig(
  ...['synthetic.initialisation=random', 'teacher.snapshots=0', 'distillation.outerSteps=2', 'evaluation.arms=[popularity, distilled]'],
);
const serving = (given: NonNullable<Plugin['services']>, rest: Partial<Plugin> = {}): Plugin =>
  definePlugin({ name: 'server', core: '*', services: given, ...rest });

describe('a plugin that replaces a part of experiments', () => {
  it('may compare students in its own way', async () => {
    const compared: unknown[] = [];
    const comparison: ComparisonService = ({ dataset, experiment }, { synthetic }) => {
      compared.push([dataset.id, experiment.arms.length, synthetic.data.sequences]);
      const about = { student: 'none', seed: 1, sequences: 0, trainingSeconds: 0 };
      return Promise.resolve([{ data: 'nothing', ...about, metrics: { 'hit@5': 0.25, surprise: 1 } }]);
    };
    const plugin = serving(({ rebind }) => {
      rebind(services.comparison).toConstantValue(comparison);
    });
    const summary = await runToy(path('run'), { config: quick, plugins: [toyPlugin, plugin] });
    expect(compared).toEqual([['toy', 2, 6]]);
    expect(summary.results.map(({ data }) => data)).toEqual(['nothing']);
    expect(JSON.parse(await readFile(path('run', 'summary.json'), 'utf8'))).toMatchObject({
      ...summary,
      fingerprint: { 'dataset.id': '"toy"' },
    });
    expect(await filesIn(path('run'))).not.toContain('students/tiny/distilled.safetensors');
  });

  it('may keep checkpoints in its own way, on top of the usual one', async () => {
    const saved: string[] = [];
    const checkpoints: CheckpointService = (directory, fingerprint) => {
      const usual = directory.checkpoints({ ...fingerprint, 'kept by': 'server' });
      return {
        load: (name) => usual.load(name),
        save: (name, checkpoint) => {
          saved.push(name);
          return usual.save(`${name}-copy`, checkpoint).then(() => usual.save(name, checkpoint));
        },
        removeFolder: (folder) => usual.removeFolder(folder),
      };
    };
    const plugin = serving(({ rebind }) => {
      rebind(services.checkpoints).toConstantValue(checkpoints);
    });
    await runToy(path('run'), { config: quick, plugins: [toyPlugin, plugin] });
    const whole = (name: string): string => name.replace(/^training\/[\da-f]{12}\//, 'training/ID/');
    expect(new Set(saved.map(whole))).toEqual(new Set(['distillation', 'results', 'training/ID/0.02', 'training/ID/0.05']));
    expect(await filesIn(path('run', 'checkpoints'))).toEqual([
      ...['distillation-copy.safetensors', 'distillation.safetensors', 'results-copy.safetensors', 'results.safetensors'],
    ]);
    expect(await errorOf(() => runToy(path('run'), { config: quick, existing: 'resume' }))).toMatchObject({
      code: 'FARZI_RESUME_MISMATCH',
      message: expect.stringMatching(/ plugin server was of unknown version, and is not there\.$/) as string,
    });
  });

  it('may replace only what it names: the rest is as usual', async () => {
    const usual = await runToy(path('usual'), { config: quick });
    const plugin = serving(({ rebind }) => {
      rebind(services.comparison).toConstantValue(compareStudents);
    });
    expect(withoutClock(await runToy(path('run'), { config: quick, plugins: [toyPlugin, plugin] }))).toEqual(withoutClock(usual));
  });
});

describe('two experiments of one registry', () => {
  it('do not share what is made for them', async () => {
    const visits = token<number[]>('test/Visits');
    const noted: number[][] = [];
    const plugin = serving(({ bind, rebind }) => {
      bind(visits)
        .toDynamicValue(() => [])
        .inSingletonScope();
      rebind(services.summary).toResolvedValue(
        (seen: number[]): SummaryService =>
          (session, distillation, results) => {
            seen.push(session.experiment.config.seed);
            noted.push(seen);
            return summarise(session, distillation, results);
          },
        [visits],
      );
    });
    const registry = createRegistry([toyPlugin, plugin]);
    const runs = [1, 2].map((seed) => {
      const config = { ...quick, seed, evaluation: { ...quick.evaluation, arms: [{ id: 'popularity' }] } };
      return runExperiment({
        ...{ registry, experiment: resolveExperiment(config, registry), configDirectory: '.', runDirectory: path(`run ${seed}`) },
        ...{ existing: 'refuse', dataDirectories: [], reporters: [] },
      });
    });
    await Promise.all(runs);
    expect(noted.toSorted(([a = 0], [b = 0]) => a - b)).toEqual([[1], [2]]);
  });
});
