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

const SIZE = { width: 520, height: 240, left: 64, right: 28, top: 12, bottom: 28 } as const;
const TICKS = 4;

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

/** Points of a line that are few enough to be told one by one. */
const FEW = 60;

/** An inline SVG; nothing when there are no points to draw. */
export function lineChart({ title, lines, cloud = [], mark }: Chart): string {
  const finite = lines
    .map(({ name, points }) => ({ name, points: points.filter(isFinitePoint) }))
    .filter(({ points }) => points.length > 0);
  if (finite.length === 0) return '';
  const around = cloud.filter(isFinitePoint);
  const { xs, grid, placeX, placeY } = axesOf([...finite.flatMap(({ points }) => points), ...around]);
  const marker = mark === undefined || mark.x < edge(xs, 0) || mark.x > edge(xs, -1) ? '' : markLine(placeX(mark.x), mark.label);
  const dot = ({ x, y }: Point, what: string, name: string): string =>
    `<circle${what} cx="${fixed(placeX(x))}" cy="${fixed(placeY(y))}" r="3"><title>${escapeHtml(name)}step ${x}: ${number(y)}</title></circle>`;
  const drawn = finite.map(({ name, points }, kind) => {
    const dots = points.length > FEW ? [] : points.map((point) => dot(point, ` class="mark${kind}"`, finite.length > 1 ? `${name}, ` : ''));
    return `${polyline(points, placeX, placeY, kind)}${dots.join('')}`;
  });
  const behind = around.map((point) => dot(point, ' class="cloud"', ''));
  return figure(title, `${grid}${marker}${behind.join('')}${drawn.toReversed().join('')}`, legendOf(finite));
}

/** A mean and how far values are from it. */
export interface Interval {
  readonly name: string;
  readonly mean: number;
  readonly deviation: number;
}

/** Height of a row, and width of the names before it. */
const ROW = { height: 26, names: 150 } as const;

/** Means below each other with their deviations, as dots on lines; the first row's mean is drawn through all. */
export function intervalChart(title: string, intervals: readonly Interval[]): string {
  const finite = intervals.filter(({ mean, deviation }) => Number.isFinite(mean) && Number.isFinite(deviation));
  const [first] = finite;
  if (first === undefined) return '';
  const xs = ticks([0, ...finite.flatMap(({ mean, deviation }) => [mean - deviation, mean + deviation])]);
  const height = SIZE.top + finite.length * ROW.height + SIZE.bottom;
  const placeX = scale(xs, ROW.names, SIZE.width - SIZE.right);
  const grid = xs.map(
    (x) =>
      `<line class="grid" x1="${fixed(placeX(x))}" x2="${fixed(placeX(x))}" y1="${SIZE.top}" y2="${height - SIZE.bottom}"/>${label(placeX(x), height - 8, 'middle', x)}`,
  );
  const rows = finite.map(({ name, mean, deviation }, row) => {
    const y = fixed(SIZE.top + (row + 0.5) * ROW.height);
    const told = `<title>${escapeHtml(name)}: ${number(mean)}${deviation > 0 ? ` ± ${number(deviation)}` : ''}</title>`;
    const whisker = `<line class="whisker" x1="${fixed(placeX(mean - deviation))}" x2="${fixed(placeX(mean + deviation))}" y1="${y}" y2="${y}"/>`;
    const words = `<text x="${ROW.names - 10}" y="${fixed(Number(y) + 4)}" text-anchor="end">${escapeHtml(name)}</text>`;
    return `<g>${told}${words}${whisker}<circle class="mark0" cx="${fixed(placeX(mean))}" cy="${y}" r="4"/></g>`;
  });
  const through = markLine(placeX(first.mean), first.name, height);
  return figure(title, `${grid.join('')}${through}${rows.join('')}`, '', height);
}

/** Marks of kinds of points, the first for the one that a chart is about; each has a colour of its own, too. */
const MARKS = ['●', '■', '▲', '◆', '✚', '✖', '▼', '○', '◇'] as const;

/** The same for points in no order, of several kinds, which are named below. */
export function scatterChart({ title, series }: Scatter): string {
  const finite = finiteSeries(series);
  if (finite.length === 0) return '';
  return figure(title, scatter(finite), legendOf(finite));
}

/** Names of several kinds with their marks; one needs none. */
const legendOf = (kinds: readonly { readonly name: string }[]): string =>
  kinds.length < 2
    ? ''
    : kinds.map(({ name }, kind) => `<span class="mark${kind}">${markOf(kind)}</span> ${escapeHtml(name)}`).join(' &nbsp; ');

/** The same charts below each other, as an SVG file that needs no page around it. */
export function scatterPicture(charts: readonly Scatter[]): string {
  const pictures = charts.map(({ title, series }) => {
    const finite = finiteSeries(series);
    const rows = Math.ceil(finite.length / LEGEND.columns);
    const legend = finite.map(({ name }, kind) => {
      const [column, row] = [kind % LEGEND.columns, Math.floor(kind / LEGEND.columns)];
      const place = `x="${SIZE.left + column * LEGEND.width}" y="${SIZE.height + (row + 1) * LEGEND.line}"`;
      return `<text ${place}><tspan class="mark${kind}">${markOf(kind)}</tspan> ${escapeHtml(name)}</text>`;
    });
    const height = LEGEND.line + SIZE.height + (rows + 1) * LEGEND.line;
    const heading = `<text x="${SIZE.left}" y="${LEGEND.line - 4}">${escapeHtml(title)}</text>`;
    return { height, drawn: `${heading}<g transform="translate(0 ${LEGEND.line})">${scatter(finite)}${legend.join('')}</g>` };
  });
  let top = 0;
  const placed = pictures.map(({ height, drawn }) => {
    top += height;
    return `<g transform="translate(0 ${top - height})">${drawn}</g>`;
  });
  const background = '<rect class="back" width="100%" height="100%"/>';
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${SIZE.width} ${top}" font-family="system-ui, sans-serif"><style>${PICTURE_STYLE}</style>${background}${placed.join('\n')}</svg>\n`;
}

/** Where a picture names its kinds of points. */
const LEGEND = { columns: 3, width: 150, line: 18 } as const;

const finiteSeries = (series: readonly Series[]): Series[] =>
  series
    .map(({ name, points, line }) => ({ name, points: points.filter(isFinitePoint), line: line.filter(isFinitePoint) }))
    .filter(({ points }) => points.length > 0);

function scatter(series: readonly Series[]): string {
  const { grid, placeX, placeY } = axesOf(series.flatMap(({ points }) => points));
  const drawn = series.map(({ points, line }, kind) => {
    const marks = points.map(({ x, y, label: name, star }) => {
      const told = `<title>${escapeHtml(name)}: ${number(x)}, ${number(y)}</title>`;
      const place = `x="${fixed(placeX(x))}" y="${fixed(placeY(y) + 4)}" text-anchor="middle"`;
      return star ? `<text class="star" ${place}>★${told}</text>` : `<text class="mark${kind}" ${place}>${markOf(kind)}${told}</text>`;
    });
    // a line of its own is what the chart is about; others would only cross it
    return `${line.length > 1 ? polyline(line, placeX, placeY) : ''}${marks.join('')}`;
  });
  // what is drawn last is on top
  return `${grid}${drawn.toReversed().join('')}`;
}

const markOf = (kind: number): string => MARKS[kind % MARKS.length] ?? '';

const isFinitePoint = ({ x, y }: Point): boolean => Number.isFinite(x) && Number.isFinite(y);

/** Where points of a chart go, and the lines and numbers that say so. */
function axesOf(points: readonly Point[]) {
  const xs = ticks(points.map(({ x }) => x));
  const ys = ticks(points.map(({ y }) => y));
  const placeX = scale(xs, SIZE.left, SIZE.width - SIZE.right);
  const placeY = scale(ys, SIZE.height - SIZE.bottom, SIZE.top);
  const horizontal = ys.map(
    (y) =>
      `<line class="grid" x1="${SIZE.left}" x2="${SIZE.width - SIZE.right}" y1="${fixed(placeY(y))}" y2="${fixed(placeY(y))}"/>${label(SIZE.left - 6, placeY(y) + 4, 'end', y)}`,
  );
  const vertical = xs.map((x) => label(placeX(x), SIZE.height - 8, 'middle', x));
  return { xs, placeX, placeY, grid: [...horizontal, ...vertical].join('') };
}

function polyline(points: readonly Point[], placeX: (x: number) => number, placeY: (y: number) => number, kind = 0): string {
  return `<polyline class="line${kind % MARKS.length}" points="${points.map(({ x, y }) => `${fixed(placeX(x))},${fixed(placeY(y))}`).join(' ')}"/>`;
}

function figure(title: string, drawn: string, legend = '', height: number = SIZE.height): string {
  const svg = `<svg viewBox="0 0 ${SIZE.width} ${height}" role="img" aria-label="${escapeHtml(title)}">${drawn}</svg>`;
  return `<figure><figcaption>${escapeHtml(title)}</figcaption>${svg}${legend === '' ? '' : `<p class="legend">${legend}</p>`}</figure>`;
}

function markLine(x: number, text: string, height: number = SIZE.height): string {
  return `<line class="mark" x1="${fixed(x)}" x2="${fixed(x)}" y1="${SIZE.top}" y2="${height - SIZE.bottom}"><title>${escapeHtml(text)}</title></line>`;
}

function label(x: number, y: number, anchor: 'end' | 'middle', value: number): string {
  return `<text x="${fixed(x)}" y="${fixed(y)}" text-anchor="${anchor}">${number(value)}</text>`;
}

/** Round values that enclose all given ones. */
function ticks(values: readonly number[]): number[] {
  const low = values.reduce((least, value) => Math.min(least, value), Number.POSITIVE_INFINITY);
  const high = values.reduce((most, value) => Math.max(most, value), Number.NEGATIVE_INFINITY);
  const span = high > low ? high - low : Math.abs(low) || 1;
  const rough = span / TICKS;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = ([1, 2, 5, 10].find((factor) => factor * power >= rough) ?? 10) * power;
  const first = Math.floor(low / step);
  const last = Math.max(first + 1, Math.ceil(high / step));
  return Array.from({ length: last - first + 1 }, (_, index) => (first + index) * step);
}

const edge = (values: readonly number[], index: number): number => values.at(index) ?? 0;

function scale(values: readonly number[], from: number, to: number): (value: number) => number {
  const [low, high] = [edge(values, 0), edge(values, -1)];
  return (value) => from + ((value - low) / (high - low)) * (to - from);
}

const fixed = (value: number): string => value.toFixed(1);
const number = (value: number): string => String(Number(value.toPrecision(4)));
