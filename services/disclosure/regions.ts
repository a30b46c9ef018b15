// A region is the part of a population that a published number counts: one node of each dimension's tree. Regions of
// different tables over one population are compared here, so that totals less parts, and 12 months less 6, are seen.
import { type Dimension, leavesBelow } from './frequency-table.ts';

/** The label of a node for each dimension; a dimension that is not named is not narrowed. */
export type Region = Readonly<Record<string, string>>;

/** The population that all tables of an evaluation are about, by the trees of its dimensions. */
export class Population {
  readonly dimensions: readonly Dimension[];
  readonly #below: number[][][];
  readonly #nodes: Map<string, number>[];

  constructor(dimensions: readonly Dimension[]) {
    this.dimensions = dimensions;
    this.#below = dimensions.map(leavesBelow);
    this.#nodes = dimensions.map(({ labels }) => new Map(labels.map((label, node) => [label, node])));
  }

  /** @throws RangeError naming the dimension or the category that the population does not have */
  nodesOf(region: Region): number[] {
    const stranger = Object.keys(region).find((name) => !this.dimensions.some((one) => one.name === name));
    if (stranger !== undefined) throw new RangeError(`there is no dimension ${stranger}`);
    return this.dimensions.map(({ name }, d) => {
      const label = region[name];
      if (label === undefined) return 0;
      const node = this.#nodes[d]?.get(label);
      if (node === undefined) throw new RangeError(`${name} has no category ${label}`);
      return node;
    });
  }

  /** Whether every child of `part` is of `whole` too, by what the trees say. */
  contains(whole: readonly number[], part: readonly number[]): boolean {
    return whole.every((node, d) => {
      for (let at = part[d] ?? 0; at >= 0; at = this.dimensions[d]?.parents[at] ?? -1) {
        if (at === node) return true;
      }
      return false;
    });
  }

  /**
   * The finest cells of each region, numbered over those dimensions alone that some region narrows.
   * @returns how many finest cells there are, and each region's
   */
  finest(regions: readonly (readonly number[])[]): { leafCount: number; leaves: Int32Array[] } {
    const used = this.dimensions.map((_, d) => regions.some((nodes) => (nodes[d] ?? 0) !== 0));
    const leaves = this.dimensions.map((_, d) => (used[d] ? (this.#below[d]?.[0] ?? []) : [0]));
    const places = leaves.map((nodes) => new Map(nodes.map((node, place) => [node, place])));
    const cellsOf = (region: readonly number[]): Int32Array => {
      let cells = [0];
      region.forEach((node, d) => {
        const size = leaves[d]?.length ?? 1;
        const within = used[d] ? (this.#below[d]?.[node] ?? []) : [0];
        cells = cells.flatMap((cell) => within.map((leaf) => cell * size + (places[d]?.get(leaf) ?? 0)));
      });
      return Int32Array.from(cells);
    };
    return {
      leafCount: leaves.reduce((count, nodes) => count * nodes.length, 1),
      leaves: regions.map(cellsOf),
    };
  }
}
