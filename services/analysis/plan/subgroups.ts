// Effects by subgroup, and one test of whether they differ: a linear model with the products of arm and level, its
// clustered covariance, and an F test whose denominator is the smallest df of a product (conservative; ours).
import type { Estimate, SubgroupResult } from '../../../schemas/analysis.ts';
import type { AnalysisPlan, Covariate } from '../../../schemas/protocol/analysis-plan.ts';
import type { Answer } from '../../statistics/answer.ts';
import { sortLevels } from '../../statistics/data/table.ts';
import { chiSquareUpper, fUpper } from '../../statistics/distributions.ts';
import { StatisticsError } from '../../statistics/errors.ts';
import { estimate } from '../../statistics/estimate.ts';
import { cholesky, choleskySolve, isFactor } from '../../statistics/linear-algebra/cholesky.ts';
import { fromRows } from '../../statistics/linear-algebra/matrix.ts';
import { analysisTable, categories, numbers } from './analysis-table.ts';
import { eventsByArm } from './councils.ts';
import { clustering, fixedHorizonEstimates } from './estimates.ts';
import type { Analysed, AnalysisParticipant } from './participant.ts';

/** The level of a subgroup a participant is in. Ages and deciles are grouped (ours): under 5, 5 to 11, 12 and over; thirds. */
function levelOf(participant: AnalysisParticipant, by: Covariate): string | null {
  const value = participant.covariates[by];
  if (value === null) return null;
  if (by === 'age' && typeof value === 'number')
    return value < 5 ? 'under 5' : value < 12 ? '5 to 11' : '12 and over';
  if (by === 'deprivation-decile' && typeof value === 'number')
    return value <= 3 ? 'deciles 1 to 3' : value <= 7 ? 'deciles 4 to 7' : 'deciles 8 to 10';
  return String(value);
}

type Unit = 'child' | 'family' | 'council';

function effectIn(plan: AnalysisPlan, unit: Unit, analysed: readonly Analysed[]): Estimate | null {
  const table = analysisTable(
    analysed.map((one) => one.participant),
    [],
    'complete-case',
    [
      numbers(
        'event',
        analysed.map((one) => one.event),
      ),
    ],
  );
  const { estimates } = fixedHorizonEstimates(plan, unit, table);
  return estimates.find(({ measure }) => measure === 'risk-difference') ?? null;
}

/** An F test that all products are 0, from a fitted answer with its `terms` and `vcov`. */
export function jointTest(answer: Answer, terms: readonly string[]): SubgroupResult['interaction'] {
  const all = answer.terms as string[];
  const vcov = answer.vcov as number[][];
  const rows = terms.flatMap((term) => {
    const found = (answer.estimates ?? []).find((row) => row.term === term);
    return found && found.estimate !== null
      ? [{ at: all.indexOf(term), b: found.estimate, df: found.df }]
      : [];
  });
  if (rows.length !== terms.length || rows.length === 0) return null;
  const factor = cholesky(fromRows(rows.map(({ at }) => rows.map((other) => vcov[at]?.[other.at] ?? 0))));
  if (!isFactor(factor)) return null;
  const solved = choleskySolve(
    factor,
    Float64Array.from(rows, ({ b }) => b),
  );
  const wald = rows.reduce((sum, { b }, at) => sum + b * Number(solved[at]), 0);
  const dfs = rows.flatMap(({ df }) => (df === null ? [] : [df]));
  const denominatorDf = dfs.length > 0 ? Math.min(...dfs) : null;
  const statistic = wald / rows.length;
  const p =
    denominatorDf === null
      ? chiSquareUpper(wald, rows.length)
      : fUpper(statistic, rows.length, denominatorDf);
  if (!Number.isFinite(statistic) || !Number.isFinite(p)) return null;
  return { statistic, df: rows.length, denominatorDf, p };
}

function interactionOf(
  plan: AnalysisPlan,
  unit: Unit,
  analysed: readonly Analysed[],
  levels: readonly string[],
  placed: readonly string[],
): SubgroupResult['interaction'] {
  const products = levels.slice(1).map((level) => `arm x ${level}`);
  const { table } = analysisTable(
    analysed.map((one) => one.participant),
    [],
    'complete-case',
    [
      numbers(
        'event',
        analysed.map((one) => one.event),
      ),
      categories('level', placed),
      ...levels.slice(1).map((level, at) =>
        numbers(
          products[at] ?? level,
          analysed.map((one, row) => Number(one.participant.arm === 'trial' && placed[row] === level)),
        ),
      ),
    ],
  );
  const answer = estimate(
    {
      method: 'linear',
      level: 1 - plan.alpha,
      outcome: 'event',
      arm: 'arm',
      treated: 'trial',
      covariates: ['level', ...products],
      ...clustering(plan, unit),
    },
    table,
  );
  return jointTest(answer, products);
}

export function subgroupOf(
  plan: AnalysisPlan,
  unit: Unit,
  analysed: readonly Analysed[],
  { by, words }: AnalysisPlan['subgroups'][number],
): SubgroupResult {
  const known = analysed.flatMap((one) => {
    const level = levelOf(one.participant, by);
    return level === null ? [] : [{ ...one, level }];
  });
  const levels = sortLevels([...new Set(known.map(({ level }) => level))]);
  const warnings =
    known.length < analysed.length ? [`not-known: ${analysed.length - known.length} participants`] : [];
  let interaction: SubgroupResult['interaction'] = null;
  try {
    if (levels.length > 1)
      interaction = interactionOf(
        plan,
        unit,
        known,
        levels,
        known.map(({ level }) => level),
      );
  } catch (error) {
    if (!(error instanceof StatisticsError)) throw error;
    warnings.push(`interaction: ${error.code}`);
  }
  return {
    by,
    words,
    levels: levels.map((level) => {
      const inside = known.filter((one) => one.level === level);
      return {
        level,
        n: inside.length,
        arms: eventsByArm(inside),
        effect: effectIn(plan, unit, inside),
      };
    }),
    interaction,
    warnings,
  };
}
