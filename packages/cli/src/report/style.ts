/** Colours, light and dark. */
const COLOURS = `
:root { color-scheme: light dark; --text: #1c1e21; --soft: #667; --line: #d9dce1; --back: #fff; --accent: #0b62c4; --mark: #b4540a; }
@media (prefers-color-scheme: dark) { :root { --text: #e4e6ea; --soft: #9aa3af; --line: #3a3f47; --back: #16181c; --accent: #6cb0ff; --mark: #f0a35e; } }`;

/** What charts are drawn with. */
const CHARTS = `
svg text { fill: var(--soft); font-size: 11px; }
.grid { stroke: var(--line); } .mark { stroke: var(--mark); stroke-dasharray: 4 3; }
svg text[class^=mark] { font-size: 10px; }
.mark0 { fill: var(--accent); color: var(--accent); } .mark1 { fill: #8a5cd1; color: #8a5cd1; } .mark2 { fill: #2a9d6b; color: #2a9d6b; } .mark3 { fill: #c64f7f; color: #c64f7f; }
.mark4 { fill: #b8860b; color: #b8860b; } .mark5 { fill: #6b7f8c; color: #6b7f8c; } .mark6 { fill: #d1553c; color: #d1553c; } .mark7 { fill: #3f9fb3; color: #3f9fb3; }
polyline { fill: none; stroke: var(--accent); stroke-width: 1.8; } circle { fill: var(--accent); } .star { fill: var(--mark); font-size: 18px; }`;

/** The report's style sheet. */
export const STYLE = `${COLOURS}
body { font: 16px/1.5 system-ui, sans-serif; color: var(--text); background: var(--back); max-width: 72rem; margin: 2rem auto; padding: 0 1rem; }
h1 { font-size: 1.5rem; } h2 { font-size: 1.15rem; margin-top: 2rem; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; white-space: nowrap; }
th, td { padding: 0.3rem 0.8rem; text-align: right; border-bottom: 1px solid var(--line); }
th:first-child { text-align: left; } thead th { color: var(--soft); font-weight: 600; }
dt { font-weight: 600; } dd { margin: 0 0 0.6rem; overflow-wrap: anywhere; }
.charts { display: flex; flex-wrap: wrap; gap: 1.5rem; }
figure { margin: 0; flex: 1 1 26rem; } figcaption { color: var(--soft); font-size: 0.9rem; } .legend { margin: 0; font-size: 0.9rem; }
svg { width: 100%; height: auto; }${CHARTS}
pre { background: color-mix(in srgb, var(--line) 35%, transparent); padding: 1rem; overflow-x: auto; font-size: 0.85rem; }
`;

/** The style sheet of a chart that is a file of its own. */
export const PICTURE_STYLE = `${COLOURS}
.back { fill: var(--back); }${CHARTS}
`;
