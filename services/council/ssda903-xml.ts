// A `CHILD` of an SSDA903 return in XML, as the tables would have it.

import type { ReportWriter } from './report.ts';
import type { RawCareChild } from './ssda903-child.ts';
import { childNamed, childrenNamed, type XmlElement } from './xml-records.ts';

const textOf = (element: XmlElement | undefined, name: string): string =>
  (element && childNamed(element, name)?.text.trim()) ?? '';

/** A `CHILD` of the XML as the tables would have it. */
export function careChildOf(element: XmlElement, file: string): RawCareChild {
  const header = childNamed(element, 'HEADER');
  const uasc = header && childNamed(header, 'UASC');
  const id = header && (childNamed(header, 'CHILDID') ?? childNamed(header, 'CHILD'));
  return {
    file,
    line: element.line,
    id: { text: id?.text.trim() ?? '', line: id?.line ?? element.line },
    header: header && {
      file,
      line: header.line,
      sex: textOf(header, 'SEX'),
      dob: textOf(header, 'DOB'),
      ethnic: textOf(header, 'ETHNIC'),
    },
    unaccompanied:
      uasc && (uasc.children.some((one) => one.text.trim() !== '') || /^(1|true)$/i.test(uasc.text.trim())),
    episodes: childrenNamed(element, 'EPISODE').map((episode) => ({
      file,
      line: episode.line,
      decom: textOf(episode, 'DECOM'),
      rne: textOf(episode, 'RNE'),
      ls: textOf(episode, 'LS'),
      cin: textOf(episode, 'CIN'),
      place: textOf(episode, 'PL') || textOf(episode, 'PLACE'),
      dec: textOf(episode, 'DEC'),
      rec: textOf(episode, 'REC'),
    })),
  };
}

/** Groups that are known and not carried, because no outcome uses them, and the table each is in CSV. */
const NOT_CARRIED: ReadonlyMap<string, string> = new Map([
  ['AREVIEW', 'Reviews'],
  ['ADOPTION', 'AD1'],
  ['AD1', 'AD1'],
  ['OC2', 'OC2'],
  ['OC3', 'OC3'],
  ['PERMANENCE', 'PrevPerm'],
  ['PLACED_ADOPTION', 'SBPFA'],
  ['MISSING', 'Missing'],
]);

/** Counts what a child's element holds that is not carried. */
export function countNotCarried(element: XmlElement, file: string, writer: ReportWriter): void {
  const header = childNamed(element, 'HEADER');
  for (const one of [...element.children, ...(header?.children ?? [])]) {
    const table = NOT_CARRIED.get(one.name);
    if (table !== undefined && (one.children.length > 0 || one.text.trim() !== '')) {
      writer.notCarried(file, table, 1);
    }
  }
}
