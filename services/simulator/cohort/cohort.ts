// A cohort whose two lives are known: what councils send of the life that was lived, and the truth that no draw of it moves.
import type { Arm, Protocol } from '../../../schemas/protocol.ts';
import { dayOf, plusMonths } from '../days.ts';
import { Random } from '../random.ts';
import { armsOf, withMatured } from './arms.ts';
import { type Fate, fatesOf } from './courses.ts';
import { type CohortFamily, familiesOf, withBirths } from './people.ts';
import type { CohortSpec, Planted } from './spec.ts';

export interface Cohort {
  spec: CohortSpec;
  protocol: Protocol;
  families: CohortFamily[];
  /** Arm of each family. */
  arms: Arm[];
  /** By planted event, family and child. */
  fates: Fate[][][];
}

/** @throws RangeError for numbers of families and children that do not fit together */
export function cohortOf(spec: CohortSpec, protocol: Protocol): Cohort {
  const random = Random.of(`cohort/${spec.seed}`);
  const first = familiesOf(spec, protocol, random.fork(1));
  const arms = armsOf(spec, protocol, first, random.fork(2));
  const families = withMatured(spec, protocol, first, arms, random.fork(3)).map(withBirths);
  const fates = spec.planted.map((planted, at) => fatesOf(planted, families, random.fork(4, at)));
  return { spec, protocol, families, arms, fates };
}

export interface Truth {
  event: Planted['event'];
  months: number;
  /** Children it is the mean over. */
  children: number;
  /** Mean chance in each arm, whichever arm was lived. */
  trial: number;
  comparison: number;
  difference: number;
}

/**
 * The planted truth over some children, at the months of the courses.
 * @param among whose mean it is: by default everybody followed to those months by `completeThrough`
 */
export function truthOf(
  { spec, families, arms, fates }: Cohort,
  among: (family: CohortFamily, arm: Arm, months: number) => boolean = ({ indexDay }, _, months) =>
    plusMonths(indexDay, months) <= dayOf(spec.completeThrough),
): Truth[] {
  return spec.planted.flatMap((planted, p) =>
    planted.comparison.flatMap(({ months }, at) => {
      const other = planted.trial.findIndex((one) => one.months === months);
      if (other < 0) return [];
      let children = 0;
      let [trial, comparison] = [0, 0];
      families.forEach((family, f) => {
        if (!among(family, arms[f] ?? 'comparison', months)) return;
        for (const { risks } of fates[p]?.[f] ?? []) {
          children++;
          trial += risks.trial[other] ?? 0;
          comparison += risks.comparison[at] ?? 0;
        }
      });
      if (children === 0) return [];
      return [
        {
          event: planted.event,
          months,
          children,
          trial: trial / children,
          comparison: comparison / children,
          difference: (trial - comparison) / children,
        },
      ];
    }),
  );
}
