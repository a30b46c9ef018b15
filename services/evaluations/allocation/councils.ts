// Councils are drawn all at once from the sealed seed, so that nobody can foretell the draw and everybody can repeat it.
import type { CouncilDraw } from '../../../schemas/protocol/allocation.ts';
import { invariant } from '../../platform/errors.ts';
import { vector } from '../../statistics/arrays.ts';
import { shuffle } from '../../statistics/random.ts';
import { constrained } from '../../statistics/trial/randomise.ts';
import { sealedChance } from './chance.ts';

/** A council and the first index day on which it is in the trial arm; null: it never is. */
export interface DrawnCouncil {
  council: string;
  trialFrom: string | null;
}

const CANDIDATES = 10_000;
const KEPT = 0.1;
const ALWAYS = '0001-01-01';

/** @param councils the protocol's councils; their order does not matter */
export function drawCouncils(
  draw: CouncilDraw,
  councils: readonly string[],
  seed: Uint8Array,
): DrawnCouncil[] {
  const sorted = [...councils].sort();
  const chance = sealedChance(seed, draw.method);
  if (draw.method === 'stepped-wedge') {
    const days = shuffle(
      sorted.map((_, at) => draw.steps[at % draw.steps.length] ?? null),
      chance,
    );
    return sorted.map((council, at) => ({ council, trialFrom: days[at] ?? null }));
  }
  const columns = draw.covariates.map(({ values, name }) => {
    const of = new Map(values.map(({ council, value }) => [council, value]));
    return vector(
      sorted.map((council) => {
        const value = of.get(council);
        invariant(value !== undefined, `${name} has a value for ${council}`);
        return value;
      }),
    );
  });
  // With an odd number of councils, which arm has one more is drawn too.
  const arms = shuffle(['trial', 'comparison'], chance);
  const { labels } = constrained(sorted.length, arms, columns, KEPT, CANDIDATES, chance);
  return sorted.map((council, at) => ({ council, trialFrom: labels[at] === 'trial' ? ALWAYS : null }));
}
