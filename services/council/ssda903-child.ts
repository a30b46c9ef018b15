// A child looked after as the tables or the XML have it, before anything is made of it.
import type { RawField } from './reading.ts';

/** An episode as its row has it. `place` is PLACE in the tables and PL in the XML. */
export interface RawEpisode {
  file: string;
  line: number;
  decom: string;
  rne: string;
  ls: string;
  cin: string;
  place: string;
  dec: string;
  rec: string;
}

/** What the header says of a child. */
export interface RawHeader {
  file: string;
  line: number;
  sex: string;
  dob: string;
  ethnic: string;
}

/** A child looked after, before anything is made of it. */
export interface RawCareChild {
  file: string;
  line: number;
  id: RawField;
  header: RawHeader | undefined;
  unaccompanied: boolean | undefined;
  episodes: RawEpisode[];
}

/** Puts a child of one year's return together with the same child of another's, under its id. */
export function mergeCareChildren(held: Map<string, RawCareChild>, child: RawCareChild): void {
  const before = held.get(child.id.text);
  if (!before) {
    held.set(child.id.text, child);
    return;
  }
  before.episodes.push(...child.episodes);
  before.header = child.header ?? before.header;
  before.unaccompanied = before.unaccompanied || child.unaccompanied;
}
