// Effects by subgroup, and one test of whether they differ: a linear model with the products of arm and level, its
// clustered covariance, and an F test whose denominator is the smallest df of a product (conservative; ours).
import type { SubgroupResult } from '../../../schemas/analysis.ts';
import type { AnalysisPlan, Covariate } from '../../../schemas/protocol/analysis-plan.ts';
import type { Protocol } from '../../../schemas/protocol.ts';
import type { Answer } from '../../statistics/answer.ts';
import type { CategoricalColumn } from '../../statistics/data/table.ts';
import { chiSquareUpper, fUpper } from '../../statistics/distributions.ts';
import { StatisticsError } from '../../statistics/errors.ts';
import { estimate } from '../../statistics/estimate.ts';
import { cholesky, choleskySolve, isFactor } from '../../statistics/linear-algebra/cholesky.ts';
import { fromRows } from '../../statistics/linear-algebra/matrix.ts';
import { analysisTable } from './analysis-table.ts';
import { type Columns, categories, eventsOf, numbersBy, someWords } from './columns.ts';
import { eventsByArm } from './councils.ts';
import { effectIn } from './effect-in.ts';
import { clustering } from './estimates.ts';
import { type Analysed, type AnalysisParticipant, placesBy, someOf } from './participant.ts';

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

const AGES = ['under 5', '5 to 11', '12 and over'];

/** Ages from the youngest; other groups as words are sorted. */
function inOrder(by: Covariate, column: CategoricalColumn): CategoricalColumn {
  if (by !== 'age') return column;
  const levels = AGES.filter((age) => column.levels.includes(age));
  const place = column.levels.map((level) => levels.indexOf(level));
  return { ...column, levels, codes: column.codes.map((code) => place[code] ?? -1) };
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

interface Place {
  everybody: Columns;
  plan: AnalysisPlan;
  protocol: Protocol;
  participants: readonly AnalysisParticipant[];
}

/** @param level of each of those analysed, none not known */
function interactionOf(
  { everybody, plan, protocol }: Place,
  { rows, events }: Analysed,
  level: CategoricalColumn,
): SubgroupResult['interaction'] {
  const others = level.levels.slice(1);
  const products = others.map((one) => `arm x ${one}`);
  const trial = everybody.arm.levels.indexOf('trial');
  const { table } = analysisTable(everybody, rows, [], 'complete-case', [
    eventsOf({ rows, events }),
    level,
    ...products.map((name, at) =>
      numbersBy(name, rows.length, (row) =>
        Number(everybody.arm.codes[rows[row] ?? -1] === trial && level.codes[row] === at + 1),
      ),
    ),
  ]);
  const answer = estimate(
    {
      method: 'linear',
      beside: false,
      level: 1 - plan.alpha,
      outcome: 'event',
      arm: 'arm',
      treated: 'trial',
      covariates: ['level', ...products],
      ...clustering(plan, protocol.unit),
    },
    table,
  );
  return jointTest(answer, products);
}

export function subgroupOf(
  place: Place,
  analysed: Analysed,
  { by, words }: AnalysisPlan['subgroups'][number],
): SubgroupResult {
  const { everybody, plan, protocol, participants } = place;
  const all = categories(
    'level',
    participants.map((one) => levelOf(one, by)),
  );
  const [known = new Int32Array()] = placesBy(
    analysed,
    all.codes.map((code) => (code < 0 ? -1 : 0)),
    1,
  );
  const those = someOf(analysed, known);
  const level = someWords(all, those.rows);
  const warnings =
    known.length < analysed.rows.length
      ? [`not-known: ${analysed.rows.length - known.length} participants`]
      : [];
  let interaction: SubgroupResult['interaction'] = null;
  try {
    if (level.levels.length > 1) interaction = interactionOf(place, those, inOrder(by, level));
  } catch (error) {
    if (!(error instanceof StatisticsError)) throw error;
    warnings.push(`interaction: ${error.code}`);
  }
  const places = placesBy(those, all.codes, all.levels.length);
  return {
    by,
    words,
    levels: inOrder(by, level).levels.map((name) => {
      const inside = someOf(those, places[all.levels.indexOf(name)] ?? new Int32Array());
      return {
        level: name,
        n: inside.rows.length,
        arms: eventsByArm(everybody, inside),
        effect: effectIn(everybody, plan, protocol.unit, inside),
      };
    }),
    interaction,
    warnings,
  };
}
