// Randomisation tests: the arms are reshuffled as the trial could have given them out, whole clusters within strata.
import { type Answer, finite } from '../answer.ts';
import { type Integers, integers, type Vector } from '../arrays.ts';
import { crossed, type Grouping, needed, type Sample, twoArms } from '../data/roles.ts';
import { numbersOf } from '../data/table.ts';
import { demand } from '../errors.ts';
import { positiveRows } from '../regression/positive-rows.ts';
import type { Spec } from '../spec.ts';
import type { Statistic } from './arrangement-draws.ts';
import { unitsOf } from './arrangements.ts';
import {
  DEFAULT_DRAWS,
  EXHAUSTIVE_BELOW,
  possibleArrangements,
  randomisationTest,
  type Tested,
  testOnDraws,
} from './randomisation-test.ts';
import type { Resampled } from './resampled.ts';

/** The p that stands beside a regression with few clusters: difference of cluster means, clusters reshuffled. */
export function clusterPermutation(
  outcome: Vector,
  treated: Vector,
  cluster: Grouping,
  weights: Vector | null,
  seed: number,
): { p: number; arrangements: number; exhaustive: boolean; statistic: string } {
  const all: Grouping = { name: '', code: integers(outcome.length), levels: [''] };
  const units = unitsOf(outcome, treated, weights, cluster, all);
  const { p, arrangements, exhaustive } = randomisationTest(
    units,
    'cluster-mean-difference',
    DEFAULT_DRAWS,
    seed,
    null,
  );
  return { p, arrangements, exhaustive, statistic: 'cluster-mean-difference' };
}

export function permutation(spec: Spec, sample: Sample): Answer | Resampled {
  const { table, weights, warnings } = positiveRows(spec, sample.table);
  const outcome = numbersOf(table, needed(spec, 'outcome'));
  const arm = twoArms(spec, table);
  const cluster = spec.cluster === undefined ? null : crossed(table, spec.cluster);
  const strata = crossed(table, spec.strata ?? []);
  const statistic = (spec.statistic ?? 'mean-difference') as Statistic;
  demand(
    ['mean-difference', 'cluster-mean-difference', 'studentised'].includes(statistic),
    'bad-option',
    '"statistic" is mean-difference, cluster-mean-difference or studentised',
    'statistic',
  );
  const units = unitsOf(outcome, arm.treated, weights, cluster, strata);
  demand(
    statistic !== 'studentised' || Math.min(...countByArm(units.arm)) >= 2,
    'too-few-rows',
    'a studentised statistic needs two units an arm',
    'statistic',
  );
  const seed = spec.seed ?? 1;
  const exhaustive = possibleArrangements(units) < EXHAUSTIVE_BELOW;
  const finish = (tested: Tested): Answer => {
    if (tested.arrangements === 1) warnings.push('one-arrangement');
    if (exhaustive && 1 / tested.arrangements > 1 - spec.level) warnings.push('too-few-arrangements');
    if (tested.lower === null || tested.upper === null) warnings.push('interval-open');
    return {
      method: 'permutation',
      n: table.n,
      warnings,
      statistic,
      p: tested.p,
      arrangements: tested.arrangements,
      exhaustive,
      observed: finite(tested.statistic),
      nUnits: units.arm.length,
      ...(exhaustive ? {} : { seed }),
      estimates: [
        {
          term: arm.name,
          estimate: tested.estimate,
          se: null,
          df: null,
          statistic: finite(tested.statistic),
          p: tested.p,
          lower: tested.lower,
          upper: tested.upper,
          scale: 'identity',
        },
      ],
    };
  };
  const draws = spec.draws ?? DEFAULT_DRAWS;
  if (exhaustive) return finish(randomisationTest(units, statistic, draws, seed, spec.level));
  return {
    task: { kind: 'arrangements', units, statistic, seed, draws },
    finish: (drawn) => finish(testOnDraws(units, statistic, drawn, false, spec.level)),
  };
}

function countByArm(arm: Integers): [number, number] {
  let treated = 0;
  for (const z of arm) treated += z;
  return [arm.length - treated, treated];
}
