// The fields of one group of the census (a referral, an assessment…), by name.
import type { Raw, RawField, Reading } from './reading.ts';
import { childrenNamed, type XmlElement } from './xml-records.ts';

/** The element itself when there is nothing to trim. */
export function rawOf(element: XmlElement): RawField {
  const text = element.text.trim();
  return text === element.text ? element : { text, line: element.line };
}

/** The first element of that name; others, of which there should be none, are reported. */
export function onlyOne(element: XmlElement, name: string, reading: Reading): XmlElement | undefined {
  const [first, ...others] = childrenNamed(element, name);
  for (const other of others) reading.finding('repeated-field', name, other.line);
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
