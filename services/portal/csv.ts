// The dashboard's table as CSV: one row an outcome, horizon and arm; each row says what data it is made of.
import type { ProtectedArm, ProtectedOutcome, ProtectedResult } from '../disclosure/protect.ts';
import { columns, HIDDEN, NOT_YET } from './csv-columns.ts';
import { outcomeTitle } from './evaluation-view.ts';
import type { EvaluationSummary } from './store.ts';

/** Text that a spreadsheet would run as a formula is made plain text. */
function quoted(text: string): string {
  const plain = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(plain) ? `"${plain.replaceAll('"', '""')}"` : plain;
}

const decimals = (value: number): string => String(Number(value.toFixed(6)));

function armRow(each: ProtectedOutcome, arm: ProtectedArm): string[] {
  const count = (value: number | null) => (value === null ? HIDDEN : String(value));
  const observed = (value: number | null) => (arm.matured === 0 ? NOT_YET : count(value));
  const effect = (value: number | undefined) =>
    value !== undefined
      ? decimals(value)
      : each.effectHidden || arm.hidden.includes('risk')
        ? HIDDEN
        : NOT_YET;
  return [
    count(arm.enrolled),
    count(arm.notAtRisk),
    count(arm.pending),
    count(arm.matured),
    observed(arm.events),
    observed(arm.noEvents),
    observed(arm.censored),
    arm.hidden.includes('risk') ? HIDDEN : arm.risk === null ? NOT_YET : decimals(arm.risk),
    effect(each.effect?.estimate),
    effect(each.effect?.lower),
    effect(each.effect?.upper),
  ];
}

/** When the numbers shown of an outcome were worked out: earlier than the result, when newer ones are held back. */
const asAt = ({ computedAt, disclosure }: ProtectedResult, outcome: string): string =>
  disclosure.held?.find((one) => one.outcome === outcome)?.asAt ?? computedAt;

const header = columns.map(({ name }) => name);

export function resultCsv(result: ProtectedResult, summary: EvaluationSummary): string {
  const rows = result.results.flatMap((each) =>
    each.arms.map((arm) => [
      quoted(result.evaluation),
      result.dataSource,
      quoted(each.outcome),
      quoted(outcomeTitle(result, each.outcome)),
      String(each.horizon),
      arm.arm,
      quoted(summary.armNames[arm.arm]),
      ...armRow(each, arm),
      result.completeThrough ?? NOT_YET,
      asAt(result, each.outcome),
      quoted(result.protocolHash),
      quoted(
        result.deviations.map(({ at, label, reason }) => `${at.slice(0, 10)} ${label}: ${reason}`).join('; '),
      ),
    ]),
  );
  return `${[header, ...rows].map((row) => row.join(',')).join('\r\n')}\r\n`;
}
