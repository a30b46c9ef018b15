// How deeply a document is nested, told from its characters: reading one that is nested without end stops the whole process,
// which nothing in it can catch.

/** Deeper than any protocol is. */
const DEEPEST = 64;

/** The columns at which a line opens a level: its indentation, and every `- ` or `? ` that follows at once. */
function* columnsOf(line: string): Generator<number> {
  let at = 0;
  while (line[at] === ' ' || line[at] === '\t') at += 1;
  if (at === line.length) return;
  yield at;
  while (/[-?:]/.test(line[at] ?? '') && /\s/.test(line[at + 1] ?? '')) {
    at += 2;
    while (line[at] === ' ' || line[at] === '\t') at += 1;
    yield at;
  }
}

/**
 * The first line, from 1, that is nested too deeply; null where none is. Brackets in words are counted with the others, so
 * words with dozens of brackets that are never closed count as nested too.
 */
export function tooDeepAt(text: string): number | null {
  const open: number[] = [];
  let brackets = 0;
  for (const [at, line] of text.split('\n').entries()) {
    for (const column of columnsOf(line)) {
      while ((open.at(-1) ?? -1) >= column) open.pop();
      open.push(column);
      if (open.length > DEEPEST) return at + 1;
    }
    for (const character of line) {
      if (character === '[' || character === '{') brackets += 1;
      else if ((character === ']' || character === '}') && brackets > 0) brackets -= 1;
      if (brackets > DEEPEST) return at + 1;
    }
  }
  return null;
}
