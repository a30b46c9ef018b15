// How arms come about in a cohort: drawn by family, taken by choice, or by the day a council began.
import type { Arm, Protocol } from '../../../schemas/protocol.ts';
import { dayOf, plusMonths } from '../days.ts';
import type { Random } from '../random.ts';
import { intercept, pullOf, share } from './log-odds.ts';
import type { CohortFamily } from './people.ts';
import type { CohortSpec } from './spec.ts';

const BLOCK = 4;

function drawn(families: readonly CohortFamily[], random: Random): Arm[] {
  const arms = new Array<Arm>(families.length).fill('comparison');
  const councils = [...new Set(families.map(({ council }) => council))].sort();
  for (const [c, council] of councils.entries()) {
    const own = families.flatMap((family, at) => (family.council === council ? [at] : []));
    const chance = random.fork(c);
    for (let start = 0; start < own.length; start += BLOCK) {
      const block: Arm[] = chance.shuffle(['trial', 'trial', 'comparison', 'comparison']);
      own.slice(start, start + BLOCK).forEach((at, place) => {
        arms[at] = block[place] ?? 'comparison';
      });
    }
  }
  return arms;
}

/** The arm of each family. */
export function armsOf(
  { arms }: CohortSpec,
  { exposure }: Pick<Protocol, 'exposure'>,
  families: readonly CohortFamily[],
  random: Random,
): Arm[] {
  if (arms.by === 'list') return drawn(families, random);
  if (arms.by === 'offer') {
    const pulls = families.map((family) => pullOf(arms.pull, family, family.children[0]?.age ?? 8));
    const at = intercept(pulls, arms.share);
    return pulls.map((pull, place) => (random.fork(place).chance(share(at + pull)) ? 'trial' : 'comparison'));
  }
  const from = new Map(
    exposure?.by === 'go-live' ? exposure.goLive.map((one) => [one.council, dayOf(one.from)] as const) : [],
  );
  return families.map(({ council, indexDay }) =>
    indexDay >= (from.get(council) ?? Number.POSITIVE_INFINITY) ? 'trial' : 'comparison',
  );
}

/**
 * Index days moved so that exactly so many children of each arm have been followed to the horizon: families taken in
 * turn while they fit come early, the others late.
 */
export function withMatured(
  spec: CohortSpec,
  { population }: Pick<Protocol, 'population'>,
  families: readonly CohortFamily[],
  arms: readonly Arm[],
  random: Random,
): CohortFamily[] {
  const { matured, completeThrough } = spec;
  if (!matured) return [...families];
  const from = dayOf(population.from);
  const to = dayOf(population.to);
  let last = to;
  while (plusMonths(last, matured.months) > dayOf(completeThrough)) last--;
  const left = { trial: matured.trial, comparison: matured.comparison };
  const order = random.shuffle(families.map((_, at) => at));
  const early = new Set<number>();
  for (const at of order) {
    const arm = arms[at] ?? 'comparison';
    const size = families[at]?.children.length ?? 0;
    if (size > left[arm]) continue;
    left[arm] -= size;
    early.add(at);
  }
  if (left.trial > 0 || left.comparison > 0) throw new RangeError('too few children to mature so many');
  return families.map((family, at) => {
    const own = random.fork(at);
    return { ...family, indexDay: early.has(at) ? own.whole(from, last) : own.whole(last + 1, to) };
  });
}
