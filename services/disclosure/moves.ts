// A move shifts children between leaves of a table and leaves every shown cell as it is: what a reader cannot rule out.
// In each dimension it adds one at a leaf and may take one from another; over all dimensions it is their product, so it
// touches the product of the touched nodes and no other cell (the hypercube of Repsilber 1994, margins included).
import { type Dimension, leavesBelow } from './frequency-table.ts';

/** The nodes of one dimension that a part of a move touches: +1 or -1 for each, as `signs`. */
export interface Step {
  nodes: readonly number[];
  signs: readonly number[];
}

/** Beyond this many, the steps that stay closest in the tree are enough to choose from. */
const MOST_STEPS = 400;

function ancestry(parents: Int32Array, leaf: number): number[] {
  const path: number[] = [];
  for (let at = leaf; at >= 0; at = parents[at] ?? -1) path.push(at);
  return path;
}

function stepOf(parents: Int32Array, gains: number, loses: number | null): Step {
  const up = ancestry(parents, gains);
  const down = loses === null ? [] : ancestry(parents, loses);
  const gaining = up.filter((node) => !down.includes(node));
  const losing = down.filter((node) => !up.includes(node));
  return { nodes: [...gaining, ...losing], signs: [...gaining.map(() => 1), ...losing.map(() => -1)] };
}

/** The steps of a dimension that add one at `node`: first those that take none away, then those that touch fewest nodes. */
export function stepsThrough(dimension: Dimension, node: number): Step[] {
  const below = leavesBelow(dimension);
  const inside = below[node] ?? [];
  const outside = (below[0] ?? []).filter((leaf) => !inside.includes(leaf));
  const between = inside.flatMap((gains) => outside.map((loses) => stepOf(dimension.parents, gains, loses)));
  between.sort((a, b) => a.nodes.length - b.nodes.length);
  return [...inside.map((gains) => stepOf(dimension.parents, gains, null)), ...between].slice(0, MOST_STEPS);
}
