import type { ExperimentConfig, Measurement, Summary } from '@farzi/core';
import { stringify } from 'yaml';
import { facts } from '../facts.js';
import { type ResultBlock, resultBlocks, type Selection } from '../results.js';
import { cells, headings } from '../table.js';
import { intervalChart, lineChart, type Point } from './chart.js';
import { escapeHtml } from './escape.js';
import { SORT } from './sort.js';
import { STYLE } from './style.js';

/** What a report tells. */
export interface Report {
  readonly summary: Summary;
  readonly config: ExperimentConfig;
  readonly selection: Selection;
  /** In the order in which they were taken. */
  readonly measurements: readonly Measurement[];
  readonly runDirectory: string;
  /** Some synthetic sequences in words, where they can be read. */
  readonly sequences?: string | undefined;
  /** What it was computed with: names and values. */
  readonly environment?: Readonly<Record<string, string>>;
}

/** A page that needs nothing besides itself. */
export function reportPage({ summary, config, selection, measurements, runDirectory, sequences, environment = {} }: Report): string {
  const title = `${summary.dataset.id}, ${summary.task}`;
  const blocks = resultBlocks(summary, selection);
  const list = (entries: readonly (readonly [string, string])[]): string =>
    `<dl>${entries.map(([label, text]) => `<dt>${escapeHtml(label)}</dt><dd>${escapeHtml(text)}</dd>`).join('')}</dl>`;
  const section = (heading: string, charts: readonly string[]): string =>
    charts.every((chart) => chart === '') ? '' : `<h2>${heading}</h2>\n<div class="charts">${charts.join('')}</div>`;
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Farzi: ${escapeHtml(title)}</title>
<style>${STYLE}</style>
</head>
<body>
<main>
<h1>Farzi: ${escapeHtml(title)}</h1>
${blocks.map((block) => table(block, selection)).join('\n')}
<h2>Protocol</h2>
<ul>${summary.protocol.map((line) => `<li>${escapeHtml(line)}</li>`).join('')}</ul>
${list(facts(summary, runDirectory))}
${section('Outer loop', outerCharts(summary, selection, measurements))}
${section('Students', [studentChart(measurements)])}
${sequences === undefined ? '' : `<h2>Synthetic sequences</h2>\n<pre tabindex="0">${escapeHtml(sequences)}</pre>`}
<details><summary>Configuration</summary>
<pre tabindex="0">${escapeHtml(stringify(config))}</pre></details>
${Object.keys(environment).length === 0 ? '' : `<h2>Environment</h2>\n${list(Object.entries(environment))}`}
</main>
${SORT}
</body>
</html>
`;
}

/** Steps that are averaged over: a tenth of all. */
const SMOOTHED = 0.1;

function outerCharts({ distillation: { selectedStep } }: Summary, { key }: Selection, measurements: readonly Measurement[]): string[] {
  const mark = { x: selectedStep, label: `step ${selectedStep}, chosen on validation` };
  const loss = series(measurements, 'outer loop', 'metaLoss');
  const average = averaged(loss, Math.max(1, Math.round(SMOOTHED * loss.length)));
  return [
    lineChart({
      title: 'Loss of learners on real data, by outer step, and its average',
      lines: [{ name: 'average', points: average }],
      cloud: loss,
      mark,
    }),
    lineChart({ title: `Validation ${key}, by outer step`, lines: [{ name: key, points: series(measurements, 'validation', key) }], mark }),
  ];
}

/** Every point with the mean of the last ones. */
const averaged = (points: readonly Point[], count: number): Point[] =>
  points.map(({ x }, index) => {
    const last = points.slice(Math.max(0, index + 1 - count), index + 1);
    return { x, y: last.reduce((sum, { y }) => sum + y, 0) / last.length };
  });

/** What students lose in training, by the data that they are trained on: means over their seeds. */
function studentChart(measurements: readonly Measurement[]): string {
  const byData = new Map<string, Map<number, number[]>>();
  for (const { phase, subject, step, values } of measurements) {
    const loss: number | null | undefined = values['loss'];
    if (phase !== 'students' || loss === undefined || loss === null) continue;
    const data = subject.replace(/ seed \d+$/, '');
    const steps = byData.get(data) ?? new Map<number, number[]>();
    byData.set(data, steps.set(step, [...(steps.get(step) ?? []), loss]));
  }
  const lines = [...byData].map(([name, steps]) => ({
    name,
    points: [...steps]
      .map(([x, losses]) => ({ x, y: losses.reduce((sum, loss) => sum + loss, 0) / losses.length }))
      .sort((a, b) => a.x - b.x),
  }));
  return lineChart({ title: 'Loss in training on data of their own, by step (mean over seeds)', lines });
}

function table(block: ResultBlock, selection: Selection): string {
  const head = headings(block, selection).map((heading) => `<th scope="col">${escapeHtml(heading)}</th>`);
  const rows = cells(block, ' ± ').map(
    ([data = '', ...values]) =>
      `<tr><th scope="row">${escapeHtml(data)}</th>${values.map((value) => `<td>${escapeHtml(value)}</td>`).join('')}</tr>`,
  );
  return `<h2>${escapeHtml(block.student)}</h2>
<div class="scroll" tabindex="0"><table><thead><tr>${head.join('')}</tr></thead><tbody>${rows.join('')}</tbody></table></div>
${armsChart(block, selection)}`;
}

/** The selection metric of students on each kind of data. */
function armsChart({ metrics, rows }: ResultBlock, { key }: Selection): string {
  const at = metrics.indexOf(key);
  const intervals = rows.map(({ data, metrics: values }) => ({
    name: data,
    mean: values[at]?.mean ?? Number.NaN,
    // one seed has none
    deviation: (values[at]?.count ?? 0) > 1 ? (values[at]?.deviation ?? 0) : 0,
  }));
  return `<div class="charts">${intervalChart(`${key} on test, mean and standard deviation over seeds`, intervals)}</div>`;
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
