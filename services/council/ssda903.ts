// Children looked after (SSDA903) become case events, from the tables in CSV or from the XML, of one year or several.
//
// Keys: a care episode is the child and DECOM. Every later return repeats DECOM while LS, PLACE, DEC and REC are
// filled in and corrected, so the later return corrects the record. When a child has two episodes that start on one
// day (the first ended that day), the second is told apart by its order by DEC, which later returns keep because the
// first is already closed. Tables of several years put together hold an episode once for every year it was open in:
// rows of one child, DECOM, RNE, LS and placement are one episode, and the row with an end is the newest.
//
// The tables may be in any order, so one council's children looked after are held while they are grouped (about
// 200 bytes an episode); the XML is read child by child.
//
// Field names and rule codes: Department for Education, Children looked-after (SSDA903) guides 2016-17 to 2025-26.
import * as codes from '../../schemas/codes.ts';
import { type CsvRow, readCsv } from './csv-rows.ts';
import { codeSet, type Raw, type RawField, Reading, stated } from './reading.ts';
import type { ReportWriter } from './report.ts';
import type { ReturnEvents } from './return-events.ts';
import { childNamed, childrenNamed, type XmlElement } from './xml-records.ts';

const reasonsStarted = codeSet(codes.ReasonNewEpisode.options);
const legalStatuses = codeSet(codes.LegalStatus.options);
const needs = codeSet(codes.PrimaryNeed.options);
const reasonsEnded = codeSet(codes.ReasonEpisodeCeased.options);
const ethnicities = codeSet(codes.Ethnicity.options);
const sexes: ReadonlyMap<string, 'M' | 'F' | 'U'> = new Map([
  ['1', 'M'],
  ['2', 'F'],
  ['M', 'M'],
  ['F', 'F'],
  ['U', 'U'],
]);

const DIED = 'E2';

/** An episode as its row has it. `place` is PLACE in the tables and PL in the XML. */
interface RawEpisode {
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
interface RawHeader {
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

export type Ssda903Table = 'episodes' | 'header' | 'uasc' | 'not-carried';

const has = (columns: readonly string[], ...names: string[]) => names.every((name) => columns.includes(name));

/**
 * Which table of the return the columns are of, or undefined when they are of none. Reviews, adoption, outcomes,
 * care leavers, permanence and missing episodes are known and not carried: no outcome uses them.
 */
export function tableOf(columns: readonly string[]): Ssda903Table | undefined {
  if (!has(columns, 'CHILD')) return undefined;
  if (has(columns, 'DECOM', 'RNE', 'LS')) return 'episodes';
  if (has(columns, 'DUC')) return 'uasc';
  if (has(columns, 'ETHNIC')) return 'header';
  const others = [
    'REVIEW',
    'DATE_INT',
    'SDQ_SCORE',
    'SDQ_REASON',
    'IN_TOUCH',
    'PREV_PERM',
    'MISSING',
    'DATE_PLACED',
  ];
  return others.some((name) => columns.includes(name)) ? 'not-carried' : undefined;
}

/** A CSV table of the return, opened when its turn comes. */
export interface TableSource {
  file: string;
  text: () => AsyncIterable<string>;
}

type Cells = ReadonlyMap<string, string>;
const cell = (cells: Cells, name: string): string => cells.get(name) ?? '';

/** One string for all rows with the same code: a row then costs a few pointers. */
function interner(): (text: string) => string {
  const known = new Map<string, string>();
  return (text) => {
    const one = known.get(text);
    if (one !== undefined) return one;
    // A copy, so that a short code does not keep the piece of the file it was cut from.
    const copy = Buffer.from(text).toString();
    if (known.size < 100_000) known.set(copy, copy);
    return copy;
  };
}

const unreadableWords: Record<string, string> = {
  'unbalanced-quote': 'has a quotation mark that is never closed',
  'wrong-number-of-fields': 'does not have as many fields as the heading has columns',
  'line-too-long': 'is longer than any row could be',
};

/** Puts the tables of one return together, child by child, in the order in which children are first met. */
export async function* readCareTables(
  tables: readonly TableSource[],
  writer: ReportWriter,
): AsyncGenerator<RawCareChild, Set<Ssda903Table>> {
  const children = new Map<string, RawCareChild>();
  const intern = interner();
  const met = new Set<Ssda903Table>();
  const childOf = (file: string, line: number, text: string): RawCareChild => {
    const id = intern(text);
    let child = children.get(id);
    if (!child) {
      child = {
        file,
        line,
        id: { text: id, line },
        header: undefined,
        unaccompanied: undefined,
        episodes: [],
      };
      children.set(id, child);
    }
    return child;
  };
  for (const { file, text: open } of tables) {
    const { columns, rows } = await readCsv(open(), file);
    const table = tableOf(columns);
    if (!table || table === 'not-carried') continue;
    met.add(table);
    for await (const row of rows) {
      const cells = readable(row, file, table, writer);
      if (!cells) continue;
      const { line } = row;
      const text = cell(cells, 'CHILD');
      if (new Reading(writer, file, line, recordOf[table]).childId('CHILD', { text, line }) === undefined)
        continue;
      const child = childOf(file, line, text);
      if (table === 'episodes') {
        child.episodes.push({
          file,
          line,
          decom: intern(cell(cells, 'DECOM')),
          rne: intern(cell(cells, 'RNE')),
          ls: intern(cell(cells, 'LS')),
          cin: intern(cell(cells, 'CIN')),
          place: intern(cell(cells, 'PLACE')),
          dec: intern(cell(cells, 'DEC')),
          rec: intern(cell(cells, 'REC')),
        });
        continue;
      }
      if (table === 'uasc') child.unaccompanied = true;
      const header: RawHeader = {
        file,
        line,
        sex: intern(cell(cells, 'SEX')),
        dob: intern(cell(cells, 'DOB')),
        ethnic: intern(cell(cells, 'ETHNIC')),
      };
      if (child.header && table === 'uasc') continue;
      const before = child.header;
      if (before && before.ethnic !== '' && (before.sex !== header.sex || before.ethnic !== header.ethnic)) {
        writer.finding('rows-disagree', file, line);
      }
      child.header = header;
    }
  }
  for (const [id, child] of children) {
    children.delete(id);
    if (met.has('uasc')) child.unaccompanied ??= false;
    yield child;
  }
  return met;
}

const recordOf: Record<Ssda903Table, string> = {
  episodes: 'care-episode',
  header: 'child',
  uasc: 'child',
  'not-carried': '',
};

function readable(row: CsvRow, file: string, table: Ssda903Table, writer: ReportWriter): Cells | undefined {
  if ('cells' in row) return row.cells;
  const rule = row.unreadable;
  const reason = unreadableWords[rule] ?? rule;
  writer.refuse({ file, line: row.line, record: recordOf[table], rule, field: '', reason });
  return undefined;
}

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

/** An episode that can stand, with what the rules need. */
interface Episode {
  reading: Reading;
  raw: RawEpisode;
  started: string;
  reasonStarted: (typeof codes.ReasonNewEpisode.options)[number];
  legalStatus: (typeof codes.LegalStatus.options)[number];
  ended: string | undefined;
  reasonEnded: string | undefined;
}

function readEpisode(raw: RawEpisode, writer: ReportWriter): Episode | undefined {
  const reading = new Reading(writer, raw.file, raw.line, 'care-episode');
  const at = (text: string): Raw => ({ text, line: raw.line });
  const started = reading.requiredDate('DECOM', at(raw.decom));
  if (started === undefined) return undefined;
  const reasonStarted = reading.requiredCode('RNE', at(raw.rne), reasonsStarted);
  if (reasonStarted === undefined) return undefined;
  const legalStatus = reading.requiredCode('LS', at(raw.ls), legalStatuses);
  if (legalStatus === undefined) return undefined;
  const ended = reading.date('DEC', at(raw.dec));
  const reasonEnded = reading.code('REC', at(raw.rec), reasonsEnded);
  return { reading, raw, started, reasonStarted, legalStatus, ended, reasonEnded };
}

const FOREVER = '9999-12-31';
const order = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

/** Rows of several years about one episode: keeps the ended one. */
function oneOfEachEpisode(episodes: readonly Episode[]): Episode[] {
  const kept = new Map<string, Episode[]>();
  for (const episode of episodes) {
    const { raw } = episode;
    const key = [episode.started, raw.rne, raw.ls, raw.place].join(' ');
    const same = kept.get(key);
    if (!same) {
      kept.set(key, [episode]);
      continue;
    }
    const open = same.findIndex((one) => one.ended === undefined);
    if (episode.ended === undefined && open < 0) {
      episode.reading.finding('years-overlap');
    } else if (episode.ended !== undefined && open >= 0) {
      same[open]?.reading.finding('years-overlap');
      same[open] = episode;
    } else {
      same.push(episode);
    }
  }
  return [...kept.values()].flat();
}

/** States every record of one child looked after. */
export function stateCareChild(child: RawCareChild, events: ReturnEvents, writer: ReportWriter): boolean {
  const reading = new Reading(writer, child.file, child.line, 'child');
  const ownId = reading.childId('CHILD', child.id);
  if (ownId === undefined) return false;
  const localId = events.conversion.crosswalk.get(ownId) ?? ownId;
  if (child.unaccompanied) events.conversion.unaccompanied.add(localId);
  const scope = events.child(localId);
  const read = child.episodes.flatMap((raw) => readEpisode(raw, writer) ?? []);
  const episodes = oneOfEachEpisode(read).sort(
    (a, b) =>
      order(a.started, b.started) || order(a.ended ?? FOREVER, b.ended ?? FOREVER) || a.raw.line - b.raw.line,
  );
  const { header } = child;
  const died = episodes.find((episode) => episode.reasonEnded === DIED && episode.ended !== undefined);
  if (header) {
    const of = new Reading(writer, header.file, header.line, 'child');
    const at = (text: string): Raw => ({ text, line: header.line });
    events.state(
      scope,
      'child',
      'ssda903',
      stated({
        birthMonth: of.month('DOB', at(header.dob)),
        unborn: undefined,
        sex: of.code('SEX', at(header.sex), sexes),
        ethnicity: of.code('ETHNIC', at(header.ethnic), ethnicities),
        disabilities: undefined,
        unaccompaniedAsylumSeeker: child.unaccompanied,
        deathMonth: died?.ended?.slice(0, 7),
        deprivationDecile: undefined,
        family: events.family(localId),
      }),
      of,
    );
  } else {
    reading.finding('no-details-of-child');
  }
  for (const episode of episodes) {
    const { raw } = episode;
    const at = (text: string): Raw => ({ text, line: raw.line });
    const placement = raw.place.toUpperCase();
    const placed = codes.Placement.safeParse(placement).success;
    if (!placed && placement !== '') episode.reading.finding('invalid-field', 'PLACE');
    events.state(
      scope,
      'care-episode',
      episode.started,
      stated({
        started: episode.started,
        reasonStarted: episode.reasonStarted,
        legalStatus: episode.legalStatus,
        need: episode.reading.code('CIN', at(raw.cin), needs),
        placement: placed ? placement : undefined,
        ended: episode.ended,
        reasonEnded: reasonsEnded.get(episode.reasonEnded ?? ''),
      }),
      episode.reading,
    );
  }
  checkEpisodes(episodes);
  return true;
}

function checkEpisodes(episodes: readonly Episode[]): void {
  episodes.forEach((episode, at) => {
    const { reading, started, ended, reasonEnded, reasonStarted } = episode;
    const before = episodes[at - 1];
    const opens =
      !before ||
      (before.ended !== undefined && before.reasonEnded !== undefined && before.reasonEnded !== 'X1');
    if (opens && reasonStarted !== 'S') reading.finding('357');
    if (!opens && reasonStarted !== 'S' && before?.ended !== started) reading.finding('433');
    if (reasonEnded === 'X1' && ended !== undefined) {
      const next = episodes.slice(at + 1).some((later) => later.started === ended);
      if (!next) reading.finding('388');
    }
    if (ended !== undefined && ended < started) reading.finding('ends-before-start');
    if (ended !== undefined && reasonEnded === undefined) reading.finding('end-without-reason');
    if (ended === undefined && reasonEnded !== undefined) reading.finding('end-reason-without-end');
  });
}
