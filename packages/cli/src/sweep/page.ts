import { arms } from '../arms.js';
import { scatterChart, type Series } from '../report/chart.js';
import { escapeHtml } from '../report/escape.js';
import { STYLE } from '../report/style.js';
import { resultBlocks, type Selection } from '../results.js';
import { frontier } from './frontier.js';
import type { Member } from './members.js';
import { titleOf } from './names.js';
import { bestOf, type MemberOutcome } from './results.js';
import { sweepTable } from './table.js';

/** A sweep as a page that needs nothing besides itself. */
export function sweepPage(outcomes: readonly MemberOutcome[], selection: Selection, experiment: string): string {
  const title = escapeHtml(`Farzi: sweep of ${experiment}`);
  const table = sweepTable(outcomes, selection);
  const head = table.headings.map((heading) => `<th scope="col">${escapeHtml(heading)}</th>`);
  const rows = table
    .cells(' ± ', '★')
    .map(
      ([star = '', first = '', ...values]) =>
        `<tr><td>${star}</td><th scope="row">${escapeHtml(first)}</th>${values.map((value) => `<td>${escapeHtml(value)}</td>`).join('')}</tr>`,
    );
  const charts = frontierCharts(outcomes, selection);
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title}</title>
<style>${STYLE}</style>
</head>
<body>
<h1>${title}</h1>
<div class="scroll"><table><thead><tr>${head.join('')}</tr></thead><tbody>${rows.join('')}</tbody></table></div>
${table.notes.map((note) => `<p>${escapeHtml(note)}</p>`).join('\n')}
${charts.length === 0 ? '' : `<h2>Frontier</h2>\n<div class="charts">${charts.join('')}</div>`}
</body>
</html>
`;
}

/** What students on the data of an arm are worth, beside distilled data of some bytes. */
interface Place {
  readonly student: string;
  readonly arm: string;
  readonly bytes: number;
  readonly retention: number;
  readonly member: Member;
}

/** Retention against bytes, a chart for each student: of distilled data, and of every other arm of the same members. */
function frontierCharts(outcomes: readonly MemberOutcome[], selection: Selection): string[] {
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
    return scatterChart({ title: `${student}: ${selection.key} on test against ${arms.full}, by bytes of the distilled data`, series });
  });
}
