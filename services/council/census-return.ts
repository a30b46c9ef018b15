// One CIN census: its header says when it was made and what it is complete through, its children state their records.
import { CivilDate, londonDay } from '../../schemas/calendar.ts';
import type { RecordKind } from '../../schemas/records.ts';
import { kindsOfCensus, stateCensusChild } from './cin-census.ts';
import { type Batches, closing, noReferenceDate, type ReturnReading } from './one-return.ts';
import { calendarDay } from './reading.ts';
import { instantOf, noonOf } from './recorded-at.ts';
import { RefusedXml } from './refused-xml.ts';
import { ReturnEvents } from './return-events.ts';
import { type SourceFile, utf8Of } from './source-files.ts';
import { childNamed, readXmlRecords, type XmlElement } from './xml-records.ts';

const LAYOUT = { root: 'Message', records: new Set(['Header', 'Child']) };

/** What a census says of itself. */
interface CensusHeader {
  referenceDate: string;
  recordedAt: Date;
  completeThrough: string;
  kinds: RecordKind[];
}

function headerOf(
  header: XmlElement | undefined,
  file: string,
  line: number,
  one: ReturnReading,
): CensusHeader {
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

/** @throws UserError with file and line when the file cannot be read to its end */
export async function* readCensus(source: SourceFile, one: ReturnReading): Batches {
  const { writer, quarantine } = one.conversion;
  const { file } = source;
  const refused = new RefusedXml(quarantine, file, { root: 'Message', wrapper: 'Children' });
  let header: CensusHeader | undefined;
  let events: ReturnEvents | undefined;
  let children = 0;
  for await (const elements of readXmlRecords(utf8Of(source, one.progress), file, LAYOUT)) {
    for (const element of elements) {
      if (element.name === 'Header') {
        header ??= headerOf(element, file, element.line, one);
        refused.header = element;
        continue;
      }
      header ??= headerOf(undefined, file, element.line, one);
      events ??= new ReturnEvents(one.conversion, header.recordedAt.toISOString());
      if (stateCensusChild(element, file, events, writer)) children += 1;
      refused.keep(element, writer.takeRefused());
    }
    if (events) yield events.take();
  }
  refused.close();
  header ??= headerOf(undefined, file, 1, one);
  events ??= new ReturnEvents(one.conversion, header.recordedAt.toISOString());
  writer.report.children += children;
  const { referenceDate, completeThrough, kinds } = header;
  const read = { files: [file], referenceDate, completeThrough, kinds, children };
  yield closing(events, { ...read, format: 'cin-census' });
}
