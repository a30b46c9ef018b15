// Returns in, messages out: every record pseudonymised before it leaves the council, then what the feed is complete
// through. A return that cannot be read to its end is never stated complete.
import { CivilDate, Instant, londonDay } from '../../schemas/calendar.ts';
import { CouncilCode } from '../../schemas/case-event.ts';
import type { FeedMessage } from '../../schemas/message.ts';
import type { RecordKind } from '../../schemas/records.ts';
import { UserError } from '../platform/errors.ts';
import { type Progress, silent } from '../platform/progress.ts';
import { againstLast } from './against-last.ts';
import { feedStatement } from './case-event.ts';
import { kindsOfCensus, stateCensusChild } from './cin-census.ts';
import { feedKinds, stateFeedChild } from './daily-feed.ts';
import { readJsonObjects } from './json-objects.ts';
import { pseudonymiser } from './pseudonym.ts';
import { calendarDay } from './reading.ts';
import { instantOf, noonOf } from './recorded-at.ts';
import { type ConversionReport, ReportWriter, type ReturnRead } from './report.ts';
import { type Conversion, ReturnEvents } from './return-events.ts';
import { stateDataset } from './safeguarding-dataset.ts';
import { identify, type SourceFile, textOf } from './source-files.ts';
import { careChildOf, readCareTables, stateCareChild } from './ssda903.ts';
import { childNamed, readXmlRecords, type XmlElement } from './xml-records.ts';

export interface ConvertOptions {
  /** Paths of returns. All SSDA903 tables together are one return; every XML file is one. */
  files: readonly string[];
  /** ONS code of the council. */
  council: string;
  /** 32 bytes, see `readKey`. */
  key: Uint8Array;
  /** YYYY-MM-DD; needed by returns that do not carry one (SSDA903). */
  referenceDate?: string;
  /** When a return that does not say so was recorded (RFC 3339); noon of the reference date when not given. */
  recordedAt?: string;
  /** Family id by child id. */
  families?: ReadonlyMap<string, string>;
  /** CIN census id (LAchildID) by SSDA903 id (CHILD), where they differ. */
  crosswalk?: ReadonlyMap<string, string>;
  /** NDJSON of what was last sent of these returns, to count against; with `complete`, what is gone is purged. */
  previous?: string;
  complete?: boolean;
  /** Gathers the report while messages are taken. */
  writer?: ReportWriter;
  progress?: Progress;
}

const EMPTY: ReadonlyMap<string, string> = new Map();

/** @throws UserError naming the option that is not usable */
function checkOptions(options: ConvertOptions): void {
  if (!CouncilCode.safeParse(options.council).success) {
    throw new UserError('bad-council', 'The council must be its ONS code, such as E09000023.', {
      field: 'council',
    });
  }
  if (options.referenceDate !== undefined && !CivilDate.safeParse(options.referenceDate).success) {
    throw new UserError('bad-reference-date', 'The reference date must be a date written YYYY-MM-DD.', {
      field: 'reference-date',
    });
  }
  if (options.recordedAt !== undefined && !Instant.safeParse(options.recordedAt).success) {
    throw new UserError('bad-recorded-at', 'The time must be written as 2026-04-01T06:00:00Z.', {
      field: 'recorded-at',
    });
  }
  if (options.complete && options.previous === undefined) {
    throw new UserError(
      'missing-option',
      'What is gone can only be told from what was last sent: give --previous.',
      {
        field: 'previous',
      },
    );
  }
  if (options.files.length === 0) {
    throw new UserError('no-files', 'Name at least one return to convert.', { field: 'files' });
  }
}

/**
 * Converts returns to messages, in the order in which they must be sent: a return's case events, then its statement.
 * The same files give the same messages, byte for byte.
 * @returns the report, once all messages are taken
 * @throws UserError with file and line when a file cannot be read; messages already handed out remain true
 */
export async function* convertReturn(options: ConvertOptions): AsyncGenerator<FeedMessage, ConversionReport> {
  checkOptions(options);
  const writer = options.writer ?? new ReportWriter(options.council);
  const { previous, complete = false } = options;
  const messages = messagesOf(options, writer);
  if (previous === undefined) yield* messages;
  else yield* againstLast(messages, { previous, complete }, writer);
  return writer.report;
}

async function* messagesOf(options: ConvertOptions, writer: ReportWriter): AsyncGenerator<FeedMessage> {
  const conversion: Conversion = {
    council: options.council,
    pseudonyms: pseudonymiser(options.key),
    writer,
    families: options.families ?? EMPTY,
    crosswalk: options.crosswalk ?? EMPTY,
    unaccompanied: new Set(),
  };
  const progress = options.progress ?? silent;
  const sources: SourceFile[] = [];
  for (const path of options.files) sources.push(await identify(path));
  const already = sources.find((source) => source.format === 'messages');
  if (already) {
    throw new UserError(
      'already-converted',
      'The file holds converted messages: give it to waymark council send.',
      {
        file: already.file,
      },
    );
  }
  const { referenceDate, recordedAt } = options;
  const one = { conversion, progress, referenceDate, recordedAt };
  // SSDA903 first: what it says of unaccompanied children is known when the census states them.
  const tables = sources.filter((source) => source.format === 'ssda903-table');
  if (tables.length > 0) yield* careTables(tables, one);
  for (const source of sources) if (source.format === 'ssda903-xml') yield* careXml(source, one);
  const dataset = sources.filter((source) => source.format === 'dataset-table');
  if (dataset.length > 0) yield* safeguardingDataset(dataset, one);
  for (const source of sources) if (source.format === 'daily-feed') yield* dailyFeed(source, one);
  for (const source of sources) if (source.format === 'cin-census') yield* census(source, one);
}

interface OneReturn {
  conversion: Conversion;
  progress: Progress;
  referenceDate: string | undefined;
  recordedAt: string | undefined;
}

/** The statements of a return that does not say when it was made. */
const undated = (one: OneReturn, referenceDate: string): ReturnEvents =>
  new ReturnEvents(one.conversion, new Date(one.recordedAt ?? noonOf(referenceDate)).toISOString());

function noReferenceDate(file: string, line?: number): UserError {
  return new UserError(
    'no-reference-date',
    'The return does not carry a reference date: give it with --reference-date YYYY-MM-DD.',
    { file, ...(line !== undefined && { line }) },
  );
}

function* closing(
  events: ReturnEvents,
  read: Omit<ReturnRead, 'recordedAt'>,
  writer: ReportWriter,
): Generator<FeedMessage> {
  const { recordedAt } = events;
  writer.report.returns.push({ ...read, recordedAt });
  writer.report.statements += 1;
  yield feedStatement(events.conversion.council, recordedAt, {
    kinds: read.kinds,
    completeThrough: read.completeThrough,
  });
}

async function* careTables(sources: readonly SourceFile[], one: OneReturn): AsyncGenerator<FeedMessage> {
  const { writer } = one.conversion;
  const [first] = sources;
  const { referenceDate } = one;
  if (referenceDate === undefined) throw noReferenceDate(first?.file ?? '');
  const events = undated(one, referenceDate);
  let children = 0;
  const tables = sources.map((source) => ({ file: source.file, text: () => textOf(source, one.progress) }));
  const read = readCareTables(tables, writer);
  let next = await read.next();
  for (; !next.done; next = await read.next()) {
    if (stateCareChild(next.value, events, writer)) children += 1;
    yield* events.take();
  }
  writer.report.children += children;
  const files = sources.map((source) => source.file);
  // Only the episodes table says that all episodes are there; the return has no children but those looked after.
  if (!next.value.has('episodes')) return;
  yield* closing(
    events,
    {
      files,
      format: 'ssda903-csv',
      referenceDate,
      completeThrough: referenceDate,
      kinds: ['care-episode'],
      children,
    },
    writer,
  );
}

const CARE_LAYOUT = { root: 'EXPSSDA903', records: new Set(['CHILD']) };

async function* careXml(source: SourceFile, one: OneReturn): AsyncGenerator<FeedMessage> {
  const { writer } = one.conversion;
  const { referenceDate } = one;
  if (referenceDate === undefined) throw noReferenceDate(source.file);
  const events = undated(one, referenceDate);
  let children = 0;
  for await (const element of readXmlRecords(textOf(source, one.progress), source.file, CARE_LAYOUT)) {
    if (element.overflowed) {
      const reason = 'holds more elements than any child could have';
      writer.refuse({
        file: source.file,
        line: element.line,
        record: 'child',
        rule: 'too-many-elements',
        field: 'CHILD',
        reason,
      });
      continue;
    }
    if (stateCareChild(careChildOf(element, source.file), events, writer)) children += 1;
    yield* events.take();
  }
  writer.report.children += children;
  yield* closing(
    events,
    {
      files: [source.file],
      format: 'ssda903-xml',
      referenceDate,
      completeThrough: referenceDate,
      kinds: ['care-episode'],
      children,
    },
    writer,
  );
}

async function* safeguardingDataset(
  sources: readonly SourceFile[],
  one: OneReturn,
): AsyncGenerator<FeedMessage> {
  const { writer } = one.conversion;
  const { referenceDate } = one;
  if (referenceDate === undefined) throw noReferenceDate(sources[0]?.file ?? '');
  const events = undated(one, referenceDate);
  const tables = sources.map((source) => ({ file: source.file, text: () => textOf(source, one.progress) }));
  const rows = stateDataset(tables, events, writer);
  let next = await rows.next();
  for (; !next.done; next = await rows.next()) yield* events.take();
  const { kinds, children } = next.value;
  writer.report.children += children;
  // Tables that only explain others (families, legal statuses…) state nothing by themselves.
  if (kinds.length === 0) return;
  const files = sources.map((source) => source.file);
  const read = {
    files,
    format: 'safeguarding-dataset' as const,
    referenceDate,
    completeThrough: referenceDate,
  };
  yield* closing(events, { ...read, kinds, children }, writer);
}

async function* dailyFeed(source: SourceFile, one: OneReturn): AsyncGenerator<FeedMessage> {
  const { writer } = one.conversion;
  const { referenceDate } = one;
  const { file } = source;
  if (referenceDate === undefined) throw noReferenceDate(file);
  const events = undated(one, referenceDate);
  let children = 0;
  for await (const object of readJsonObjects(textOf(source, one.progress), file)) {
    if (stateFeedChild(object.text, file, object.line, events, writer)) children += 1;
    yield* events.take();
  }
  writer.report.children += children;
  yield* closing(
    events,
    {
      files: [file],
      format: 'daily-feed',
      referenceDate,
      completeThrough: referenceDate,
      kinds: feedKinds,
      children,
    },
    writer,
  );
}

const CENSUS_LAYOUT = { root: 'Message', records: new Set(['Header', 'Child']) };

/** What a census says of itself. */
interface CensusHeader {
  referenceDate: string;
  recordedAt: Date;
  completeThrough: string;
  kinds: RecordKind[];
}

function headerOf(header: XmlElement | undefined, file: string, line: number, one: OneReturn): CensusHeader {
  const { writer } = one.conversion;
  const collection = header && childNamed(header, 'CollectionDetails');
  const source = header && childNamed(header, 'Source');
  const at = (element: XmlElement | undefined, name: string) => element && childNamed(element, name);
  const dateElement = at(collection, 'ReferenceDate');
  const stated = dateElement && calendarDay(dateElement.text.trim());
  const usable = stated !== undefined && CivilDate.safeParse(stated).success ? stated : undefined;
  const referenceDate = usable ?? one.referenceDate;
  if (referenceDate === undefined) throw noReferenceDate(file, dateElement?.line ?? line);
  const timeElement = at(source, 'DateTime');
  const made = timeElement && instantOf(timeElement.text);
  if (timeElement && !made && timeElement.text.trim() !== '') {
    writer.finding('invalid-field', file, timeElement.line, 'DateTime');
  }
  const recordedAt = made ?? noonOf(referenceDate);
  const madeOn = londonDay(recordedAt);
  if (madeOn < referenceDate) {
    writer.finding('stated-before-reference-date', file, timeElement?.line ?? line, 'ReferenceDate');
  }
  const year = Number(at(collection, 'Year')?.text.trim()) || Number(referenceDate.slice(0, 4));
  return {
    referenceDate,
    recordedAt,
    completeThrough: madeOn < referenceDate && CivilDate.safeParse(madeOn).success ? madeOn : referenceDate,
    kinds: kindsOfCensus(year),
  };
}

async function* census(source: SourceFile, one: OneReturn): AsyncGenerator<FeedMessage> {
  const { writer } = one.conversion;
  const { file } = source;
  let header: CensusHeader | undefined;
  let events: ReturnEvents | undefined;
  let children = 0;
  for await (const element of readXmlRecords(textOf(source, one.progress), file, CENSUS_LAYOUT)) {
    if (element.name === 'Header') {
      header ??= headerOf(element, file, element.line, one);
      continue;
    }
    header ??= headerOf(undefined, file, element.line, one);
    events ??= new ReturnEvents(one.conversion, header.recordedAt.toISOString());
    if (stateCensusChild(element, file, events, writer)) children += 1;
    yield* events.take();
  }
  header ??= headerOf(undefined, file, 1, one);
  events ??= new ReturnEvents(one.conversion, header.recordedAt.toISOString());
  writer.report.children += children;
  const { referenceDate, completeThrough, kinds } = header;
  yield* closing(
    events,
    { files: [file], format: 'cin-census', referenceDate, completeThrough, kinds, children },
    writer,
  );
}
