// One specification and its table in, one answer out: the dispatch of every method, and the last guard against NaN.

import { did } from './adjustment/did.ts';
import { propensity } from './adjustment/propensity.ts';
import { type Answer, purge } from './answer.ts';
import { notUsed } from './catalogue/catalogue.ts';
import { type Sample, sampleOf } from './data/roles.ts';
import type { Table } from './data/table.ts';
import { demand } from './errors.ts';
import { gComputation } from './regression/g-computation.ts';
import { gee } from './regression/gee.ts';
import { mixedLinear } from './regression/mixed-linear.ts';
import { regression } from './regression/models.ts';
import type { Spec } from './spec.ts';
import { aalenJohansen } from './survival/aalen-johansen.ts';
import { cox } from './survival/cox.ts';
import { fineGray } from './survival/fine-gray.ts';
import { kaplanMeier } from './survival/kaplan-meier.ts';
import { logRank } from './survival/log-rank.ts';
import { rmst } from './survival/rmst.ts';
import { icc } from './tables/icc.ts';
import { mantelHaenszel } from './tables/mantel-haenszel.ts';
import { meta } from './tables/meta.ts';
import { multiplicity } from './tables/multiplicity.ts';
import { srm } from './tables/srm.ts';
import { twoProportions } from './tables/two-proportions.ts';
import { welch } from './tables/welch.ts';
import { groupSequential } from './trial/group-sequential.ts';
import { permutation } from './trial/permutation.ts';
import { power } from './trial/power.ts';
import { randomise } from './trial/randomise.ts';
import { type DrawTask, drawPart, isResampled, type Resampled } from './trial/resampled.ts';
import { wildBootstrap } from './trial/wild-bootstrap.ts';

/** Methods on rows of a table. */
const ON_ROWS: Readonly<Record<string, (spec: Spec, sample: Sample) => Answer | Resampled>> = {
  'mantel-haenszel': mantelHaenszel,
  linear: regression,
  logistic: regression,
  'modified-poisson': regression,
  'g-computation': gComputation,
  'kaplan-meier': kaplanMeier,
  'log-rank': logRank,
  rmst,
  cox,
  propensity,
  did,
  'aalen-johansen': aalenJohansen,
  'fine-gray': fineGray,
  gee,
  'mixed-linear': mixedLinear,
  permutation,
  'wild-bootstrap': wildBootstrap,
  icc,
};

/** Methods on counts and moments, which may take a table instead. */
const ON_EITHER: Readonly<Record<string, (spec: Spec, sample: Sample | null) => Answer>> = {
  'two-proportions': twoProportions,
  welch,
  meta,
  randomise,
};

/** Methods that take no table. */
const ON_NUMBERS: Readonly<Record<string, (spec: Spec) => Answer>> = {
  srm,
  multiplicity,
  'group-sequential': groupSequential,
  power,
};

export const METHODS: readonly string[] = [
  ...Object.keys(ON_ROWS),
  ...Object.keys(ON_EITHER),
  ...Object.keys(ON_NUMBERS),
].sort();

/** Whether a method works on numbers in its specification alone. */
export const takesNoTable = (method: string): boolean => method in ON_NUMBERS;

/** Runs one method. Throws StatisticsError on a question the data or the specification cannot answer. */
export function estimate(spec: Spec, table: Table | null): Answer {
  const { made, dropped, unused } = run(spec, table);
  const answer = isResampled(made) ? made.finish(drawPart(made.task, 0, made.task.draws)) : made;
  return guarded({ ...answer, ...dropped, warnings: [...unused, ...answer.warnings] });
}

/** The same answer, its draws (if the method takes any) done by `draw`, which may use other threads. */
export async function estimateBy(
  spec: Spec,
  table: Table | null,
  draw: (task: DrawTask) => Promise<Float64Array>,
): Promise<Answer> {
  const { made, dropped, unused } = run(spec, table);
  const answer = isResampled(made) ? made.finish(await draw(made.task)) : made;
  return guarded({ ...answer, ...dropped, warnings: [...unused, ...answer.warnings] });
}

interface Run {
  made: Answer | Resampled;
  dropped: Readonly<Record<string, number>>;
  /** What the specification says in vain. */
  unused: readonly string[];
}

function run(spec: Spec, table: Table | null): Run {
  demand(
    METHODS.includes(spec.method),
    'unknown-method',
    `"method" is one of ${METHODS.join(', ')}`,
    'method',
  );
  demand(spec.level > 0 && spec.level < 1, 'bad-option', '"level" lies between 0 and 1', 'level');
  const unused = notUsed(spec);
  const read = Object.fromEntries(
    Object.entries(spec).filter(([name]) => !unused.includes(`${name}-not-used`)),
  ) as Spec;
  return { ...answered(read, table), unused };
}

function answered(spec: Spec, table: Table | null): Pick<Run, 'made' | 'dropped'> {
  const onNumbers = ON_NUMBERS[spec.method];
  if (onNumbers) return { made: onNumbers(spec), dropped: {} };
  const counted = spec.a !== undefined || spec.b !== undefined;
  const sample = table && !(counted && spec.method in ON_EITHER) ? sampleOf(spec, table) : null;
  const dropped: Readonly<Record<string, number>> =
    sample && spec.missing === 'complete-case' ? { nDropped: sample.nDropped } : {};
  const onEither = ON_EITHER[spec.method];
  if (onEither) return { made: onEither(spec, sample), dropped };
  const onRows = ON_ROWS[spec.method];
  demand(onRows && sample, 'missing-data', `${spec.method} works on rows: give --data`, 'data');
  return { made: onRows(spec, sample), dropped };
}

function guarded(answer: Answer): Answer {
  const { value, purged } = purge(answer);
  const clean = value as Answer;
  if (purged) clean.warnings = [...clean.warnings, 'undefined-number'];
  return clean;
}
