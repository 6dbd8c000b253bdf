const SPACE = { width: 320, height: 140, left: 36, right: 8, top: 8, bottom: 20 };
const SVG = 'http://www.w3.org/2000/svg';

/** A value after a number of steps. */
export interface Point {
  readonly step: number;
  readonly value: number;
}

function shape(name: string, attributes: Readonly<Record<string, string | number>>, text = ''): SVGElement {
  const made = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, String(value));
  made.textContent = text;
  return made;
}

/** A curve of losses over steps, which grows while a student is trained. */
export class LossChart {
  readonly element = document.createElementNS(SVG, 'svg');

  constructor() {
    this.element.setAttribute('viewBox', `0 0 ${SPACE.width} ${SPACE.height}`);
    this.element.setAttribute('class', 'chart');
    this.element.setAttribute('role', 'img');
    this.draw([], 1);
  }

  draw(points: readonly Point[], steps: number): void {
    const values = points.map(({ value }) => value);
    const [low, high] = values.length === 0 ? [0, 1] : [Math.min(...values), Math.max(...values)];
    const span = high - low || 1;
    const x = (step: number): number => SPACE.left + (step / steps) * (SPACE.width - SPACE.left - SPACE.right);
    const y = (value: number): number => SPACE.top + ((high - value) / span) * (SPACE.height - SPACE.top - SPACE.bottom);
    const last = points.at(-1);
    this.element.setAttribute(
      'aria-label',
      last === undefined ? 'Loss: nothing was trained yet.' : `Loss after ${last.step} of ${steps} steps: ${last.value.toFixed(2)}.`,
    );
    const base = SPACE.height - SPACE.bottom;
    this.element.replaceChildren(
      shape('line', { x1: SPACE.left, y1: base, x2: SPACE.width - SPACE.right, y2: base }),
      shape('line', { x1: SPACE.left, y1: SPACE.top, x2: SPACE.left, y2: base }),
      shape('text', { x: SPACE.left - 4, y: SPACE.top + 8, 'text-anchor': 'end' }, values.length === 0 ? '' : high.toFixed(2)),
      shape('text', { x: SPACE.left - 4, y: base, 'text-anchor': 'end' }, values.length === 0 ? 'loss' : low.toFixed(2)),
      shape('text', { x: SPACE.width - SPACE.right, y: SPACE.height - 4, 'text-anchor': 'end' }, `${steps} steps`),
      shape('polyline', { points: points.map(({ step, value }) => `${x(step)},${y(value)}`).join(' ') }),
    );
  }
}
