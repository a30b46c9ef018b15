// The families and children of a cohort, to the number that the specification asks for. Nothing here depends on an arm.

import type { z } from 'zod';
import type { Protocol } from '../../../schemas/protocol.ts';
import type { ChildState, ReferralState } from '../../../schemas/records.ts';
import { type Day, dayOf, monthOfDay, monthText } from '../days.ts';
import { ethnicities, primaryNeeds, referralSources } from '../mixes.ts';
import type { Random } from '../random.ts';
import type { CohortSpec } from './spec.ts';

export interface CohortChild {
  at: number;
  /** Whole years on the index day. */
  age: number;
  birthMonth: string;
  sex: 'F' | 'M';
}

export interface CohortFamily {
  at: number;
  council: string;
  /** Day on which all its children are referred. */
  indexDay: Day;
  deprivation: number;
  need: NonNullable<z.infer<typeof ReferralState>['primaryNeed']>;
  source: NonNullable<z.infer<typeof ReferralState>['source']>;
  ethnicity: NonNullable<z.infer<typeof ChildState>['ethnicity']>;
  children: CohortChild[];
  random: Random;
}

const MOST_CHILDREN = 6;
const OLDEST = 15;

/** Sizes of families that sum to `children`: one each, and the rest to families drawn one after the other. */
function familySizes({ families, children }: CohortSpec, random: Random): number[] {
  if (children < families || children > MOST_CHILDREN * families)
    throw new RangeError(`a family has 1 to ${MOST_CHILDREN} children`);
  const sizes = new Array<number>(families).fill(1);
  for (let left = children - families; left > 0; ) {
    const at = random.whole(0, families - 1);
    if ((sizes[at] ?? 0) >= MOST_CHILDREN) continue;
    sizes[at] = (sizes[at] ?? 0) + 1;
    left--;
  }
  return sizes;
}

/** Families by council in proportion to sizes that rise evenly to `sizeRatio`; every council has one. */
function councilOfEach(
  { families, sizeRatio }: CohortSpec,
  councils: readonly string[],
  random: Random,
): string[] {
  const last = Math.max(1, councils.length - 1);
  const weights = councils.map((_, at) => 1 + ((sizeRatio - 1) * at) / last);
  const total = weights.reduce((sum, one) => sum + one, 0);
  const out: string[] = [];
  let due = 0;
  councils.forEach((council, at) => {
    due += (families * (weights[at] ?? 1)) / total;
    while (out.length < Math.round(due)) out.push(council);
  });
  return random.shuffle(out);
}

function childOf(at: number, age: number, indexDay: Day, random: Random): CohortChild {
  const born = indexDay - Math.floor((age + random.next()) * 365.25);
  return { at, age, birthMonth: monthText(monthOfDay(born)), sex: random.chance(0.5) ? 'F' : 'M' };
}

/** Families with index days spread evenly over the protocol's window. */
export function familiesOf(
  spec: CohortSpec,
  { councils, population }: Pick<Protocol, 'councils' | 'population'>,
  random: Random,
): CohortFamily[] {
  const sizes = familySizes(spec, random.fork(1));
  const places = councilOfEach(spec, councils, random.fork(2));
  const [from, to] = [dayOf(population.from), dayOf(population.to)];
  return sizes.map((size, at) => {
    const own = random.fork(3, at);
    const eldest = own.whole(0, OLDEST);
    return {
      at,
      council: places[at] ?? '',
      indexDay: own.whole(from, to),
      deprivation: Math.min(10, 1 + Math.floor(own.next() ** 1.6 * 10)),
      need: own.pick(primaryNeeds),
      source: own.pick(referralSources),
      ethnicity: own.pick(ethnicities),
      children: Array.from({ length: size }, (_, c) => ({
        at: c,
        age: Math.max(0, eldest - Math.round(1.7 * c)),
        birthMonth: '',
        sex: 'F' as const,
      })),
      random: own,
    };
  });
}

/** Months of birth and sexes, once the index day stands. */
export const withBirths = (family: CohortFamily): CohortFamily => ({
  ...family,
  children: family.children.map(({ at, age }) =>
    childOf(at, age, family.indexDay, family.random.fork(4, at)),
  ),
});
