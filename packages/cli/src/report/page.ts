import type { ExperimentConfig, Measurement, Summary } from '@farzi/core';
import { stringify } from 'yaml';
import { facts } from '../facts.js';
import { type ResultBlock, resultBlocks, type Selection } from '../results.js';
import { cells, headings } from '../table.js';
import { lineChart, type Point } from './chart.js';
import { escapeHtml } from './escape.js';
import { STYLE } from './style.js';

/** What a report tells. */
export interface Report {
  readonly summary: Summary;
  readonly config: ExperimentConfig;
  readonly selection: Selection;
  /** In the order in which they were taken. */
  readonly measurements: readonly Measurement[];
  readonly runDirectory: string;
}

/** A page that needs nothing besides itself. */
export function reportPage({ summary, config, selection, measurements, runDirectory }: Report): string {
  const title = `${summary.dataset.id}, ${summary.task}`;
  const mark = { x: summary.distillation.selectedStep, label: `step ${summary.distillation.selectedStep}, chosen on validation` };
  const charts = [
    lineChart({ title: 'Loss of learners on real data, by outer step', points: series(measurements, 'outer loop', 'metaLoss'), mark }),
    lineChart({ title: `Validation ${selection.key}, by outer step`, points: series(measurements, 'validation', selection.key), mark }),
  ].filter((chart) => chart !== '');
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Farzi: ${escapeHtml(title)}</title>
<style>${STYLE}</style>
</head>
<body>
<h1>Farzi: ${escapeHtml(title)}</h1>
${resultBlocks(summary, selection)
  .map((block) => table(block, selection))
  .join('\n')}
<h2>Protocol</h2>
<ul>${summary.protocol.map((line) => `<li>${escapeHtml(line)}</li>`).join('')}</ul>
<dl>${facts(summary, runDirectory)
    .map(([label, text]) => `<dt>${escapeHtml(label)}</dt><dd>${escapeHtml(text)}</dd>`)
    .join('')}</dl>
${charts.length === 0 ? '' : `<h2>Outer loop</h2>\n<div class="charts">${charts.join('')}</div>`}
<h2>Configuration</h2>
<pre>${escapeHtml(stringify(config))}</pre>
</body>
</html>
`;
}

function table(block: ResultBlock, selection: Selection): string {
  const head = headings(block, selection).map((heading) => `<th scope="col">${escapeHtml(heading)}</th>`);
  const rows = cells(block, ' ± ').map(
    ([data = '', ...values]) =>
      `<tr><th scope="row">${escapeHtml(data)}</th>${values.map((value) => `<td>${escapeHtml(value)}</td>`).join('')}</tr>`,
  );
  return `<h2>${escapeHtml(block.student)}</h2>
<div class="scroll"><table><thead><tr>${head.join('')}</tr></thead><tbody>${rows.join('')}</tbody></table></div>`;
}

/** One value over steps; where a step was taken again after a resume, its last measurement. */
function series(measurements: readonly Measurement[], subject: string, key: string): Point[] {
  const bySteps = new Map<number, number>();
  for (const measurement of measurements) {
    if (measurement.phase !== 'distillation' || measurement.subject !== subject) continue;
    // JSON has no NaN: a diverged step is recorded as null.
    const value: number | null | undefined = measurement.values[key];
    if (value !== undefined && value !== null) bySteps.set(measurement.step, value);
  }
  return [...bySteps].map(([x, y]) => ({ x, y })).sort((a, b) => a.x - b.x);
}
