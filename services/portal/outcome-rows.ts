// The dashboard's table as rows to download: one an outcome, horizon and arm; each says what data it is made of. CSV and Parquet
// are both written from them, so they cannot tell different numbers.
import type { ProtectedArm, ProtectedOutcome, ProtectedResult } from '../disclosure/protect.ts';
import { HIDDEN, NOT_YET } from './columns.ts';
import { outcomeTitle } from './evaluation-view.ts';
import type { EvaluationSummary } from './store.ts';

/** Text, a number, or HIDDEN or NOT_YET in its place. */
export type RowCell = string | number;

const rounded = (value: number): number => Number(value.toFixed(6));

function armCells(each: ProtectedOutcome, arm: ProtectedArm): RowCell[] {
  const count = (value: number | null) => value ?? HIDDEN;
  const observed = (value: number | null) => (arm.matured === 0 ? NOT_YET : count(value));
  const effect = (value: number | undefined) =>
    value !== undefined
      ? rounded(value)
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
    arm.hidden.includes('risk') ? HIDDEN : arm.risk === null ? NOT_YET : rounded(arm.risk),
    effect(each.effect?.estimate),
    effect(each.effect?.lower),
    effect(each.effect?.upper),
  ];
}

/** When the numbers shown of an outcome were worked out: earlier than the result, when newer ones are held back. */
const asAt = ({ computedAt, disclosure }: ProtectedResult, outcome: string): string =>
  disclosure.held?.find((one) => one.outcome === outcome)?.asAt ?? computedAt;

/** Cells in the order of `columns`. */
export const outcomeRows = (result: ProtectedResult, summary: EvaluationSummary): RowCell[][] =>
  result.results.flatMap((each) =>
    each.arms.map((arm) => [
      result.evaluation,
      result.dataSource,
      each.outcome,
      outcomeTitle(result, each.outcome),
      each.horizon,
      arm.arm,
      summary.armNames[arm.arm],
      ...armCells(each, arm),
      result.completeThrough ?? NOT_YET,
      asAt(result, each.outcome),
      result.protocolHash,
      result.deviations.map(({ at, label, reason }) => `${at.slice(0, 10)} ${label}: ${reason}`).join('; '),
    ]),
  );
