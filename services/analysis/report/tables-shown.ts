// Tables of counts as they may be shown: small cells hidden, and with them enough others that none can be worked out.
import type { DisclosurePolicy } from '../../../schemas/disclosure.ts';
import { type Dimension, strides, tabulate, treeDimension } from '../../disclosure/frequency-table.ts';
import { protectTable } from '../../disclosure/protect-table.ts';

/** Null is hidden. */
export type Shown = number | null;

export const TOTAL = 'Total';

export interface Leaf {
  /** A category of each dimension, in order. */
  at: readonly string[];
  count: number;
}

/** The count of a cell, by one category a dimension, or null where it is hidden; `Total` is the margin of a dimension. */
export type ShownTable = (...at: string[]) => Shown;

const policyOf = (threshold: number): DisclosurePolicy => ({
  id: 'of-the-protocol',
  title: 'The protocol’s threshold',
  source: 'The protocol',
  threshold,
  zeros: 'shown',
  complementary: true,
  rounding: null,
});

/**
 * @param given cells that are shown elsewhere: where one of them would have to be hidden, every cell is
 */
export function shownTable(
  names: readonly string[],
  leaves: readonly Leaf[],
  threshold: number,
  given: readonly (readonly string[])[],
): ShownTable {
  const dimensions = names.map((name, d) =>
    treeDimension(name, [...new Set(leaves.map(({ at }) => at[d] ?? ''))], new Map(), TOTAL),
  );
  const place = (at: readonly string[]) => nodesOfLabels(dimensions, at);
  const table = tabulate(
    dimensions,
    leaves.map(({ at, count }) => ({ nodes: place(at), count })),
  );
  const { shown } = protectTable(table, policyOf(threshold));
  const steps = strides(dimensions);
  const cell = (at: readonly string[]): Shown => {
    const nodes = place(at);
    if (nodes.includes(-1)) return null;
    return shown[nodes.reduce((sum, node, d) => sum + node * (steps[d] ?? 1), 0)] ?? null;
  };
  const open = given.every((at) => cell(at) !== null);
  return (...at) => (open ? cell(at) : null);
}

const nodesOfLabels = (dimensions: readonly Dimension[], at: readonly string[]): number[] =>
  dimensions.map(({ labels }, d) => labels.indexOf(at[d] ?? ''));
