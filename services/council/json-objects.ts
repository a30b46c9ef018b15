// A JSON document of many children becomes their texts one by one, so that a snapshot of a whole council is never held.
// Accepts a list of children, an object with them under `children`, one child alone, or one such object a line.
import { UserError } from '../platform/errors.ts';

/**
 * The text of one child's object and the line it starts on; `text` is undefined when it is larger than any child's, and
 * the text `null` when something that is no object stands in the list of children.
 */
export interface JsonObject {
  line: number;
  text: string | undefined;
}

const LARGEST = 4_194_304;
const CHILDREN_KEY = /"children"\s*:\s*$/i;
/** No depth: what follows the children of an object is passed over. */
const NOWHERE = -1;
/** `{`, `[` and `,`: what may stand outside of every object and list. */
const MAY_STAND_OUTSIDE: ReadonlySet<number> = new Set([123, 91, 44]);
/** Characters before a bracket in which the key can be seen. */
const KEY_REACH = 64;

/**
 * Cuts the children's objects out of a stream of JSON text, in lists as they come. What is inside an object is not judged here.
 * @throws UserError `return-truncated` or `not-json`, with the line
 */
export async function* readJsonObjects(
  text: AsyncIterable<string>,
  file: string,
): AsyncGenerator<JsonObject[]> {
  let line = 1;
  let depth = 0;
  /** How deep the objects are that are taken: 0 until a list or `children` says otherwise. */
  let level = 0;
  let inString = false;
  let escaped = false;
  /** What is taken of the object that is open, from earlier pieces; undefined outside of one. */
  let taken: string | undefined;
  let tooLarge = false;
  let startLine = 0;
  /** Whether the children stand in a list, and not alone. */
  let listed = false;
  /** Whether something that is no object is being passed over where a child should stand. */
  let stray = false;
  for await (const piece of text) {
    const ready: JsonObject[] = [];
    let from = 0;
    let broken = false;
    const take = (until: number): string => {
      const whole = (taken ?? '') + piece.slice(from, until);
      if (whole.length <= LARGEST) return whole;
      tooLarge = true;
      return '';
    };
    for (let at = 0; at < piece.length; at += 1) {
      const sign = piece.charCodeAt(at);
      if (sign === 10) line += 1;
      if (inString) {
        if (escaped) escaped = false;
        else if (sign === 92) escaped = true;
        else if (sign === 34) inString = false;
        continue;
      }
      broken = depth === 0 && sign > 32 && !MAY_STAND_OUTSIDE.has(sign);
      if (broken) break;
      if (listed && depth === level) {
        if (sign === 44 || sign === 93 || sign === 123) stray = false;
        else if (!stray && sign > 32) {
          stray = true;
          ready.push({ line, text: 'null' });
        }
      }
      if (sign === 34) {
        inString = true;
      } else if (sign === 123 || sign === 91) {
        const list = sign === 91;
        if (depth === 0) {
          level = list ? 1 : 0;
          listed = list;
        } else if (depth === 1 && level === 0 && taken !== undefined) {
          const reach = taken.slice(-KEY_REACH) + piece.slice(Math.max(from, at - KEY_REACH), at);
          if (CHILDREN_KEY.test(reach)) {
            level = list ? 2 : 1;
            listed = list;
            taken = undefined;
          }
        }
        if (!list && depth === level && taken === undefined) {
          taken = '';
          tooLarge = false;
          from = at;
          startLine = line;
        }
        depth += 1;
      } else if (sign === 125 || sign === 93) {
        depth -= 1;
        if (sign === 125 && depth === level && taken !== undefined) {
          const whole = take(at + 1);
          ready.push({ line: startLine, text: tooLarge ? undefined : whole });
          taken = undefined;
          if (level > 0 && !listed) level = NOWHERE;
        }
        if (listed && depth === level - 1) {
          // The list of children is at its end: another list beside it holds no children.
          listed = false;
          level = NOWHERE;
        }
      }
    }
    if (taken !== undefined) taken = take(piece.length);
    // Whole objects before a failure are handed out first: what they say is good.
    yield ready;
    if (broken) throw notJson(file, line);
  }
  if (depth > 0 || inString) {
    const message = 'The file ends before its last object is closed: export or copy it again.';
    throw new UserError('return-truncated', message, { file, line });
  }
}

const notJson = (file: string, line: number) =>
  new UserError('not-json', 'The file is not JSON from this line on: export it again.', { file, line });
