// The record for people at a terminal: counts only, and what is not known yet is said, never shown as nought.
import type { ArmCounts } from '../../../schemas/result.ts';
import { exclusionWords } from '../eligibility.ts';
import { columns, maturityTable } from '../maturing/print.ts';
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

/** Every line once: lines = used + of other councils + recorded later + duplicates + refused, by reason; blank lines apart. */
function accountLines({ input, accounted }: EvaluateRecord): string[] {
  const reasons = accounted.refusedFor
    .map(({ code, lines: refused }) => `${count(refused)} ${code}`)
    .join(', ');
  return [
    `${count(accounted.lines)} lines that say anything (${count(input.blank)} blank): ${count(accounted.used)} used ` +
      `(${count(input.caseEvents)} case events, ${count(input.statements)} feed statements), ` +
      `${count(accounted.otherCouncils)} of other councils, ${count(accounted.afterAsOf)} recorded later, ` +
      `${count(accounted.duplicates)} duplicates, ${count(accounted.refused)} refused${reasons === '' ? '' : ` (${reasons})`}.`,
    ...input.refusals
      .slice(0, 10)
      .map(({ line, field, reason }) => `  line ${line}: ${field}${field === '' ? '' : ' '}${reason}`),
    ...(accounted.refused > 10
      ? [`  and ${count(accounted.refused - 10)} more; --json lists the first thousand`]
      : []),
    ...input.councilsLeftOut
      .slice(0, 10)
      .map(
        ({ council, lines: theirs, firstLine }) =>
          `  ${council} is none of the protocol’s councils: ${count(theirs)} lines, the first is line ${firstLine}`,
      ),
  ];
}

function openLines({ maturity }: EvaluateRecord): string[] {
  const open = maturity.filter(({ pending, unknown }) => pending + unknown > 0);
  return open.length === 0
    ? ['Nothing is open: all that takes part has matured.']
    : ['Not all matured yet:', ...maturityTable(open)];
}

export function lines(record: EvaluateRecord): string[] {
  const { children } = record;
  const rows = record.results.flatMap(({ outcome, horizon, arms }) =>
    arms.map((counts) => row(outcome, horizon, counts)),
  );
  const silent = record.feeds.filter(({ completeThrough }) => completeThrough === null).length;
  return [
    record.title,
    ...(record.dataSource === 'real' ? [] : [`${record.dataSource.toUpperCase()} DATA`]),
    ...(record.asOf === null ? [] : [`As recorded by the end of ${record.asOf}.`]),
    '',
    ...accountLines(record),
    `${count(children.known)} children: ${count(children.participants)} take part, ` +
      `${record.flow.excluded.map(({ reason, count: excluded }) => `${count(excluded)} ${exclusionWords[reason]}`).join(', ') || 'none is left out'}.`,
    ...(silent > 0
      ? [`${silent} feeds have not said how far they are complete: unknown until they do.`]
      : []),
    '',
    ...columns([HEAD, ...rows]),
    '',
    ...openLines(record),
  ];
}
