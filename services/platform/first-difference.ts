// Where two documents first differ, as a path: what a verification names.

/**
 * The path of the first value, in the order of `then`, that is not the same in `now`; null where all are.
 * @returns for example `results[2].estimates[0].p`; `the whole document` where nothing is alike
 */
export function firstDifference(then: unknown, now: unknown, path = ''): string | null {
  if (Object.is(then, now)) return null;
  const here = path === '' ? 'the whole document' : path;
  if (then === null || now === null || typeof then !== 'object' || typeof now !== 'object') return here;
  if (Array.isArray(then) !== Array.isArray(now)) return here;
  const [old, anew] = [then, now] as [Record<string, unknown>, Record<string, unknown>];
  for (const key of new Set([...Object.keys(old), ...Object.keys(anew)])) {
    const at = Array.isArray(then) ? `${path}[${key}]` : path === '' ? key : `${path}.${key}`;
    if (!(key in old) || !(key in anew)) return at;
    const found = firstDifference(old[key], anew[key], at);
    if (found) return found;
  }
  return null;
}
