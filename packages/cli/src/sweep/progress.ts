import type { Io } from '../io.js';
import { progressReporter } from '../reporters/choose.js';
import { type ProgressReporter, silentProgress } from '../reporters/progress.js';
import type { PreparedMember } from './prepare-members.js';

/** Follows the members of a sweep on the terminal. */
export interface SweepProgress {
  /** What follows a member that begins now. */
  of(member: PreparedMember): ProgressReporter;
  note(text: string): void;
  /** Tells of a member that failed, also where no progress is shown. */
  failure(text: string): void;
  close(): void;
}

interface ProgressOptions {
  readonly quiet: boolean;
  readonly members: readonly PreparedMember[];
  /** Members that an earlier call has finished. */
  readonly finished: number;
}

const beginning = (members: readonly PreparedMember[], member: PreparedMember): string =>
  `This is member ${members.indexOf(member) + 1} of ${members.length}: ${member.title}.`;

const noteOf = ({ title }: PreparedMember, text: string): string => `Member ${title}: ${text}`;

/** Of members one after the other: each is followed as a run is. */
export function oneByOne({ quiet, members }: ProgressOptions, io: Io): SweepProgress {
  let current = silentProgress;
  return {
    of: (member) => {
      current = progressReporter({ quiet }, io);
      current.onNote?.(beginning(members, member));
      return current;
    },
    note: (text) => current.onNote?.(text),
    failure: (text) => {
      current.close();
      io.stderr.write(text);
    },
    close: () => {
      current.close();
    },
  };
}

/** Of several members at the same time: how many are done, and where the others are. */
export function together({ quiet, members, finished }: ProgressOptions, io: Io): SweepProgress {
  const progress = progressReporter({ quiet }, io);
  const underWay = new Map<PreparedMember, string>();
  const said = new Set<string>();
  let done = finished;
  progress.onPhase?.('dataset', { title: 'running members', total: members.length });
  const show = (): void => {
    const detail = [...underWay].map(([{ title }, where]) => `${title}: ${where}`).join('; ');
    progress.onProgress?.({ phase: 'dataset', done, detail });
  };
  show();
  return {
    of: (member) => {
      let stretch = { title: '', total: '' };
      const at = (where: string): void => {
        underWay.set(member, where);
        show();
      };
      progress.onNote?.(beginning(members, member));
      at('starting');
      return {
        ...silentProgress,
        onPhase: (_phase, { title, total }) => {
          stretch = { title, total: total === undefined ? '' : `/${total}` };
          at(title);
        },
        onProgress: (news) => {
          at(stretch.total === '' ? stretch.title : `${stretch.title} ${news.done}${stretch.total}`);
        },
        onNote: (text) => {
          // what is said of every member is said once
          if (!said.has(text)) progress.onNote?.(noteOf(member, text));
          said.add(text);
        },
        onFinish: () => {
          done += 1;
        },
        close: () => {
          underWay.delete(member);
          show();
        },
      };
    },
    note: (text) => progress.onNote?.(text),
    failure: (text) => {
      if (quiet) io.stderr.write(text);
      else progress.onNote?.(text.trimEnd());
    },
    close: () => {
      progress.close();
    },
  };
}
