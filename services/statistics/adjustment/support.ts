// Rows that nobody of the other arm is like: those of a level that one arm alone has. A logistic score of them runs to 0 or 1
// without end, and the other coefficients to those of the fit without them, so leaving them out is the limit of the fit
// (Albert and Anderson 1984, Biometrika 71:1, sec. 3).
import { type Integers, integers, type Vector } from '../arrays.ts';
import { columnOf, type Table } from '../data/table.ts';
import type { Spec } from '../spec.ts';

/** A level that one arm alone has, and its rows. */
export interface OneArmLevel {
  readonly level: string;
  readonly arm: 'treated' | 'control';
  readonly n: number;
}

export interface Support {
  /** Rows whose likes are in both arms, in order. */
  readonly rows: Integers;
  /** The covariates that still vary among them. */
  readonly covariates: readonly string[];
  readonly leftOut: readonly OneArmLevel[];
}

interface Levelled {
  readonly name: string;
  readonly codes: ArrayLike<number>;
  readonly levels: readonly string[];
}

/** Covariates of levels: words, and numbers that are 0 or 1 throughout. */
function levelled(table: Table, names: readonly string[]): Levelled[] {
  return names.flatMap((name): Levelled[] => {
    const found = columnOf(table, name);
    if (found.kind === 'categorical') return [{ name, codes: found.codes, levels: found.levels }];
    const { values } = found;
    return values.every((x) => x === 0 || x === 1) ? [{ name, codes: values, levels: ['0', '1'] }] : [];
  });
}

/**
 * Whether rows that only one arm has a level of may be left out of what `use` estimates: where their weight is 0 in the
 * limit, or where a caliper leaves them without a partner. Elsewhere they are a part of the question that has no answer.
 */
function mayLeaveOut({ use, caliper }: Spec, arm: OneArmLevel['arm']): boolean {
  if (use === 'overlap') return true;
  if (use === 'nearest') return arm === 'control' || caliper !== undefined;
  return use === 'iptw-att' && arm === 'control';
}

/** Everybody, but for levels of one arm that may be left out; those that come up when others are gone too. */
export function supportOf(spec: Spec, table: Table, names: readonly string[], treated: Vector): Support {
  const columns = levelled(table, names);
  const inside = new Uint8Array(table.n).fill(1);
  const leftOut: OneArmLevel[] = [];
  for (let found = true; found; ) {
    found = false;
    for (const { name, codes, levels } of columns) {
      const counts = levels.map(() => [0, 0] as [number, number]);
      for (let i = 0; i < table.n; i++) {
        const count = counts[codes[i] ?? -1];
        if (inside[i] === 1 && count) count[treated[i] === 1 ? 1 : 0]++;
      }
      if (counts.filter(([a, b]) => a + b > 0).length < 2) continue;
      counts.forEach(([controls, own], code) => {
        if (controls + own === 0 || (controls > 0 && own > 0)) return;
        const arm = own > 0 ? 'treated' : 'control';
        if (!mayLeaveOut(spec, arm)) return;
        for (let i = 0; i < table.n; i++) if (codes[i] === code) inside[i] = 0;
        leftOut.push({ level: `${name}=${levels[code] ?? ''}`, arm, n: controls + own });
        found = true;
      });
    }
  }
  const rows = integers(inside.reduce((sum, one) => sum + one, 0));
  for (let i = 0, at = 0; i < table.n; i++) if (inside[i] === 1) rows[at++] = i;
  const varies = ({ codes }: Levelled): boolean => rows.some((row) => codes[row] !== codes[rows[0] ?? 0]);
  const gone = leftOut.length === 0 ? [] : columns.filter((one) => !varies(one)).map(({ name }) => name);
  return { rows, covariates: names.filter((name) => !gone.includes(name)), leftOut };
}
