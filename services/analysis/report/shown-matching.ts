// What weighting or matching came to, as it may be shown: nothing of a category that is hidden.
import type { Matching } from '../../../schemas/analysis.ts';
import type { Disclosure } from '../../../schemas/protocol/disclosure.ts';
import { isSmall } from '../../disclosure/policy.ts';
import type { ShownBalance } from './shown-balance.ts';
import type { Shown } from './tables-shown.ts';

export interface ShownMatchingRow {
  of: string;
  level: string | null;
  before: Shown;
  after: Shown;
}

export interface ShownMatching {
  use: string;
  rows: ShownMatchingRow[];
  effective: Matching['effective'];
  unmatched: Shown;
}

export function shownMatching(
  matching: Matching | null,
  balance: readonly ShownBalance[],
  disclosure: Disclosure,
): ShownMatching | null {
  if (!matching) return null;
  const isShown = (of: string, level: string | null) =>
    balance.some((row) => row.of === of && row.level === level && !row.hidden);
  const rows = matching.balance.flatMap(({ covariate, before, after }): ShownMatchingRow[] => {
    const [of = '', level = null] = covariate.split('=');
    if (!balance.some((row) => row.of === of)) return [];
    const shows = isShown(of, level);
    return [{ of, level, before: shows ? before : null, after: shows ? after : null }];
  });
  const { unmatched } = matching;
  return {
    use: matching.use,
    rows,
    effective: matching.effective,
    unmatched: unmatched === null || isSmall(unmatched, disclosure) ? null : unmatched,
  };
}
