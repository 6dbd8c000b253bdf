import type { Summary } from '@farzi/core';
import Table from 'cli-table3';
import { arms } from './arms.js';
import { facts } from './facts.js';
import type { Output } from './io.js';
import { countText, percentText, secondsText, statisticText } from './format.js';
import { type ResultBlock, resultBlocks, type Selection } from './results.js';

/** How a table is drawn. */
export interface TableStyle {
  /** ASCII only: for files and pipes. */
  readonly plain: boolean;
  /** Columns of the terminal. */
  readonly width?: number;
}

/** How a table is drawn on a stream: without its width where nobody reads it on a screen. */
export function tableStyle({ isTTY, columns }: Pick<Output, 'isTTY' | 'columns'>): TableStyle {
  if (isTTY !== true) return { plain: true };
  return { plain: false, ...(columns === undefined ? {} : { width: columns }) };
}

const ASCII = {
  ...{
    top: '-',
    'top-mid': '+',
    'top-left': '+',
    'top-right': '+',
    bottom: '-',
    'bottom-mid': '+',
    'bottom-left': '+',
    'bottom-right': '+',
  },
  ...{ left: '|', 'left-mid': '+', mid: '-', 'mid-mid': '+', right: '|', 'right-mid': '+', middle: '|' },
} as const;

/** The headings of a block's columns. */
export function headings({ metrics }: ResultBlock, selection: Selection): string[] {
  return ['data', `${selection.key} vs ${arms.full}`, 'sequences', ...metrics, 'training s', 'steps'];
}

/** The cells of a block's rows. */
export function cells({ rows }: ResultBlock, plusMinus: string): string[][] {
  return rows.map(({ data, sequences, metrics, seconds, steps, retention }) => [
    data,
    percentText(retention),
    countText(sequences),
    ...metrics.map((statistic) => statisticText(statistic, plusMinus)),
    secondsText(seconds),
    countText(steps),
  ]);
}

/** A summary as a user reads it in a terminal. */
export function summaryText(summary: Summary, selection: Selection, runDirectory: string, style: TableStyle): string {
  const blocks = resultBlocks(summary, selection).map(
    (block) => `${block.student}\n${fitted(headings(block, selection), (plusMinus) => cells(block, plusMinus), style)}`,
  );
  const told = facts(summary, runDirectory);
  const widest = Math.max(...told.map(([label]) => label.length));
  const lines = told.map(([label, text]) => `${`${label}:`.padEnd(widest + 2)}${text}`);
  const text = [...blocks, ['Protocol:', ...summary.protocol.map((line) => `  - ${line}`)].join('\n'), lines.join('\n')].join('\n\n');
  return `${text}\n`;
}

/** A table; deviations go below their means where the terminal is too narrow. */
export function fitted(head: readonly string[], rows: (plusMinus: string) => readonly string[][], { plain, width }: TableStyle): string {
  const sign = plain ? '+/-' : '±';
  const wide = drawn(head, rows(` ${sign} `), plain);
  const needed = wide.indexOf('\n');
  return width === undefined || needed <= width ? wide : drawn(head, rows(`\n${sign} `), plain);
}

function drawn(head: readonly string[], rows: readonly string[][], plain: boolean): string {
  const table = new Table({
    head: [...head],
    colAligns: head.map((_, column) => (column === 0 ? 'left' : 'right')),
    style: { head: [], border: [], compact: !rows.some((row) => row.some((cell) => cell.includes('\n'))) },
    ...(plain ? { chars: ASCII } : {}),
  });
  table.push(...rows);
  return table.toString();
}
