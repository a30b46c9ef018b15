// Text in a drawing has no lines of its own: it is broken here, before it meets an edge.

/** About how wide a letter of the drawings' type is, in pixels: system fonts differ, and the widest of them must fit. */
const LETTER = { plain: 7.3, bold: 8 } as const;

/**
 * Lines of at most so many pixels, broken at spaces. A space that does not break (U+00A0) keeps what it joins together; a
 * word longer than a line has a line of its own.
 */
export function broken(text: string, width: number, weight: keyof typeof LETTER = 'plain'): string[] {
  const most = Math.floor(width / LETTER[weight]);
  const lines: string[] = [];
  for (const word of text.split(' ')) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + 1 + word.length <= most)
      lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(word);
  }
  return lines;
}
