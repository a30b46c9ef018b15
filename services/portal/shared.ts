// What is dear to work out is worked out once for all who ask, and shown again for a while; a page says as of when it is.

interface Kept<T> {
  value: Promise<T>;
  /** Until when it is shown without being worked out anew. */
  fresh: number;
  renewing: boolean;
}

const MOST_KEPT = 10_000;
/** Working out takes no more than this share of the time. */
const SHARE = 0.1;
/** So long after it went stale an answer is not shown while the next one is worked out. */
const LIMIT_MS = 60_000;

/**
 * Keeps an answer a key. A stale one is shown while the next is worked out, so that nobody but the first waits; one that
 * failed is asked for anew.
 * @param freshMs how long an answer is fresh; longer where working it out takes long
 */
export function shared<Args extends readonly unknown[], T>(
  freshMs: number,
  keyOf: (...args: Args) => string,
  work: (...args: Args) => Promise<T>,
): (...args: Args) => Promise<T> {
  const kept = new Map<string, Kept<T>>();

  const begin = (key: string, args: Args, before: Kept<T> | undefined): Promise<T> => {
    const began = Date.now();
    const value = work(...args);
    const entry: Kept<T> = { value, fresh: Number.POSITIVE_INFINITY, renewing: false };
    const keep = () => {
      entry.fresh = Date.now() + Math.max(freshMs, (Date.now() - began) / SHARE);
      kept.set(key, entry);
    };
    if (!before) kept.set(key, entry);
    value.then(keep, () => kept.delete(key));
    return value;
  };

  return (...args) => {
    const key = keyOf(...args);
    const known = kept.get(key);
    if (kept.size > MOST_KEPT) kept.clear();
    if (!known || Date.now() > known.fresh + LIMIT_MS) return begin(key, args, undefined);
    if (Date.now() > known.fresh && !known.renewing) {
      known.renewing = true;
      begin(key, args, known).catch(() => {});
    }
    return known.value;
  };
}
