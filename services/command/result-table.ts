// The result record as a table for the terminal. What is not known yet is said, never shown as nought.
import type { ArmCounts, OutcomeResult, ResultRecord } from '../../schemas/result.ts';

const share = (value: number): string => `${(100 * value).toFixed(1)}%`;
const points = (value: number): string => `${value < 0 ? '−' : '+'}${(100 * Math.abs(value)).toFixed(1)}`;

function risk(counts: ArmCounts | undefined): string {
  if (!counts || counts.risk === null) return 'not yet known';
  return `${share(counts.risk)} of ${counts.matured.toLocaleString('en-GB')}`;
}

function difference({ effect }: OutcomeResult): string {
  if (!effect) return '';
  return `${points(effect.estimate)} (${points(effect.lower)} to ${points(effect.upper)})`;
}

const label: Record<ResultRecord['dataSource'], string> = {
  real: '',
  simulated: 'SIMULATED DATA: no real child is in these figures.',
  sample:
    'SAMPLE DATA: synthetic returns, to show parsing and honesty about dirt; the outcomes mean nothing.',
};

export function resultTable(result: ResultRecord): string[] {
  const title = new Map(result.definitions.map(({ id, definition }) => [id, definition.title]));
  const rows = result.results.map((row) => [
    title.get(row.outcome) ?? row.outcome,
    `${row.horizon} months`,
    risk(row.arms.find((counts) => counts.arm === 'trial')),
    risk(row.arms.find((counts) => counts.arm === 'comparison')),
    String(row.arms.reduce((sum, counts) => sum + counts.pending, 0)),
    difference(row),
  ]);
  const table = [['Outcome', 'By', 'Trial', 'Comparison', 'Pending', 'Difference, points (95%)'], ...rows];
  const widths =
    table[0]?.map((_, column) => Math.max(...table.map((row) => row[column]?.length ?? 0))) ?? [];
  const lines = table.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  );
  return [result.title, label[result.dataSource], '', ...lines, ''].filter(
    (line, at) => line !== '' || at > 1,
  );
}
