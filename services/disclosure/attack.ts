// The attacker: knows the rules and every published number, and asks how far a hidden one can be from the truth.
// Unknowns are the counts of the finest cells that all published tables share, whole and not negative; every published
// number bounds a sum of them. The answer is exact (integer programming, HiGHS) or, when asked, the linear relaxation.
import loadHighs, { type Highs, type Model } from 'highs';

/** A sum of finest cells, less another sum of them. */
export interface Sum {
  /** Numbers of the finest cells that are added up, and of those that are taken away; none stands in both. */
  leaves: ArrayLike<number>;
  minus?: ArrayLike<number>;
}

/** What was published of one sum: between `low` and `high` children (equal when the number itself was shown). */
export interface Statement extends Sum {
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
  statements.forEach(({ leaves, minus }, row) => {
    starts[row + 1] = (starts[row] ?? 0) + leaves.length + (minus?.length ?? 0);
  });
  const indices = new Int32Array(starts[statements.length] ?? 0);
  const values = new Float64Array(indices.length).fill(1);
  statements.forEach(({ leaves, minus = [] }, row) => {
    const taken = (starts[row] ?? 0) + leaves.length;
    indices.set(Array.from(leaves), starts[row]);
    indices.set(Array.from(minus), taken);
    values.fill(-1, taken, taken + minus.length);
  });
  return { starts, indices, values };
}

interface Program {
  solver: Highs;
  model: Model;
  columns: number;
  whole: boolean;
}

const isWhole = (value: number): boolean => Math.abs(value - Math.round(value)) < 1e-7;

/** Makes every unknown a whole number, or none. */
function restrict({ solver, model, columns }: Program, whole: boolean): void {
  const { integer, continuous } = solver.constants.variableType;
  for (let at = 0; at < columns; at++) model.changeColIntegrality(at, whole ? integer : continuous);
}

/** Solves from where the last question ended; where that leaves the answer open, from nothing. */
function solve({ solver, model }: Program): void {
  const { optimal, infeasible, unbounded, unboundedOrInfeasible } = solver.constants.modelStatus;
  const settled: readonly number[] = [optimal, infeasible, unbounded, unboundedOrInfeasible];
  model.run();
  if (settled.includes(model.getModelStatus())) return;
  model.clearSolver();
  model.run();
}

/**
 * The relaxation is solved first, from where the last one ended: where its corner lies on whole numbers, whole numbers reach
 * just as far; where it does not, they are asked.
 */
function extreme(program: Program, sense: 'minimize' | 'maximize', what: string): number {
  const { solver, model, whole } = program;
  model.changeObjectiveSense(solver.constants.objectiveSense[sense]);
  solve(program);
  const relaxed = model.getModelStatus() === solver.constants.modelStatus.optimal;
  if (!whole || !relaxed || model.getSolution().colValue.every(isWhole)) return found(program, sense, what);
  restrict(program, true);
  solve(program);
  try {
    return found(program, sense, what);
  } finally {
    restrict(program, false);
  }
}

function found({ solver, model }: Program, sense: 'minimize' | 'maximize', what: string): number {
  const { optimal, unbounded, unboundedOrInfeasible } = solver.constants.modelStatus;
  const status = model.getModelStatus();
  if (status === optimal) return Math.round(model.getObjectiveValue() * 1e6) / 1e6;
  if (sense === 'maximize' && (status === unbounded || status === unboundedOrInfeasible)) {
    return Number.POSITIVE_INFINITY;
  }
  if (sense === 'minimize' && status === unbounded) return Number.NEGATIVE_INFINITY;
  throw new ContradictionError(`bounding ${what}: solver status ${status}`);
}

/** What was published cannot all be true of one population, by the rules the reader goes by. */
export class ContradictionError extends Error {
  constructor(found: string) {
    super(`the published numbers contradict each other (${found})`);
    this.name = 'ContradictionError';
  }
}

/**
 * Bounds a reader can put on sums of the finest cells.
 * @param leafCount how many finest cells there are
 * @param targets the sums to bound; a list is the numbers of the finest cells that are added up
 * @param whole false to bound by the linear relaxation, which is faster and never narrower than the truth allows
 * @throws ContradictionError when the statements contradict each other: published numbers never may
 */
export async function attack(
  leafCount: number,
  statements: readonly Statement[],
  targets: readonly (ArrayLike<number> | Sum)[],
  whole = true,
): Promise<Bounds[]> {
  highs ??= load();
  const solver = await highs;
  const model = solver.createModel({
    numCols: leafCount,
    numRows: statements.length,
    colCost: new Float64Array(leafCount),
    colLower: new Float64Array(leafCount),
    colUpper: new Float64Array(leafCount).fill(solver.infinity),
    rowLower: statements.map(({ low }) => low),
    rowUpper: statements.map(({ high }) => (high === Number.POSITIVE_INFINITY ? solver.infinity : high)),
    matrix: { format: 'csr', numRows: statements.length, numCols: leafCount, ...rowsOf(statements) },
    integrality: new Int32Array(leafCount).fill(solver.constants.variableType.continuous),
  });
  try {
    model.options.set({ output_flag: false });
    const program = { solver, model, columns: leafCount, whole };
    return targets.map((target, at): Bounds => {
      const { leaves, minus = [] }: Sum = 'leaves' in target ? target : { leaves: target };
      for (const leaf of Array.from(leaves)) model.changeColCost(leaf, 1);
      for (const leaf of Array.from(minus)) model.changeColCost(leaf, -1);
      const low = extreme(program, 'minimize', `target ${at}`);
      const high = extreme(program, 'maximize', `target ${at}`);
      for (const leaf of [...Array.from(leaves), ...Array.from(minus)]) model.changeColCost(leaf, 0);
      return { low, high };
    });
  } finally {
    model.dispose();
  }
}
