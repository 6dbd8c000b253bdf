import type { Check, Tally } from './check.js';

/** What a check found. */
export interface Finding {
  readonly check: Check;
  readonly tallies: readonly Tally[];
  readonly seconds: number;
}

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);

/** A cell of a Markdown table. */
const cell = (text: string): string => text.replaceAll('|', '\\|').replaceAll('\n', ' ');

/** The findings as a page. */
export function page(
  findings: readonly Finding[],
  settings: { readonly seed: number; readonly scale: number; readonly command: string },
): string {
  const overview = findings.map(({ check, tallies, seconds }) => {
    const [tried, wrong] = [sum(tallies.map((tally) => tally.tried)), sum(tallies.map((tally) => tally.wrong.length))];
    return `| ${check.id} | ${tried} | ${tried - wrong} | ${wrong} | ${Math.round(seconds)} |`;
  });
  const parts = findings.map(({ check, tallies }) => {
    const rows = tallies.map(({ subject, tried, wrong, skipped }) =>
      skipped === undefined
        ? `| ${cell(subject)} | ${tried} | ${tried - wrong.length} |`
        : `| ${cell(subject)} | skipped: ${cell(skipped)} | |`,
    );
    const wrong = tallies.flatMap((tally) => tally.wrong.map((each) => `- ${tally.subject}: ${each.slice(0, 600)}`));
    const failures = wrong.length === 0 ? [] : ['', 'Not right:', '', ...wrong];
    return [`## ${check.id}`, '', check.about, '', '| subject | tried | right |', '| --- | --- | --- |', ...rows, ...failures].join('\n');
  });
  return [
    '# Reliability',
    '',
    `Kills, damage, full disks and hostile input, and what the program makes of them. Made by \`${settings.command}\` on Node ${process.versions.node}, ${process.platform} ${process.arch}: seed ${settings.seed}, ${settings.scale * 100} % of the full counts. \`npm test -- reliability\` tries a hundredth.`,
    '',
    '| trouble | tried | right | not right | seconds |',
    '| --- | --- | --- | --- | --- |',
    ...overview,
    '',
    parts.join('\n\n'),
    '',
  ].join('\n');
}
