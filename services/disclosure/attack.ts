// The attacker: knows the rules and every published number, and asks how far a hidden one can be from the truth.
// Unknowns are the counts of the finest cells that all published tables share, whole and not negative; every published
// number bounds a sum of them. The answer is exact (integer programming, HiGHS) or, when asked, the linear relaxation.
import loadHighs, { type Highs, type Model } from 'highs';

/** What was published of one sum: between `low` and `high` children (equal when the number itself was shown). */
export interface Statement {
  /** Numbers of the finest cells that the sum runs over. */
  leaves: ArrayLike<number>;
  low: number;
  high: number;
}

/** The least and the greatest value that agree with everything published. */
export interface Bounds {
  low: number;
  high: number;
}

/** The package's types are those of its CommonJS build; what an ES module gets is the loader itself. */
const load = loadHighs as unknown as () => Promise<Highs>;
let highs: Promise<Highs> | undefined;

function rowsOf(statements: readonly Statement[]) {
  const starts = new Int32Array(statements.length + 1);
  statements.forEach(({ leaves }, row) => {
    starts[row + 1] = (starts[row] ?? 0) + leaves.length;
  });
  const indices = new Int32Array(starts[statements.length] ?? 0);
  statements.forEach(({ leaves }, row) => {
    indices.set(Array.from(leaves), starts[row]);
  });
  return { starts, indices, values: new Float64Array(indices.length).fill(1) };
}

function extreme(solver: Highs, model: Model, sense: 'minimize' | 'maximize', what: string): number {
  model.changeObjectiveSense(solver.constants.objectiveSense[sense]);
  model.run();
  const { optimal, unbounded, unboundedOrInfeasible } = solver.constants.modelStatus;
  const status = model.getModelStatus();
  if (status === optimal) return Math.round(model.getObjectiveValue() * 1e6) / 1e6;
  if (sense === 'maximize' && (status === unbounded || status === unboundedOrInfeasible)) {
    return Number.POSITIVE_INFINITY;
  }
  throw new Error(`the published numbers contradict each other (bounding ${what}: solver status ${status})`);
}

/**
 * Bounds a reader can put on sums of the finest cells.
 * @param leafCount how many finest cells there are
 * @param targets the sums to bound, each as numbers of finest cells
 * @param whole false to bound by the linear relaxation, which is faster and never narrower than the truth allows
 * @throws Error when the statements contradict each other: published numbers never may
 */
export async function attack(
  leafCount: number,
  statements: readonly Statement[],
  targets: readonly ArrayLike<number>[],
  whole = true,
): Promise<Bounds[]> {
  highs ??= load();
  const solver = await highs;
  const { integer, continuous } = solver.constants.variableType;
  const model = solver.createModel({
    numCols: leafCount,
    numRows: statements.length,
    colCost: new Float64Array(leafCount),
    colLower: new Float64Array(leafCount),
    colUpper: new Float64Array(leafCount).fill(solver.infinity),
    rowLower: statements.map(({ low }) => low),
    rowUpper: statements.map(({ high }) => (high === Number.POSITIVE_INFINITY ? solver.infinity : high)),
    matrix: { format: 'csr', numRows: statements.length, numCols: leafCount, ...rowsOf(statements) },
    integrality: new Int32Array(leafCount).fill(whole ? integer : continuous),
  });
  try {
    model.options.set({ output_flag: false });
    return targets.map((leaves, at): Bounds => {
      for (const leaf of Array.from(leaves)) model.changeColCost(leaf, 1);
      const low = extreme(solver, model, 'minimize', `target ${at}`);
      const high = extreme(solver, model, 'maximize', `target ${at}`);
      for (const leaf of Array.from(leaves)) model.changeColCost(leaf, 0);
      return { low, high };
    });
  } finally {
    model.dispose();
  }
}
