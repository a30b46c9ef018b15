// A frequency table with every margin: each dimension is a tree whose leaves partition the population, so that the count
// of every node is the sum of the counts of the leaves below it.

/** A tree of categories. `parents[i]` is the node above node i, or -1 for the root, which is node 0 and comes first. */
export interface Dimension {
  name: string;
  labels: readonly string[];
  parents: Int32Array;
}

export interface FrequencyTable {
  dimensions: readonly Dimension[];
  /** Counts of all cells, the last dimension varying fastest. */
  counts: Float64Array;
}

/** The categories of a dimension with the label of the node above each; the root is left out. */
export const parentsOf = ({ labels, parents }: Dimension): [category: string, parent: string][] =>
  labels.slice(1).map((label, at) => [label, labels[parents[at + 1] ?? 0] ?? '']);

/**
 * The tree of some categories, each below its parent or, where none is given, below the root.
 * @throws RangeError when a category is below itself
 */
export function treeDimension(
  name: string,
  categories: Iterable<string>,
  parents: ReadonlyMap<string, string>,
  total = 'Total',
): Dimension {
  const nodes = new Map([[total, 0]]);
  const above = [-1];
  const place = (label: string, under: readonly string[]): number => {
    const known = nodes.get(label);
    if (known !== undefined) return known;
    if (under.includes(label)) throw new RangeError(`${name}: ${label} is below itself`);
    const parent = place(parents.get(label) ?? total, [...under, label]);
    nodes.set(label, above.length);
    above.push(parent);
    return above.length - 1;
  };
  for (const category of categories) place(category, []);
  return { name, labels: [...nodes.keys()], parents: Int32Array.from(above) };
}

/** For each node, the nodes below it that have none below them; a leaf is its own. */
export function leavesBelow({ parents }: Dimension): number[][] {
  const below: number[][] = Array.from(parents, () => []);
  const hasChild = new Set(parents);
  for (let node = 0; node < parents.length; node++) {
    if (hasChild.has(node)) continue;
    for (let at = node; at >= 0; at = parents[at] ?? -1) below[at]?.push(node);
  }
  return below;
}

/** How far apart cells lie in `counts` that differ by one in each dimension. */
export function strides(dimensions: readonly Dimension[]): number[] {
  const steps = dimensions.map(() => 1);
  for (let d = dimensions.length - 2; d >= 0; d--) {
    steps[d] = (steps[d + 1] ?? 1) * (dimensions[d + 1]?.labels.length ?? 1);
  }
  return steps;
}

/** The node of each dimension that cell number `cell` stands at. */
export function nodesOf(dimensions: readonly Dimension[], cell: number): number[] {
  const steps = strides(dimensions);
  return dimensions.map(({ labels }, d) => Math.floor(cell / (steps[d] ?? 1)) % labels.length);
}

/**
 * The whole table of some leaf counts.
 * @param leaves the count of each combination of leaves (node numbers, one a dimension); what is not given is 0
 */
export function tabulate(
  dimensions: readonly Dimension[],
  leaves: Iterable<{ nodes: readonly number[]; count: number }>,
): FrequencyTable {
  const steps = strides(dimensions);
  const counts = new Float64Array(dimensions.reduce((size, { labels }) => size * labels.length, 1));
  const add = (d: number, nodes: readonly number[], at: number, count: number): void => {
    const dimension = dimensions[d];
    if (!dimension) {
      counts[at] = (counts[at] ?? 0) + count;
      return;
    }
    for (let node = nodes[d] ?? -1; node >= 0; node = dimension.parents[node] ?? -1) {
      add(d + 1, nodes, at + node * (steps[d] ?? 1), count);
    }
  };
  for (const { nodes, count } of leaves) add(0, nodes, 0, count);
  return { dimensions, counts };
}
