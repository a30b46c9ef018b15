// A tag in its full form: attributes, names of any alphabet, white space where it may stand. Slow and exact; a plain tag
// never comes here. So are the instructions and the XML declaration.
import { charactersGood, unescaped } from './xml-text.ts';

const nameStart =
  ':A-Z_a-z\\u{c0}-\\u{d6}\\u{d8}-\\u{f6}\\u{f8}-\\u{2ff}\\u{370}-\\u{37d}\\u{37f}-\\u{1fff}\\u{200c}\\u{200d}\\u{2070}-\\u{218f}\\u{2c00}-\\u{2fef}\\u{3001}-\\u{d7ff}\\u{f900}-\\u{fdcf}\\u{fdf0}-\\u{fffd}\\u{10000}-\\u{effff}';
const name = `[${nameStart}][${nameStart}\\-.0-9\\u{b7}\\u{300}-\\u{36f}\\u{203f}\\u{2040}]*`;
const space = '[ \\t\\r\\n]';
const NAME = new RegExp(`^${name}`, 'u');
const ATTRIBUTE = new RegExp(`${space}+(${name})${space}*=${space}*(?:"([^<"]*)"|'([^<']*)')`, 'uy');
const END = new RegExp(`${space}*(/?)$`, 'uy');
const INSTRUCTION = new RegExp(`^(${name})(?:${space}|$)`, 'u');
const DECLARATION =
  /^xml[ \t\r\n]+version[ \t\r\n]*=[ \t\r\n]*(["'])1\.[0-9]+\1(?:[ \t\r\n]+encoding[ \t\r\n]*=[ \t\r\n]*(["'])[A-Za-z][\w.-]*\2)?(?:[ \t\r\n]+standalone[ \t\r\n]*=[ \t\r\n]*(["'])(?:yes|no)\3)?[ \t\r\n]*$/;

/** The name of a tag that opens and whether it closes itself; undefined when it is no tag. `text` is what stands between `<` and `>`. */
export function readTag(text: string): { name: string; closesItself: boolean } | undefined {
  const found = NAME.exec(text)?.[0];
  if (found === undefined || !charactersGood(text)) return undefined;
  const seen = new Set<string>();
  let at = found.length;
  for (;;) {
    ATTRIBUTE.lastIndex = at;
    const attribute = ATTRIBUTE.exec(text);
    if (!attribute) break;
    const [whole, key = '', double, single] = attribute;
    if (seen.has(key) || unescaped(double ?? single ?? '') === undefined) return undefined;
    seen.add(key);
    at += whole.length;
  }
  END.lastIndex = at;
  const end = END.exec(text);
  return end ? { name: found, closesItself: end[1] === '/' } : undefined;
}

/** Whether the text between `<?` and `?>` may stand: a declaration at the beginning only, and well formed. */
export function instructionGood(text: string, first: boolean): boolean {
  const target = INSTRUCTION.exec(text)?.[1];
  if (target === undefined || !charactersGood(text)) return false;
  return target.toLowerCase() !== 'xml' || (first && DECLARATION.test(text));
}
