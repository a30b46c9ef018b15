// The fields of one group of the census (a referral, an assessment…), by name.
import type { Raw, RawField, Reading } from './reading.ts';
import type { XmlElement } from './xml-records.ts';

export const rawOf = (element: XmlElement): RawField => ({ text: element.text.trim(), line: element.line });

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
