// A simulated world: data sets drawn from a seed, and the truth that an answer on them is held against.
import type { Integers, Vector } from '../arrays.ts';
import type { Column, Table } from '../data/table.ts';
import type { Random } from '../random.ts';

/** One layout of a world. `icc` 0 where rows are independent. */
export interface Scenario {
  readonly clusters: number;
  readonly icc: number;
  /** Whether the treated fare differently. */
  readonly planted: boolean;
}

export interface World {
  readonly name: string;
  /** How the data arise, for the published table. */
  readonly layout: string;
  readonly iccs: readonly number[];
  /** One data set. */
  draw(scenario: Scenario, source: Random): Table;
  /** The true value of every target a question may aim at. */
  truth(scenario: Scenario): Readonly<Record<string, number>>;
}

export const CLUSTERS: readonly number[] = [10, 20, 40];
export const ICCS: readonly number[] = [0.01, 0.1];

/** A table of numbers and of labels by code; every column has the same length. */
export function tableOf(
  numbers: Readonly<Record<string, Vector>>,
  labels: Readonly<Record<string, { codes: Integers; count: number }>> = {},
): Table {
  const columns = new Map<string, Column>();
  let n = 0;
  for (const [name, values] of Object.entries(numbers)) {
    n = values.length;
    columns.set(name, { kind: 'numeric', name, values });
  }
  for (const [name, { codes, count }] of Object.entries(labels)) {
    const levels = Array.from({ length: count }, (_, g) => String(g));
    columns.set(name, { kind: 'categorical', name, codes, levels });
  }
  return { n, columns };
}

/** Rows of clusters with whole sizes drawn evenly from `least` to `most`: the cluster of every row. */
export function clusterCodes(clusters: number, least: number, most: number, source: Random): Integers {
  const sizes = Int32Array.from({ length: clusters }, () => least + source.below(most - least + 1));
  const codes = new Int32Array(sizes.reduce((sum, size) => sum + size, 0)) as Integers;
  let row = 0;
  sizes.forEach((size, g) => {
    codes.fill(g, row, row + size);
    row += size;
  });
  return codes;
}
