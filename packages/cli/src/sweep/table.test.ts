import { describe, expect, it } from 'vitest';
import { sampleSummary } from '../../test/sample-summary.js';
import { sweepCsv } from './csv.js';
import { sweepPage } from './page.js';
import { bestOf, type MemberOutcome, type Outcome } from './results.js';
import { sweepTable } from './table.js';

const selection = { key: 'ndcg@10', smallerIsBetter: false };

function finished(validation: number | undefined, bytes = 14_800): Outcome {
  const summary = sampleSummary();
  const { validation: _none, ...distillation } = summary.distillation;
  return {
    status: 'finished',
    summary: {
      ...summary,
      synthetic: { ...summary.synthetic, bytes },
      distillation: { ...distillation, ...(validation === undefined ? {} : { validation }) },
    },
  };
}

const outcomesOf = (...outcomes: readonly Outcome[]): MemberOutcome[] =>
  outcomes.map((outcome, index) => ({
    outcome,
    member: { name: `rank=${index}`, assignments: [{ path: 'rank', value: index }] },
  }));

describe('the best member', () => {
  it('is best on validation, the first of equals', () => {
    const outcomes = outcomesOf(finished(0.2), finished(0.4), finished(0.4), finished(0.1));
    expect(bestOf(outcomes, selection)?.name).toBe('rank=1');
    expect(bestOf(outcomes, { ...selection, smallerIsBetter: true })?.name).toBe('rank=3');
  });

  it('is none where nothing was validated, diverged, failed or waits', () => {
    const failed: Outcome = { status: 'failed', code: 'FARZI_NON_FINITE', message: 'A loss is NaN.' };
    expect(
      bestOf(outcomesOf(finished(undefined), finished(Infinity), finished(Number.NaN), failed, { status: 'waiting' }), selection),
    ).toBe(undefined);
  });
});

describe('the table of a sweep', () => {
  const failed: Outcome = { status: 'failed', code: 'FARZI_NON_FINITE', message: 'A <loss> is NaN.' };
  const outcomes = outcomesOf(finished(0.2), failed, finished(0.3, 20_000));

  it('has a row for each member', () => {
    const { headings, cells, notes } = sweepTable(outcomes, selection);
    expect(headings).toEqual([
      '',
      'rank',
      'bytes',
      "of events' bytes",
      'validation ndcg@10',
      'full ndcg@10',
      'distilled ndcg@10',
      'distilled vs full',
      'status',
    ]);
    expect(cells(' ± ', '★')).toEqual([
      ['', '0', '14,800', '20.0 %', '0.2000', '0.2000 ± 0.0141', '0.1800 ± 0.0000', '90.0 %', 'finished'],
      ['', '1', '-', '-', '-', '-', '-', '-', 'FARZI_NON_FINITE'],
      ['★', '2', '20,000', '20.0 %', '0.3000', '0.2000 ± 0.0141', '0.1800 ± 0.0000', '90.0 %', 'finished'],
    ]);
    expect(notes).toEqual([
      'The star marks the member that was best on validation (ndcg@10): rank=2. The other columns are about test, which chooses nothing.',
      'The member rank=1 failed with FARZI_NON_FINITE: A <loss> is NaN.',
    ]);
  });

  it('names students where there are several, and has no status where all are finished', () => {
    const both = finished(0.2);
    if (both.status !== 'finished') throw new Error('It is finished.');
    const results = both.summary.results.flatMap((result) => [result, { ...result, student: 'gru' }]);
    const { headings, cells } = sweepTable(outcomesOf({ ...both, summary: { ...both.summary, results } }), selection);
    expect(headings.slice(0, 4)).toEqual(['', 'rank', 'student', 'bytes']);
    expect(headings).not.toContain('status');
    expect(cells('', '*').map((row) => row.slice(0, 3))).toEqual([
      ['*', '0', 'sasrec'],
      ['*', '0', 'gru'],
    ]);
  });

  it('has exact numbers for other programs', () => {
    const lines = sweepCsv(outcomes, selection).trimEnd().split('\n');
    expect(lines[1]).toBe('rank=0,0,sasrec,14800,0.2,ndcg@10,0.2,0.2,0.014142135623730944,2,0.18,0,2,0.8999999999999999,finished,false,,');
    expect(lines[2]).toBe('rank=1,1,,,,,,,,,,,,,failed,false,FARZI_NON_FINITE,A <loss> is NaN.');
    expect(lines[3]).toContain(',finished,true,,');
  });

  it('is a page that needs nothing from elsewhere, with the frontier', () => {
    const page = sweepPage('Farzi: sweep of <b>.yaml', outcomes, selection);
    expect(page).not.toMatch(/(src|href)=|url\(|@import|https?:|<script[^>]|<b>|<loss>|NaN,/);
    expect(page).toContain('<title>Farzi: sweep of &lt;b&gt;.yaml</title>');
    expect(page).toContain('<td>★</td><th scope="row">2</th>');
    expect(page).toContain('<figcaption>sasrec: ndcg@10 on test against full, by bytes of the distilled data</figcaption>');
    expect(page.match(/<title>\w+, rank=\d: \d+/g)).toEqual(
      ['popularity, rank=0: 14800', 'popularity, rank=2: 20000', 'distilled, rank=0: 14800', 'distilled, rank=2: 20000'].map(
        (each) => `<title>${each}`,
      ),
    );
    expect(page.match(/>(distilled|popularity)<\/text>/g)).toEqual(['>distilled</text>', '>popularity</text>']);
    // as much is learned from more bytes
    expect(page).not.toContain('line0"');
    expect(sweepPage('x', outcomesOf(failed), selection)).not.toContain('<svg');
  });
});
