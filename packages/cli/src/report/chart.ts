import * as Plot from '@observablehq/plot';
import { parseHTML } from 'linkedom';
import { escapeHtml } from './escape.js';
import { PICTURE_STYLE } from './style.js';

export interface Point {
  readonly x: number;
  readonly y: number;
}

/** A line with a name. */
export interface Line {
  readonly name: string;
  readonly points: readonly Point[];
}

/** Lines over steps. */
export interface Chart {
  readonly title: string;
  readonly lines: readonly Line[];
  /** What the first line is an average of. */
  readonly cloud?: readonly Point[];
  /** A step to mark, and what is said about it. */
  readonly mark?: { readonly x: number; readonly label: string };
}

/** A mean and how far values are from it. */
export interface Interval {
  readonly name: string;
  readonly mean: number;
  readonly deviation: number;
}

/** A point with a name. */
interface NamedPoint extends Point {
  readonly label: string;
  /** Whether it is marked among the others. */
  readonly star: boolean;
}

/** Points of one kind, and a line through some of them. */
export interface Series {
  readonly name: string;
  readonly points: readonly NamedPoint[];
  readonly line: readonly Point[];
}

/** Points of several kinds. */
export interface Scatter {
  readonly title: string;
  readonly series: readonly Series[];
}

/** Sizes in units of the drawing, which is as wide as its place in the page. */
const SIZE = { width: 520, plot: 240, left: 56, right: 28, top: 12, bottom: 28 } as const;
/** Names of kinds of points, below a chart. */
const LEGEND = { columns: 3, line: 18 } as const;
/** Rows of means, and the names before them. */
const ROW = { height: 26, names: 150 } as const;
const TICKS = 5;
/** Points of a line that are few enough to be told one by one. */
const FEW = 60;
/** Shapes of kinds of points, the first for the one that a chart is about; each has a colour of its own, too. */
const SYMBOLS = ['circle', 'square', 'triangle', 'diamond', 'cross', 'wye', 'hexagon', 'triangle2', 'diamond2'] as const;

/** Lines over steps, as a figure of a page; nothing when there are no points to draw. */
export function lineChart({ title, lines, cloud = [], mark }: Chart): string {
  const finite = lines
    .map(({ name, points }) => ({ name, points: points.filter(isFinitePoint) }))
    .filter(({ points }) => points.length > 0);
  if (finite.length === 0) return '';
  const told = (name: string) => ({
    title: ({ x, y }: Point) => `${name}step ${x}: ${number(y)}`,
  });
  const around = Plot.dot(cloud.filter(isFinitePoint), { x: 'x', y: 'y', r: 3, className: 'cloud', ...told('') });
  const drawn = finite.map(({ name, points }, kind) => [
    Plot.lineY(points, { x: 'x', y: 'y', className: `line${kind % SYMBOLS.length}` }),
    ...(points.length > FEW ? [] : [Plot.dot(points, { x: 'x', y: 'y', ...shape(kind), ...told(finite.length > 1 ? `${name}, ` : '') })]),
  ]);
  const steps = [...finite.flatMap(({ points }) => points), ...cloud].map(({ x }) => x);
  const within = (x: number): boolean => steps.some((step) => step <= x) && steps.some((step) => step >= x);
  const marked = mark !== undefined && within(mark.x) ? [markLine(mark.x, mark.label)] : [];
  return figure(title, draw([gridY(), ...marked, around, ...drawn.toReversed().flat()], { kinds: finite.map(({ name }) => name) }));
}

/** Means below each other with their deviations, as dots on lines; the first row's mean is drawn through all. */
export function intervalChart(title: string, intervals: readonly Interval[]): string {
  const finite = intervals.filter(({ mean, deviation }) => Number.isFinite(mean) && Number.isFinite(deviation));
  const [first] = finite;
  if (first === undefined) return '';
  const told = ({ name, mean, deviation }: Interval) => `${name}: ${number(mean)}${deviation > 0 ? ` ± ${number(deviation)}` : ''}`;
  const marks = [
    Plot.gridX({ ticks: TICKS, className: 'grid', strokeOpacity: 1 }),
    Plot.axisY({ tickSize: 0, label: null }),
    markLine(first.mean, first.name),
    Plot.ruleY(finite, {
      ...{ y: 'name', className: 'whisker', title: told },
      ...{ x1: ({ mean, deviation }: Interval) => mean - deviation, x2: ({ mean, deviation }: Interval) => mean + deviation },
    }),
    Plot.dot(finite, { x: 'mean', y: 'name', ...shape(0), title: told }),
  ];
  return figure(
    title,
    draw(marks, {
      ...{ height: SIZE.top + finite.length * ROW.height + SIZE.bottom, marginLeft: ROW.names },
      ...{ x: { zero: true }, y: { type: 'point', domain: finite.map(({ name }) => name) } },
    }),
  );
}

/** Points in no order, of several kinds, which are named below. */
export function scatterChart(scatter: Scatter): string {
  const drawn = drawScatter(scatter);
  return drawn === undefined ? '' : figure(scatter.title, drawn);
}

/** The same charts below each other, as an SVG file that needs no page around it. */
export function scatterPicture(charts: readonly Scatter[]): string {
  let top = 0;
  const placed = charts.flatMap((scatter) => {
    const drawn = drawScatter(scatter);
    if (drawn === undefined) return [];
    const heading = `<text x="${SIZE.left}" y="${top + LEGEND.line - 4}">${escapeHtml(scatter.title)}</text>`;
    const chart = drawn.svg.replace('<svg', `<svg y="${top + LEGEND.line}"`);
    top += LEGEND.line + drawn.height;
    return [`${heading}${chart}`];
  });
  const background = '<rect class="back" width="100%" height="100%"/>';
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${SIZE.width} ${top}" font-family="system-ui, sans-serif"><style>${PICTURE_STYLE}</style>${background}${placed.join('\n')}</svg>\n`;
}

function drawScatter({ series }: Scatter): Drawing | undefined {
  const finite = series
    .map(({ name, points, line }) => ({ name, points: points.filter(isFinitePoint), line: line.filter(isFinitePoint) }))
    .filter(({ points }) => points.length > 0);
  if (finite.length === 0) return undefined;
  const told = ({ x, y, label }: NamedPoint) => `${label}: ${number(x)}, ${number(y)}`;
  const drawn = finite.map(({ points, line }, kind) => [
    // a line of its own is what the chart is about; others would only cross it
    ...(line.length > 1 ? [Plot.lineY(line, { x: 'x', y: 'y', className: 'line0' })] : []),
    Plot.dot(
      points.filter(({ star }) => !star),
      { x: 'x', y: 'y', ...shape(kind), title: told },
    ),
    Plot.dot(
      points.filter(({ star }) => star),
      { x: 'x', y: 'y', r: 7, symbol: 'star', className: 'star', title: told },
    ),
  ]);
  // what is drawn last is on top
  return draw([gridY(), ...drawn.toReversed().flat()], { kinds: finite.map(({ name }) => name) });
}

/** An SVG as text, and how high it is. */
interface Drawing {
  readonly svg: string;
  readonly height: number;
}

interface Frame extends Omit<Plot.PlotOptions, 'document'> {
  /** Names of kinds, which a legend explains where there are two or more. */
  readonly kinds?: readonly string[];
}

/** Marks in a frame whose axes enclose them. */
function draw(marks: readonly Plot.Markish[], { kinds = [], height = SIZE.plot, x, y, ...options }: Frame): Drawing {
  const explained = kinds.length < 2 ? [] : kinds;
  const below = Math.ceil(explained.length / LEGEND.columns) * LEGEND.line;
  const column = (SIZE.width - SIZE.left - SIZE.right) / LEGEND.columns;
  const legend = explained.flatMap((name, kind) => {
    const place = { frameAnchor: 'bottom-left', dy: SIZE.bottom + (Math.floor(kind / LEGEND.columns) + 0.5) * LEGEND.line } as const;
    const dx = (kind % LEGEND.columns) * column;
    return [Plot.dot([name], { ...place, ...shape(kind), dx: dx + 4 }), Plot.text([name], { ...place, dx: dx + 14, lineAnchor: 'middle' })];
  });
  const page: unknown = parseHTML('<html></html>');
  const { document } = page as { readonly document: unknown };
  const { outerHTML: svg } = plot({
    ...{ document, className: 'chart', width: SIZE.width, height: height + below, marks: [...marks, ...legend] },
    ...{ marginLeft: SIZE.left, marginRight: SIZE.right, marginTop: SIZE.top, marginBottom: SIZE.bottom + below },
    ...{ x: { label: null, ticks: TICKS, tickSize: 0, nice: true, ...x }, y: { label: null, ticks: TICKS, tickSize: 0, nice: true, ...y } },
    ...options,
  });
  return { svg, height: height + below };
}

/** As a program without the types of a browser can call it. */
const plot = Plot.plot as (options: Omit<Plot.PlotOptions, 'document'> & { readonly document: unknown }) => { readonly outerHTML: string };

/** How points of a kind look. */
const shape = (kind: number) => ({
  r: 3.5,
  symbol: SYMBOLS[kind % SYMBOLS.length] ?? 'circle',
  className: `mark${kind % SYMBOLS.length}`,
});

const gridY = (): Plot.Markish => Plot.gridY({ ticks: TICKS, className: 'grid', strokeOpacity: 1 });
const markLine = (x: number, told: string): Plot.Markish => Plot.ruleX([x], { className: 'mark', title: () => told });
const isFinitePoint = ({ x, y }: Point): boolean => Number.isFinite(x) && Number.isFinite(y);
const number = (value: number): string => String(Number(value.toPrecision(4)));

function figure(title: string, { svg }: Drawing): string {
  const named = svg.replace('<svg', `<svg role="img" aria-label="${escapeHtml(title)}"`);
  return `<figure><figcaption>${escapeHtml(title)}</figcaption>${named}</figure>`;
}
