import { arms } from '../arms.js';
import type { Scatter, Series } from '../report/chart.js';
import { resultBlocks, type Selection } from '../results.js';
import { frontier } from './frontier.js';
import type { Member } from './members.js';
import { titleOf } from './names.js';
import { bestOf, type MemberOutcome } from './results.js';

/** What students on the data of an arm are worth, beside distilled data of some bytes. */
interface Place {
  readonly student: string;
  readonly arm: string;
  readonly bytes: number;
  readonly retention: number;
  readonly member: Member;
}

/** Retention against bytes, a chart for each student: of distilled data, and of every other arm of the same members. */
export function frontierScatters(outcomes: readonly MemberOutcome[], selection: Selection): Scatter[] {
  const best = bestOf(outcomes, selection);
  const places = outcomes.flatMap(({ member, outcome }) =>
    outcome.status !== 'finished'
      ? []
      : resultBlocks(outcome.summary, selection).flatMap(({ student, rows }) =>
          rows.flatMap(({ data: arm, retention }): Place[] =>
            retention === undefined || arm === arms.full
              ? []
              : [{ student, arm, bytes: outcome.summary.synthetic.bytes, retention, member }],
          ),
        ),
  );
  return [...new Set(places.map(({ student }) => student))].map((student) => {
    const own = places.filter((place) => place.student === student);
    const names = [...new Set([arms.distilled, ...own.map(({ arm }) => arm)])];
    const series = names.map((arm): Series => {
      const ofArm = own.filter((place) => place.arm === arm);
      const point = ({ bytes, retention }: Place) => ({ x: bytes, y: retention });
      const distilled = arm === arms.distilled;
      return {
        name: arm,
        points: ofArm.map((place) => ({
          ...{ ...point(place), label: `${arm}, ${titleOf(place.member.assignments)}` },
          star: distilled && place.member === best,
        })),
        line: distilled ? frontier(ofArm).map(point) : [],
      };
    });
    return { title: `${student}: ${selection.key} on test against ${arms.full}, by bytes of the distilled data`, series };
  });
}
