// Councils' own effects and what they come to together: how far the effect differs from council to council.
import type { Pooled } from '../../../schemas/analysis.ts';
import type { AnalysisPlan } from '../../../schemas/protocol/analysis-plan.ts';
import { estimate } from '../../statistics/estimate.ts';
import type { Columns } from './columns.ts';
import { byCouncil } from './councils.ts';
import { effectIn, type Unit } from './effect-in.ts';
import type { Analysed } from './participant.ts';

/** Fewer say nothing of a spread between councils (ours). */
const LEAST_COUNCILS = 3;

/** Unadjusted risk differences of councils in which both arms have events and others; null where there are too few. */
export function pooledOf(
  everybody: Columns,
  plan: AnalysisPlan,
  unit: Unit,
  analysed: Analysed,
): Pooled | null {
  if (unit === 'council') return null;
  const councils = [...byCouncil(everybody, analysed)]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .flatMap(([council, own]) => {
      const row = effectIn(everybody, { ...plan, clusters: 'unit' }, unit, own);
      if (!row || row.estimate === null || row.standardError === null || row.standardError <= 0) return [];
      const { estimate: at, standardError, lower, upper, p } = row;
      return [{ council, estimate: at, standardError, lower, upper, p }];
    });
  if (councils.length < LEAST_COUNCILS) return null;
  const answer = estimate(
    {
      method: 'meta',
      level: 1 - plan.alpha,
      estimates: councils.map((one) => ({ estimate: one.estimate, se: one.standardError })),
      model: 'reml',
      hartungKnapp: true,
    },
    null,
  );
  const row = answer.estimates?.[0];
  if (!row) return null;
  return {
    councils,
    summary: { estimate: row.estimate, standardError: row.se, lower: row.lower, upper: row.upper, p: row.p },
    prediction: answer.predictionInterval as Pooled['prediction'],
    tau2: Number(answer.tau2),
    i2: Number(answer.i2),
  };
}
