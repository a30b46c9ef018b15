// The results of an example as a page: what was planted, what was found, and what is not known yet.
import type { AnalysisRecord } from '../../../schemas/analysis.ts';
import { months, percent, points } from '../../page/words.ts';
import type { Analysed } from './example.ts';
import { type Recovery, recoveries } from './planted.ts';

const interval = ({ estimate }: Recovery): string => {
  if (estimate?.estimate == null) return 'not yet known';
  const { lower, upper } = estimate;
  return lower === null || upper === null
    ? `${points(estimate.estimate)} (no interval)`
    : `${points(estimate.estimate)} (${points(lower)} to ${points(upper)})`;
};

const answer = ({ covered }: Recovery): string => (covered === null ? '' : covered ? 'yes' : '**no**');

function risks(record: AnalysisRecord, { outcome, horizon }: Recovery): string {
  const result = record.results.find((one) => one.outcome === outcome && one.horizon === horizon);
  const of = (arm: string) => {
    const set = result?.sets.find((one) => one.arm === arm);
    if (!set || set.matured === 0) return 'pending';
    return set.risk === null ? `withheld (${set.matured})` : `${percent(set.risk)} of ${set.matured}`;
  };
  return `${of('trial')} v ${of('comparison')}`;
}

/** Rows of a Markdown table: planted against found, in percentage points. */
export function recoveryTable(analysed: Analysed): string {
  const rows = recoveries(analysed).map((row) => {
    const { planted } = row;
    return `| ${row.outcome}, ${months(row.horizon)} | ${planted ? `${percent(planted.trial)} v ${percent(planted.comparison)}: ${points(planted.difference)}` : 'not yet known'} | ${risks(analysed.record, row)} | ${interval(row)} | ${answer(row)} |`;
  });
  return [
    '| outcome | planted risks and difference | seen | planned estimate, points | holds what was planted |',
    '|---|---|---|---|---|',
    ...rows,
  ].join('\n');
}
