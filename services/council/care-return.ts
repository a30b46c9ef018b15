// An SSDA903 return: the CSV tables together, or the XML. Several of either (years put together) are one return, so that
// an episode that stands in two years is stated once.
import { type Batches, closing, dated, type ReturnReading } from './one-return.ts';
import type { Quarantine } from './quarantine.ts';
import { keepRefusedRows } from './refused-rows.ts';
import { RefusedXml } from './refused-xml.ts';
import type { RefusedRecord, ReportWriter } from './report.ts';
import { type SourceFile, tablesOf, utf8Of } from './source-files.ts';
import { stateCareChild } from './ssda903.ts';
import { mergeCareChildren, type RawCareChild } from './ssda903-child.ts';
import { readCareTables } from './ssda903-tables.ts';
import { careChildOf, countNotCarried } from './ssda903-xml.ts';
import { readXmlRecords, type XmlElement } from './xml-records.ts';

const BATCH = 100;
const idsOf = (cells: ReadonlyMap<string, string>): string[] => [cells.get('CHILD') ?? ''];

/** @throws UserError with file and line when a table cannot be read to its end */
export async function* readCareCsv(sources: readonly SourceFile[], one: ReturnReading): Batches {
  const { writer, quarantine } = one.conversion;
  const tables = tablesOf(sources, one.progress);
  const read = readCareTables(tables, writer);
  let next = await read.next();
  // Tables that carry nothing of ours need no date.
  if (next.done && !next.value.has('episodes')) {
    await keepRefusedRows(quarantine, tables, writer.takeRefused(), idsOf);
    return;
  }
  const { referenceDate, events } = dated(one, sources[0]?.file ?? '');
  let children = 0;
  for (let row = 1; !next.done; next = await read.next(), row += 1) {
    if (stateCareChild(next.value, events, writer)) children += 1;
    if (row % BATCH === 0) yield events.take();
  }
  yield events.take();
  await keepRefusedRows(quarantine, tables, writer.takeRefused(), idsOf);
  writer.report.children += children;
  // Only the episodes table says that all episodes are there; the return has no children but those looked after.
  if (!next.value.has('episodes')) return;
  const files = sources.map((source) => source.file);
  yield closing(events, { files, format: 'ssda903-csv', referenceDate, kinds: ['care-episode'], children });
}

const LAYOUT = { root: 'EXPSSDA903', records: new Set(['CHILD']) };

function refuseOverflow(element: XmlElement, file: string, writer: ReportWriter): void {
  writer.refuse({
    file,
    line: element.line,
    record: 'child',
    rule: 'too-many-elements',
    field: 'CHILD',
    reason: 'holds more elements than any child could have',
  });
}

/** Reads the files again and keeps the children, by id, that had a refused episode in any of them. */
async function keepRefusedChildren(
  sources: readonly SourceFile[],
  quarantine: Quarantine,
  refusedOf: ReadonlyMap<string, readonly RefusedRecord[]>,
): Promise<void> {
  for (const source of sources) {
    const kept = new RefusedXml(quarantine, source.file, { root: 'EXPSSDA903' });
    for await (const elements of readXmlRecords(utf8Of(source), source.file, LAYOUT)) {
      for (const element of elements) {
        kept.keep(element, refusedOf.get(careChildOf(element, source.file).id.text) ?? []);
      }
    }
    kept.close();
  }
}

/** @throws UserError with file and line when a file cannot be read to its end */
export async function* readCareXml(sources: readonly SourceFile[], one: ReturnReading): Batches {
  const { writer, quarantine } = one.conversion;
  const { referenceDate, events } = dated(one, sources[0]?.file ?? '');
  const several = sources.length > 1;
  const held = new Map<string, RawCareChild>();
  const refusedOf = new Map<string, readonly RefusedRecord[]>();
  let children = 0;
  for (const source of sources) {
    const { file } = source;
    const refused = new RefusedXml(quarantine, file, { root: 'EXPSSDA903' });
    for await (const elements of readXmlRecords(utf8Of(source, one.progress), file, LAYOUT)) {
      for (const element of elements) {
        if (element.overflowed) {
          refuseOverflow(element, file, writer);
          continue;
        }
        countNotCarried(element, file, writer);
        const child = careChildOf(element, file);
        if (several && child.id.text !== '') mergeCareChildren(held, child);
        else {
          if (stateCareChild(child, events, writer)) children += 1;
          refused.keep(element, writer.takeRefused());
        }
      }
      yield events.take();
    }
    refused.close();
  }
  for (const child of held.values()) {
    if (stateCareChild(child, events, writer)) children += 1;
    const refused = writer.takeRefused();
    if (refused.length > 0) refusedOf.set(child.id.text, refused);
    yield events.take();
  }
  if (quarantine && refusedOf.size > 0) await keepRefusedChildren(sources, quarantine, refusedOf);
  writer.report.children += children;
  const files = sources.map((source) => source.file);
  yield closing(events, { files, format: 'ssda903-xml', referenceDate, kinds: ['care-episode'], children });
}
