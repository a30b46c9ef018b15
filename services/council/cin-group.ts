// The fields of one group of the census (a referral, an assessment…), by name.
import type { Raw, RawField, Reading } from './reading.ts';
import type { XmlElement } from './xml-records.ts';

const SPACE = 32;
const DELETE = 127;
/** White space is below or above these. */
const inWord = (code: number): boolean => code > SPACE && code < DELETE;

/** The element itself when there is nothing to trim. */
export function rawOf(element: XmlElement): RawField {
  const { text } = element;
  if (text === '' || (inWord(text.charCodeAt(0)) && inWord(text.charCodeAt(text.length - 1)))) return element;
  const trimmed = text.trim();
  return trimmed === text ? element : { text: trimmed, line: element.line };
}

function addFields(element: XmlElement, name: string, found: RawField[]): void {
  for (const child of element.children) if (child.name === name) found.push(rawOf(child));
}

/** The fields of that name inside an element's wrappers of another. */
export function fieldsInWrappers(element: XmlElement, wrapper: string, name: string): RawField[] {
  const found: RawField[] = [];
  for (const child of element.children) if (child.name === wrapper) addFields(child, name, found);
  return found;
}

/** The fields of that name directly inside an element, then those inside its wrappers. */
export function fieldsIn(element: XmlElement, wrapper: string, name: string): RawField[] {
  const wrapped = fieldsInWrappers(element, wrapper, name);
  const found: RawField[] = [];
  addFields(element, name, found);
  return found.length === 0 ? wrapped : [...found, ...wrapped];
}

/** The first element of that name; others, of which there should be none, are reported. */
export function onlyOne(element: XmlElement, name: string, reading: Reading): XmlElement | undefined {
  let first: XmlElement | undefined;
  for (const child of element.children) {
    if (child.name !== name) continue;
    if (!first) first = child;
    else reading.finding('repeated-field', name, child.line);
  }
  return first;
}

/** The fields of a group by name; one that should stand once and stands again is reported, and the first taken. */
export class Group {
  readonly #children: readonly XmlElement[];
  readonly #reading: Reading;

  constructor(element: XmlElement | undefined, reading: Reading) {
    this.#children = element?.children ?? [];
    this.#reading = reading;
  }

  get(name: string): Raw {
    let found: Raw;
    for (const child of this.#children) {
      if (child.name !== name) continue;
      if (!found) found = rawOf(child);
      else this.#reading.finding('repeated-field', name, child.line);
    }
    return found;
  }
}
