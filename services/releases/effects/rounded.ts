// Estimates leave with the digits that a paper prints: differences to a hundredth of a percentage point, ratios to three
// places, times to a hundredth of a day.
import type { Measure } from '../../../schemas/analysis.ts';

/** Null stays null; there is no negative zero. */
export function rounded(value: number | null, places: number): number | null {
  if (value === null) return null;
  const near = Number(value.toFixed(places));
  return near === 0 ? 0 : near;
}

export const PROBABILITY_PLACES = 4;

export const placesOf = (measure: Measure): number =>
  measure === 'restricted-mean-difference' ? 2 : measure === 'risk-difference' ? PROBABILITY_PLACES : 3;
