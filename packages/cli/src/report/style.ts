/** Colours of a page and its charts. */
interface Colours {
  readonly text: string;
  readonly soft: string;
  readonly line: string;
  readonly back: string;
  readonly accent: string;
  readonly mark: string;
}

const LIGHT: Colours = { text: '#1c1e21', soft: '#667', line: '#d9dce1', back: '#fff', accent: '#0b62c4', mark: '#b4540a' };
const DARK: Colours = { text: '#e4e6ea', soft: '#9aa3af', line: '#3a3f47', back: '#16181c', accent: '#6cb0ff', mark: '#f0a35e' };

const variables = (colours: Colours): string =>
  Object.entries(colours)
    .map(([name, value]) => `--${name}: ${String(value)};`)
    .join(' ');

/** The colours by name, as whoever reads prefers them. */
const NAMED = Object.fromEntries(Object.keys(LIGHT).map((name) => [name, `var(--${name})`])) as unknown as Colours;

/** Kinds of points have the accent, or one of these. */
const KINDS = ['#8a5cd1', '#2a9d6b', '#c64f7f', '#b8860b', '#6b7f8c', '#d1553c', '#3f9fb3', '#7d8a2e'];

/** What charts are drawn with: marks have classes, and these say their colours. */
const charts = ({ soft, line, accent, mark }: Colours): string => `
svg text { fill: ${soft}; font-size: 11px; }
.grid { stroke: ${line}; } .mark { stroke: ${mark}; stroke-dasharray: 4 3; }
${[accent, ...KINDS].map((colour, kind) => `.mark${kind} { fill: ${colour}; stroke: none; } .line${kind} { stroke: ${colour}; }`).join(' ')}
.cloud { fill: ${soft}; stroke: none; opacity: 0.25; } .whisker { stroke: ${accent}; stroke-width: 2; opacity: 0.55; } .star { fill: ${mark}; stroke: none; }`;

/** The report's style sheet. */
export const STYLE = `
:root { color-scheme: light dark; ${variables(LIGHT)} }
@media (prefers-color-scheme: dark) { :root { ${variables(DARK)} } }
body { font: 16px/1.5 system-ui, sans-serif; color: var(--text); background: var(--back); max-width: 72rem; margin: 2rem auto; padding: 0 1rem; }
h1 { font-size: 1.5rem; } h2 { font-size: 1.15rem; margin-top: 2rem; }
.scroll { overflow-x: auto; } p { overflow-wrap: anywhere; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; white-space: nowrap; }
th, td { padding: 0.3rem 0.8rem; text-align: right; border-bottom: 1px solid var(--line); }
th:first-child { text-align: left; } thead th { color: var(--soft); font-weight: 600; }
th button { all: unset; cursor: pointer; } th button:focus-visible { outline: 2px solid var(--accent); } th[aria-sort=ascending] button::after { content: ' ▲'; } th[aria-sort=descending] button::after { content: ' ▼'; }
dt { font-weight: 600; } dd { margin: 0 0 0.6rem; overflow-wrap: anywhere; }
.charts { display: flex; flex-wrap: wrap; gap: 1.5rem; }
figure { margin: 1rem 0 0; flex: 1 1 26rem; max-width: 44rem; }
summary { cursor: pointer; font-size: 1.15rem; font-weight: 600; margin-top: 2rem; } figcaption { color: var(--soft); font-size: 0.9rem; }
svg { width: 100%; height: auto; }${charts(NAMED)}
pre { background: color-mix(in srgb, var(--line) 35%, transparent); padding: 1rem; overflow-x: auto; font-size: 0.85rem; }
`;

const picture = (colours: Colours): string => `.back { fill: ${colours.back}; }${charts(colours)}`;

/** The style sheet of a chart that is a file of its own: without variables, which not all that draw such files know. */
export const PICTURE_STYLE = `${picture(LIGHT)}
@media (prefers-color-scheme: dark) { ${picture(DARK)} }`;
