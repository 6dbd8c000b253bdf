import type { Summary } from '@farzi/core';
import { describe, expect, it } from 'vitest';
import { sampleSummary, sampleTextSummary } from '../test/sample-summary.js';
import { summaryText } from './table.js';

const ndcg = { key: 'ndcg@10', smallerIsBetter: false };

describe('summaryText', () => {
  it('is plain ASCII for files and pipes', () => {
    expect(summaryText(sampleSummary(), ndcg, 'runs/x', { plain: true })).toMatchInlineSnapshot(`
      "sasrec
      +------------+-----------------+-----------+-------------------+-------------------+------------+-------+
      | data       | ndcg@10 vs full | sequences |             hr@10 |           ndcg@10 | training s | steps |
      +------------+-----------------+-----------+-------------------+-------------------+------------+-------+
      | full       |         100.0 % |     1,200 | 0.4000 +/- 0.0283 | 0.2000 +/- 0.0141 |       2.00 |   100 |
      | distilled  |          90.0 % |        50 | 0.3600 +/- 0.0000 | 0.1800 +/- 0.0000 |       2.00 |   100 |
      | popularity |          25.0 % |     1,200 |            0.1000 |            0.0500 |          - |     - |
      +------------+-----------------+-----------+-------------------+-------------------+------------+-------+

      Protocol:
        - leave-one-out
        - full catalogue

      Dataset:        tiny: 1,200 users, 340 items, 56,000 events
      Synthetic data: 50 sequences of 20, rank 8, soft inputs: 4.17 % as many as users, 5.00 % of the events; 10,720 stored numbers, 19.1 % of the number of events
      Bytes:          14,800 (latents 8,000, decoder 5,000, inputs 1,000, weights 125, description 675): 20.0 % of the training events compressed by brotli (74,000), 19.2 % of them as ids of a fixed width (77,000); names of tokens 40,000 apart
      Distillation:   3 min 20 s with the teacher; 150 outer steps of 20 inner steps, step 125 chosen on validation, 1 skipped; peak memory 1,234 MB; engine onnx
      Cost:           one training takes 2.00 s on distilled and 2.00 s on full data: distilling saves no time
      Run directory:  runs/x
      "
    `);
  });

  it('counts a text in windows and tokens, and has no numbers for a student that diverged', () => {
    const text = summaryText(sampleTextSummary(), { key: 'perplexity', smallerIsBetter: true }, 'runs/x', { plain: true });
    expect(
      text
        .split('\n')
        .filter((line) => /^(\||Dataset|Synthetic)/.test(line))
        .join('\n'),
    ).toMatchInlineSnapshot(`
      "| data              | perplexity vs full | sequences | perplexity | training s | steps |
      | full              |            100.0 % |    26,560 |      120.0 |       2.00 |   100 |
      | full-equal-budget |             80.0 % |    26,560 |      150.0 |       2.00 |   100 |
      | distilled         |             50.0 % |        50 |      240.0 |       2.00 |   100 |
      | random            |                  - |        50 |          - |          - |     - |
      Dataset:        novel: 1 document, 929,589 tokens, vocabulary 10,000
      Synthetic data: 50 sequences of 20, rank 8, soft inputs: 0.188 % as many as the text's 26,560 windows, 0.108 % of the tokens; 10,720 stored numbers, 1.15 % of the number of tokens"
    `);
  });

  it('says what differs by more than by chance, for every student', () => {
    const against = (student: string, arm: string, difference: number) => ({
      ...{ student, against: arm, metric: 'ndcg@10', difference, low: difference - 0.01, high: difference + 0.01 },
    });
    const lines = (comparisons: Summary['comparisons']): string[] =>
      summaryText({ ...sampleSummary(), ...(comparisons === undefined ? {} : { comparisons }) }, ndcg, 'runs/x', { plain: true })
        .split('\n')
        .filter((line) => line.startsWith('Differences'));
    const one = [against('sasrec', 'full', -0.0205), against('sasrec', 'popularity', 0.13)];
    expect(lines(one)).toEqual([
      'Differences:    ndcg@10 of distilled minus that of full -0.0205 (-0.0305 to -0.0105), popularity +0.1300 (+0.1200 to +0.1400); in brackets 95 % of the times that test users are drawn again',
    ]);
    expect(lines([...one, against('gru', 'full', 0)])[0]).toContain(
      'sasrec on popularity +0.1300 (+0.1200 to +0.1400), gru on full +0.0000 (',
    );
    expect(lines(undefined)).toEqual([]);
  });

  it('counts the trainings after which distilling has paid', () => {
    const { results, ...summary } = sampleSummary();
    const faster = results.map((result) => (result.data === 'distilled' ? { ...result, trainingSeconds: 0.4 } : result));
    const costOf = (all: Summary['results']): string | undefined =>
      /^Cost:.*/m.exec(summaryText({ ...summary, results: all }, ndcg, 'runs/x', { plain: true }))?.[0];
    expect(costOf(faster)).toBe(
      'Cost:           one training takes 0.40 s on distilled and 2.00 s on full data: distilling has paid after 125 trainings',
    );
    expect(costOf(results.filter(({ data }) => data !== 'full'))).toBeUndefined();
  });

  it('has a block for every student', () => {
    const summary = sampleSummary();
    const text = summaryText(
      { ...summary, results: [...summary.results, ...summary.results.map((result) => ({ ...result, student: 'gru' }))] },
      ndcg,
      'runs/x',
      { plain: true },
    );
    expect(text.match(/^(sasrec|gru)$/gm)).toEqual(['sasrec', 'gru']);
  });

  it('puts deviations below their means where the terminal is narrow', () => {
    const wide = summaryText(sampleSummary(), ndcg, 'runs/x', { plain: false, width: 200 });
    const narrow = summaryText(sampleSummary(), ndcg, 'runs/x', { plain: false, width: 80 });
    expect(wide).toContain('0.2000 ± 0.0141');
    expect(narrow).not.toContain('0.2000 ± 0.0141');
    expect(narrow).toContain('± 0.0141');
  });
});
