import { scatterChart } from '../report/chart.js';
import { escapeHtml } from '../report/escape.js';
import { SORT } from '../report/sort.js';
import { STYLE } from '../report/style.js';
import type { Selection } from '../results.js';
import { frontierScatters } from './frontier-scatters.js';
import type { MemberOutcome } from './results.js';
import { sweepTable } from './table.js';

/** A sweep, or runs that are compared, as a page that needs nothing besides itself. */
export function sweepPage(
  heading: string,
  outcomes: readonly MemberOutcome[],
  selection: Selection,
  table = sweepTable(outcomes, selection),
): string {
  const title = escapeHtml(heading);
  const head = table.headings.map((heading) => `<th scope="col">${escapeHtml(heading)}</th>`);
  const rows = table
    .cells(' ± ', '★')
    .map(
      ([star = '', first = '', ...values]) =>
        `<tr><td>${star}</td><th scope="row">${escapeHtml(first)}</th>${values.map((value) => `<td>${escapeHtml(value)}</td>`).join('')}</tr>`,
    );
  const charts = frontierScatters(outcomes, selection).map(scatterChart);
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
<div class="scroll" tabindex="0"><table><thead><tr>${head.join('')}</tr></thead><tbody>${rows.join('')}</tbody></table></div>
${table.notes.map((note) => `<p>${escapeHtml(note)}</p>`).join('\n')}
${charts.length === 0 ? '' : `<h2>Frontier</h2>\n<div class="charts">${charts.join('')}</div>`}
${SORT}
</body>
</html>
`;
}
