import { join } from 'node:path';
import {
  coreVersion,
  decisiveSettings,
  differenceOf,
  entriesOf,
  FarziError,
  type Fingerprint,
  invariant,
  isFingerprint,
  pluginSettings,
  readDocument,
  RunLock,
  stringifyExact,
  writeWhole,
} from '@farzi/core';
import { readFile } from 'node:fs/promises';
import type { Selection } from '../results.js';
import { sweepCsv } from './csv.js';
import { frontierScatters } from './frontier-scatters.js';
import type { SweepPlan } from './plan.js';
import { pluginVersionsOf } from '../versions.js';
import type { PreparedMember } from './prepare-members.js';
import { bestOf, type MemberOutcome, studentRows } from './results.js';

const FILE = 'sweep.json';

/** What is there of a sweep that was stopped as it began. */
const BEGINNING = [`${FILE}.part`];

/** What `sweep.json` says of a sweep that may go on. */
interface SavedSweep {
  readonly fingerprint: Fingerprint;
  readonly members: readonly { readonly name: string }[];
}

/** The folder of one sweep, which no other sweep can have at the same time. */
export class SweepFolder {
  private constructor(
    readonly path: string,
    private readonly plan: SweepPlan,
    private readonly fingerprint: Fingerprint,
    private readonly lock: RunLock,
  ) {}

  /**
   * Takes a folder, and refuses one that holds something else.
   *
   * @param resume - whether the sweep that is there goes on: it may get more members, and nothing else
   * @throws FARZI_RUN_DIRECTORY_NOT_EMPTY, FARZI_RUN_LOCKED, FARZI_RESUME_MISMATCH, FARZI_RUN_DAMAGED, FARZI_FILE_SYSTEM
   */
  static async open(path: string, plan: SweepPlan, members: readonly PreparedMember[], resume: boolean): Promise<SweepFolder> {
    const fingerprint = await fingerprintOf(plan, members);
    // a folder that is not a sweep's is left alone entirely: no lock is put into it
    await requireFit(path, fingerprint, members, resume);
    const lock = await RunLock.acquire(path);
    try {
      await requireFit(path, fingerprint, members, resume);
      return new SweepFolder(path, plan, fingerprint, lock);
    } catch (error) {
      await lock.releaseUnused();
      throw error;
    }
  }

  /** Where members keep what they have in common: students that are the same for several of them. */
  get store(): string {
    return join(this.path, 'store');
  }

  runDirectory({ name }: { readonly name: string }): string {
    return join(this.path, name);
  }

  /** Writes what is known so far: `sweep.json`, `sweep.csv`, `sweep.html`, and `frontier.svg` where there is one. */
  async write(outcomes: readonly MemberOutcome[], selection: Selection): Promise<void> {
    const { path, plan, fingerprint } = this;
    const best = bestOf(outcomes, selection);
    const sweep = {
      format: 'farzi-sweep-1',
      experiment: plan.experiment,
      fingerprint,
      selection: { key: selection.key, smallerIsBetter: selection.smallerIsBetter },
      ...(best === undefined ? {} : { best: best.name }),
      members: outcomes.map(({ member, outcome }) => ({
        name: member.name,
        values: Object.fromEntries(member.assignments.map(({ path: key, value }) => [key, value])),
        status: outcome.status,
        ...(outcome.status === 'failed' ? { error: { code: outcome.code, message: outcome.message } } : {}),
        ...(outcome.status === 'finished' ? { results: studentRows(outcome.summary, selection) } : {}),
      })),
    };
    await writeWhole(join(path, FILE), `${stringifyExact(sweep, 2)}\n`);
    await writeWhole(join(path, 'sweep.csv'), sweepCsv(outcomes, selection));
    // what draws charts is loaded when there is something to draw
    const [{ sweepPage }, { scatterPicture }] = await Promise.all([import('./page.js'), import('../report/chart.js')]);
    await writeWhole(join(path, 'sweep.html'), sweepPage(`Farzi: sweep of ${plan.experiment}`, outcomes, selection));
    const charts = frontierScatters(outcomes, selection);
    if (charts.length > 0) await writeWhole(join(path, 'frontier.svg'), scatterPicture(charts));
  }

  /** Lets other sweeps have the folder. */
  close(): Promise<void> {
    return this.lock.releaseUnused();
  }
}

/** What members have in common, and results depend on. */
async function fingerprintOf({ experiment, set }: SweepPlan, [first]: readonly PreparedMember[]): Promise<Fingerprint> {
  invariant(first, 'A sweep has no members.');
  const document = await readDocument(experiment, set);
  const { registry, loaded } = first.prepared;
  return {
    ...decisiveSettings(document.values()),
    core: coreVersion,
    ...pluginSettings(registry.plugins, pluginVersionsOf(registry.plugins, loaded.directory, loaded.config.plugins)),
  };
}

async function requireFit(path: string, fingerprint: Fingerprint, members: readonly PreparedMember[], resume: boolean): Promise<void> {
  const entries = (await entriesOf(path)).filter((name) => !BEGINNING.includes(name));
  if (entries.length === 0) return;
  if (!resume) {
    throw new FarziError('FARZI_RUN_DIRECTORY_NOT_EMPTY', `The folder ${path} already holds ${entries.length} files.`, {
      hint: 'Use --resume to go on with a sweep, give --out another folder, or remove that one yourself.',
    });
  }
  if (!entries.includes(FILE)) {
    throw new FarziError('FARZI_RUN_DIRECTORY_NOT_EMPTY', `The folder ${path} is not empty, and holds no sweep: it has no ${FILE}.`, {
      hint: 'Give --out the folder of a sweep, or one where nothing is yet.',
    });
  }
  const saved = await read(join(path, FILE));
  const refuse = (difference: string): FarziError =>
    new FarziError('FARZI_RESUME_MISMATCH', `The sweep in ${path} is another one: ${difference}.`, {
      hint: 'Go on with the experiment and the values of that sweep, to which more values may be added; or give --out another folder.',
    });
  const difference = differenceOf(saved.fingerprint, fingerprint);
  if (difference !== undefined) throw refuse(difference);
  const names = new Set(members.map(({ name }) => name));
  const gone = saved.members.filter(({ name }) => !names.has(name)).map(({ name }) => name);
  if (gone.length > 0)
    throw refuse(`it has the member ${gone[0] ?? ''}${gone.length === 1 ? '' : ` and ${gone.length - 1} more`}, and the grid does not`);
}

async function read(file: string): Promise<SavedSweep> {
  const text = await readFile(file, 'utf8');
  try {
    const { fingerprint, members } = JSON.parse(text) as Partial<SavedSweep>;
    if (isFingerprint(fingerprint) && Array.isArray(members) && members.every(({ name }) => typeof name === 'string'))
      return { fingerprint, members };
  } catch {
    // answered below, together with JSON that does not say it
  }
  throw new FarziError('FARZI_RUN_DAMAGED', `The file ${file} does not say what the sweep is.`, {
    hint: 'It was altered. Give --out another folder; the run directories of the members are not touched.',
  });
}
