// What may stand in XML 1.0 and what it means: characters, line ends, references. Slow and exact; plain text never comes here.

// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what may not stand in XML
const NO_CHARACTER = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/;
const LINE_END = /\r\n?/g;
const REFERENCE = /&(?:([A-Za-z]+)|#([0-9]+)|#x([0-9A-Fa-f]+));|&/g;
const entities: Readonly<Record<string, string>> = { lt: '<', gt: '>', amp: '&', quot: '"', apos: "'" };
const HIGHEST = 0x10ffff;

/** Whether every character is one of XML 1.0 (production 2). */
export const charactersGood = (text: string): boolean => !NO_CHARACTER.test(text);

/** CR LF and CR become LF (section 2.11). */
export const withLineFeeds = (text: string): string =>
  text.includes('\r') ? text.replaceAll(LINE_END, '\n') : text;

function characterOf(code: number): string | undefined {
  if (code > HIGHEST || (code >= 0xd800 && code <= 0xdfff)) return undefined;
  const character = String.fromCodePoint(code);
  return charactersGood(character) ? character : undefined;
}

/** The text with its references replaced, or undefined when one is of no kind that stands without a document type. */
export function unescaped(text: string): string | undefined {
  let good = true;
  const plain = text.replaceAll(REFERENCE, (_, word?: string, decimal?: string, hexadecimal?: string) => {
    let character: string | undefined;
    if (word !== undefined) character = Object.hasOwn(entities, word) ? entities[word] : undefined;
    else if (decimal !== undefined) character = characterOf(Number.parseInt(decimal, 10));
    else if (hexadecimal !== undefined) character = characterOf(Number.parseInt(hexadecimal, 16));
    good &&= character !== undefined;
    return character ?? '';
  });
  return good ? plain : undefined;
}
