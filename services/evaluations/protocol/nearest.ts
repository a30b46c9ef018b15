// The word that was probably meant: the one with the fewest letters to change, when they are few.

/** Levenshtein's distance: letters to add, drop or exchange. */
export function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, at) => at);
  for (let i = 1; i <= a.length; i += 1) {
    const next = [i];
    for (let j = 1; j <= b.length; j += 1) {
      const exchange = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(exchange, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[b.length] ?? 0;
}

/** Null when nothing is near: more than two letters, or a third of the word, are other. */
export function nearest(word: string, options: readonly string[]): string | null {
  const ranked = options
    .map((option) => ({ option, far: distance(word.toLowerCase(), option.toLowerCase()) }))
    .sort((a, b) => a.far - b.far || (a.option < b.option ? -1 : 1));
  const [best] = ranked;
  return best && best.far <= Math.max(2, Math.floor(word.length / 3)) ? best.option : null;
}
