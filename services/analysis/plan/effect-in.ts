// The unadjusted risk difference among some of the participants: a subgroup, or a council.
import type { Estimate } from '../../../schemas/analysis.ts';
import type { AnalysisPlan } from '../../../schemas/protocol/analysis-plan.ts';
import type { Protocol } from '../../../schemas/protocol.ts';
import { analysisTable } from './analysis-table.ts';
import { type Columns, eventsOf } from './columns.ts';
import { unadjustedDifference } from './estimates.ts';
import type { Analysed } from './participant.ts';

export type Unit = Protocol['unit'];

export function effectIn(
  everybody: Columns,
  plan: AnalysisPlan,
  unit: Unit,
  analysed: Analysed,
): Estimate | null {
  const table = analysisTable(everybody, analysed.rows, [], 'complete-case', [eventsOf(analysed)]);
  const { estimates } = unadjustedDifference(plan, unit, table);
  return estimates.find(({ measure }) => measure === 'risk-difference') ?? null;
}
