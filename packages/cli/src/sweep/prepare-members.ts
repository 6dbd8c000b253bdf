import { type ContributionConfig, FarziError, isFarziError } from '@farzi/core';
import { prepare, type PreparedExperiment } from '../prepare.js';
import { type Member, overridesOf } from './members.js';
import { titleOf } from './names.js';
import type { SweepPlan } from './plan.js';

/** A member whose experiment can start. */
export interface PreparedMember extends Member {
  readonly title: string;
  readonly prepared: PreparedExperiment;
}

/**
 * Validates the experiments of all members, before any of them runs.
 *
 * @throws any coded error of the kind `config`, with the member before it
 */
export async function prepareMembers(plan: SweepPlan, usualExecutor: ContributionConfig): Promise<PreparedMember[]> {
  const members: PreparedMember[] = [];
  const known = new Map<string, string>();
  for (const member of plan.members) {
    const title = titleOf(member.assignments);
    const prepared = await prepare(plan.experiment, { set: [...plan.set, ...overridesOf(member)], usualExecutor }).catch(
      (error: unknown) => {
        throw ofMember(title, error);
      },
    );
    const written = JSON.stringify(prepared.experiment.config);
    const same = known.get(written);
    if (same !== undefined) {
      throw new FarziError('FARZI_CONFIG_INVALID', `${title}: The member is the same experiment as the member ${same}.`, {
        hint: 'Leave one of the values out: every member must differ from the others.',
      });
    }
    known.set(written, title);
    members.push({ ...member, title, prepared });
  }
  requireOneSelection(members);
  return members;
}

function ofMember(title: string, error: unknown): unknown {
  if (!isFarziError(error)) return error;
  const message = `${title}: ${error.message}`;
  return new FarziError(error.code, message, {
    ...(error.hint === undefined ? {} : { hint: error.hint }),
    cause: error,
  });
}

/** Members are chosen between by one metric. */
function requireOneSelection(members: readonly PreparedMember[]): void {
  const keys = [...new Set(members.map(({ prepared }) => prepared.experiment.selection.key))];
  if (keys.length > 1) {
    throw new FarziError('FARZI_CONFIG_INVALID', `Members of the sweep are chosen by different metrics: ${keys.join(', ')}.`, {
      hint: 'Leave task and evaluation.selection out of the sweep: values of different metrics cannot be compared.',
    });
  }
}
