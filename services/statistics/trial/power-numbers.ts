// How a power specification names its numbers.
import type { Spec } from '../spec.ts';

/** The first of these fields that is a number. */
export const number = (spec: Spec, ...names: string[]): number | undefined => {
  for (const name of names) if (typeof spec[name] === 'number') return spec[name] as number;
  return undefined;
};

/** What an arm is expected to show: `values` is [trial, control], each with names of its own. */
export const armValues = (spec: Spec): { a: number | undefined; b: number | undefined } => {
  const [a, b] = (spec.values as number[] | undefined) ?? [];
  return {
    a: a ?? number(spec, 'a', 'p1', 'treated', 'mean1'),
    b: b ?? number(spec, 'b', 'p2', 'control', 'mean2'),
  };
};

/** The x between low and high at which a rising f reaches target. */
export function rising(f: (x: number) => number, target: number, low: number, high: number): number {
  let a = low;
  let b = high;
  for (let i = 0; i < 200 && b - a > 1e-13 * Math.max(1, Math.abs(b)); i++) {
    const middle = (a + b) / 2;
    if (f(middle) < target) a = middle;
    else b = middle;
  }
  return (a + b) / 2;
}
