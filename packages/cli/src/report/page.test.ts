import { type Measurement, parseConfig } from '@farzi/core';
import { describe, expect, it } from 'vitest';
import { sampleSummary, sampleTextSummary } from '../../test/sample-summary.js';
import { lineChart, scatterChart } from './chart.js';
import { reportPage } from './page.js';

const { config } = parseConfig('task: recommendation\ndataset: { id: "<b>x" }\nmodel: { id: sasrec }\n', 'x.yaml');
const outer = (step: number, metaLoss: number | null): Measurement => ({
  phase: 'distillation',
  subject: 'outer loop',
  step,
  values: { metaLoss: metaLoss as number },
});
const page = (measurements: readonly Measurement[] = []) => {
  const summary = sampleSummary();
  const hostile = { ...summary, protocol: ['<script>alert("1")</script> & co'], dataset: { ...summary.dataset, id: "a<b>'c" } };
  return reportPage({
    summary: hostile,
    config,
    selection: { key: 'ndcg@10', smallerIsBetter: false },
    measurements,
    runDirectory: 'runs/<x>',
  });
};

/** Corners of the first line of a page. */
const corners = (html: string) => {
  const path = /class="line0"[^>]*><path d="M([^"]*)"/.exec(html)?.[1] ?? '';
  return path.split('L').map((corner) => {
    const [x, y] = corner.split(',').map(Number);
    return { x: x ?? Number.NaN, y: y ?? Number.NaN };
  });
};

/** What is said about the marks of a class, in their order. */
const told = (html: string, kind: string): string[] =>
  [...html.matchAll(new RegExp(`class="${kind}"[^>]*>(.*?)</g>`, 'g'))].flatMap(([, marks = '']) =>
    [...marks.matchAll(/<title>(.*?)<\/title>/g)].map(([, text = '']) => text),
  );

describe('reportPage', () => {
  it('escapes all text', () => {
    const html = page();
    expect(html).toContain('<li>&lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt; &amp; co</li>');
    expect(html).toContain('<title>Farzi: a&lt;b&gt;&#39;c, recommendation</title>');
    expect(html).toContain('<dd>runs/&lt;x&gt;</dd>');
    expect(html).not.toMatch(/<script>alert|<b>/);
  });

  it('needs nothing from elsewhere', () => {
    expect(page([outer(1, 3)])).not.toMatch(/(src|href)=|url\(|@import|https?:/);
  });

  it('has the table and the configuration', () => {
    expect(page()).toContain(
      '<th scope="row">distilled</th><td>90.0 %</td><td>50</td><td>0.3600 ± 0.0000</td><td>0.1800 ± 0.0000</td><td>2.00</td><td>100</td>',
    );
    expect(page()).toContain('maxLength: 50');
  });

  it('counts a text in windows and tokens, and has no numbers for a student that diverged', () => {
    const selection = { key: 'perplexity', smallerIsBetter: true };
    const html = reportPage({ summary: sampleTextSummary(), config, selection, measurements: [], runDirectory: 'runs/x' });
    expect(html).toContain('<th scope="row">full</th><td>100.0 %</td><td>26,560</td><td>120.0</td>');
    expect(html).toContain('<th scope="row">random</th><td>-</td><td>50</td><td>-</td><td>-</td><td>-</td>');
    expect(html).toContain('<dd>novel: 1 document, 929,589 tokens, vocabulary 10,000</dd>');
    expect(html).toContain('0.188 % as many as the text&#39;s 26,560 windows, 0.108 % of the tokens;');
  });

  it('draws steps in order, a repeated one as measured last, and leaves out those that diverged', () => {
    const points = corners(page([outer(2, 9), outer(3, null), outer(1, 3), outer(2, 4), outer(0, 5)]));
    expect(points).toHaveLength(3);
    expect(points[1]?.y).toBeGreaterThan(points[2]?.y ?? 0);
    expect(points.map(({ x }) => x)).toEqual(points.map(({ x }) => x).sort((a, b) => a - b));
  });

  it('shows what is measured: arms with their deviations, students by their data, and steps with their average', () => {
    expect(page()).toContain('aria-label="ndcg@10 on test, mean and standard deviation over seeds"');
    expect(page()).toContain('<title>full: 0.2 ± 0.01414</title>');
    expect(page()).not.toMatch(/<h2>(Outer loop|Students)/);
    const student = (subject: string, step: number, loss: number): Measurement => ({ phase: 'students', subject, step, values: { loss } });
    const html = page([
      ...[1, 2, 3].map((step) => outer(step, step)),
      ...[student('distilled seed 1', 25, 3), student('distilled seed 2', 25, 5), student('full seed 1', 25, 6)],
    ]);
    expect(told(html, 'cloud')).toEqual(['step 1: 1', 'step 2: 2', 'step 3: 3']);
    expect(html).toContain('<title>distilled, step 25: 4</title>');
    expect(html).toContain('<title>full, step 25: 6</title>');
  });

  it('shows sequences and the environment where it is told them, as text', () => {
    const report = {
      summary: sampleSummary(),
      config,
      selection: { key: 'ndcg@10', smallerIsBetter: false },
      measurements: [],
      runDirectory: 'x',
    };
    const html = reportPage({ ...report, sequences: 'Sequence 1\n  <i>', environment: { Engine: 'onnx & co' } });
    expect(html).toContain('<h2>Synthetic sequences</h2>\n<pre tabindex="0">Sequence 1\n  &lt;i&gt;</pre>');
    expect(html).toContain('<dt>Engine</dt><dd>onnx &amp; co</dd>');
    expect(reportPage(report)).not.toMatch(/Synthetic sequences|Environment/);
  });
});

describe('lineChart', () => {
  it.each([
    [[{ x: 5, y: 0 }]],
    [
      [
        { x: 1, y: 2 },
        { x: 2, y: 2 },
      ],
    ],
    [
      [
        { x: 0, y: -1e-9 },
        { x: 1e6, y: 1e9 },
      ],
    ],
  ])('has finite places for %j', (points) => {
    expect(lineChart({ title: 'x', lines: [{ name: 'y', points }], cloud: points, mark: { x: 1, label: 'here' } })).not.toMatch(
      /NaN|Infinity|undefined/,
    );
  });

  it('is nothing without points that can be drawn', () => {
    expect(lineChart({ title: 'x', lines: [{ name: 'y', points: [{ x: 1, y: Number.NaN }] }] })).toBe('');
  });
});

describe('scatterChart', () => {
  const points = [1, 2, Number.NaN].map((y, x) => ({ x, y, label: `<${x}>`, star: x === 0 }));

  it('marks points of each kind, the best of all, and draws a line where there is one', () => {
    const chart = scatterChart({
      title: 'x & y',
      series: [
        { name: 'ours', points, line: points },
        { name: 'theirs', points: points.slice(1), line: [] },
        { name: 'nothing', points: points.slice(2), line: [] },
      ],
    });
    expect(corners(chart)).toHaveLength(2);
    expect(told(chart, 'mark1')).toEqual(['&lt;1&gt;: 1, 2']);
    expect(told(chart, 'star')).toEqual(['&lt;0&gt;: 0, 1']);
    expect(told(chart, 'mark0')).toEqual(['&lt;1&gt;: 1, 2']);
    expect(chart).toContain('>theirs</text>');
    expect(chart).not.toMatch(/NaN|nothing/);
  });

  it('needs no legend for one kind, and nothing without points', () => {
    expect(scatterChart({ title: 'x', series: [{ name: 'ours', points, line: [] }] })).not.toMatch(/ours|line0/);
    expect(scatterChart({ title: 'x', series: [{ name: 'ours', points: points.slice(2), line: [] }] })).toBe('');
  });
});
