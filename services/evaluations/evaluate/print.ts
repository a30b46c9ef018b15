// The record for people at a terminal: counts only, and what is not known yet is said, never shown as nought.
import type { ArmCounts } from '../../../schemas/result.ts';
import { exclusionWords } from '../eligibility.ts';
import type { EvaluateRecord } from './evaluate.ts';

const count = (value: number): string => value.toLocaleString('en-GB');

function row(outcome: string, horizon: number, counts: ArmCounts): string[] {
  const risk = counts.risk === null ? 'not yet known' : `${(100 * counts.risk).toFixed(1)}%`;
  const { enrolled, notAtRisk, pending, matured, events, noEvents, censored } = counts;
  const numbers = [enrolled, notAtRisk, pending, matured, events, noEvents, censored].map(count);
  return [outcome, `${horizon} months`, counts.arm, ...numbers, risk];
}

const HEAD = [
  'Outcome',
  'By',
  'Arm',
  'Enrolled',
  'Not at risk',
  'Pending',
  'Matured',
  'Event',
  'No event',
  'Censored',
  'Risk',
];

export function lines(record: EvaluateRecord): string[] {
  const { input, children } = record;
  const rows = record.results.flatMap(({ outcome, horizon, arms }) =>
    arms.map((counts) => row(outcome, horizon, counts)),
  );
  const table = [HEAD, ...rows];
  const widths = HEAD.map((_, column) => Math.max(...table.map((cells) => cells[column]?.length ?? 0)));
  const silent = record.feeds.filter(({ completeThrough }) => completeThrough === null).length;
  return [
    record.title,
    ...(record.dataSource === 'real' ? [] : [`${record.dataSource.toUpperCase()} DATA`]),
    ...(record.asOf === null ? [] : [`As recorded by the end of ${record.asOf}.`]),
    '',
    `${count(input.lines)} lines: ${count(input.caseEvents)} case events, ${count(input.statements)} feed statements, ` +
      `${count(input.duplicates)} duplicates, ${count(input.afterAsOf)} recorded later, ` +
      `${count(input.otherCouncils)} of other councils, ${count(input.blank)} blank, ${count(input.refused)} refused.`,
    ...input.refusals.slice(0, 10).map(({ line, field, reason }) => `  line ${line}: ${field} ${reason}`),
    ...(input.refused > 10
      ? [`  and ${count(input.refused - 10)} more; --json lists the first thousand`]
      : []),
    `${count(children.known)} children: ${count(children.participants)} take part, ` +
      `${record.flow.excluded.map(({ reason, count: excluded }) => `${count(excluded)} ${exclusionWords[reason]}`).join(', ') || 'none is left out'}.`,
    ...(silent > 0
      ? [`${silent} feeds have not said how far they are complete: pending until they do.`]
      : []),
    '',
    ...table.map((cells) =>
      cells
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    ),
  ];
}
