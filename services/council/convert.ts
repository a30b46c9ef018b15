// Returns in, messages out: every record pseudonymised before it leaves the council, then what the feed is complete
// through. A return that cannot be read to its end is never stated complete.
import { CivilDate, Instant } from '../../schemas/calendar.ts';
import { CouncilCode } from '../../schemas/case-event.ts';
import type { FeedMessage } from '../../schemas/message.ts';
import { UserError } from '../platform/errors.ts';
import { type Progress, silent } from '../platform/progress.ts';
import { againstLast } from './against-last.ts';
import { readCareCsv, readCareXml } from './care-return.ts';
import type { Outgoing } from './case-event.ts';
import { readCensus } from './census-return.ts';
import { readDataset } from './dataset-return.ts';
import { readDailyFeed } from './feed-return.ts';
import { Linkage } from './linkage.ts';
import type { Batches, ReturnReading } from './one-return.ts';
import { pseudonymiser } from './pseudonym.ts';
import { Quarantine } from './quarantine.ts';
import { type ConversionReport, ReportWriter } from './report.ts';
import type { Conversion } from './return-events.ts';
import { identify, type SourceFile, type SourceFormat } from './source-files.ts';

export interface ConvertOptions {
  /** Paths of returns. All SSDA903 tables together are one return; every XML file is one. */
  files: readonly string[];
  /** ONS code of the council. */
  council: string;
  /** 32 bytes, see `readKey`. */
  key: Uint8Array;
  /** YYYY-MM-DD; needed by returns that do not carry one (SSDA903). */
  referenceDate?: string;
  /** Such a return has its reference date in the name of its file, when none is given. */
  dateInName?: boolean;
  /** When a return that does not say so was recorded (RFC 3339); noon of the reference date when not given. */
  recordedAt?: string;
  /** Family id by child id. */
  families?: ReadonlyMap<string, string>;
  /** CIN census id (LAchildID) by SSDA903 id (CHILD), where they differ. */
  crosswalk?: ReadonlyMap<string, string>;
  /** NDJSON of what was last sent of these returns, to count against; with `complete`, what is gone is purged. */
  previous?: string;
  complete?: boolean;
  /** Folder for what is refused, to be mended and converted again. It will hold identifiers. */
  quarantine?: string;
  /** Why returns are stated complete without the records that were refused; else kinds with such records are not. */
  waiveRefused?: string;
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
  if (options.waiveRefused?.trim() === '') {
    throw new UserError('missing-option', 'Say why the refused records are not waited for: give a reason.', {
      field: 'waive-refused',
    });
  }
  if (options.files.length === 0) {
    throw new UserError('no-files', 'Name at least one return to convert.', { field: 'files' });
  }
}

/** Reads every return, children looked after first: what SSDA903 says of a child is known when the census states it. */
async function* readReturns(sources: readonly SourceFile[], one: ReturnReading): Batches {
  const of = (format: SourceFormat) => sources.filter((source) => source.format === format);
  const [tables, xml, dataset] = [of('ssda903-table'), of('ssda903-xml'), of('dataset-table')];
  const returns: Batches[] = [
    ...(tables.length > 0 ? [readCareCsv(tables, one)] : []),
    ...(xml.length > 0 ? [readCareXml(xml, one)] : []),
    ...(dataset.length > 0 ? [readDataset(dataset, one)] : []),
    ...of('daily-feed').map((source) => readDailyFeed(source, one)),
    ...of('cin-census').map((source) => readCensus(source, one)),
  ];
  for (const batches of returns) {
    yield* batches;
    // What a return that states nothing had refused is no matter of the next.
    one.conversion.writer.takeLacking();
  }
}

/** @throws UserError when a file is no return, or is not the whole return that `complete` says it is */
async function identifyAll(options: ConvertOptions): Promise<SourceFile[]> {
  const sources: SourceFile[] = [];
  for (const path of options.files) sources.push(await identify(path));
  const already = sources.find((source) => source.format === 'messages');
  if (already) {
    const message = 'The file holds converted messages: give it to waymark council send.';
    throw new UserError('already-converted', message, { file: already.file });
  }
  const part = options.complete ? sources.find((source) => source.refusedOnly) : undefined;
  if (part) {
    const message =
      'The file holds refused records only, so everything else would be purged: convert it without --complete.';
    throw new UserError('part-of-a-return', message, { file: part.file });
  }
  return sources;
}

/**
 * Converts returns to messages and their lines, in lists, in the order in which they must be sent: a return's case
 * events, then its statement. The same files give the same messages, byte for byte.
 * @returns the report, once all messages are taken
 * @throws UserError with file and line when a file cannot be read; messages already handed out remain true
 */
export async function* convertBatches(
  options: ConvertOptions,
): AsyncGenerator<readonly Outgoing[], ConversionReport> {
  checkOptions(options);
  const writer = options.writer ?? new ReportWriter(options.council);
  const { previous, complete = false, progress = silent, dateInName = false } = options;
  const { referenceDate, recordedAt } = options;
  const quarantine = options.quarantine === undefined ? undefined : new Quarantine(options.quarantine);
  writer.holdsRefused = quarantine !== undefined;
  const linkage = new Linkage(options.crosswalk ?? EMPTY);
  const conversion: Conversion = {
    council: options.council,
    pseudonyms: pseudonymiser(options.key),
    writer,
    families: options.families ?? EMPTY,
    linkage,
    quarantine,
    waiver: options.waiveRefused,
    withheld: new Set(),
    unaccompanied: new Set(),
  };
  let whole = false;
  try {
    const sources = await identifyAll(options);
    const batches = readReturns(sources, { conversion, progress, referenceDate, recordedAt, dateInName });
    if (previous === undefined) yield* batches;
    else yield* againstLast(batches, { previous, complete }, writer);
    whole = true;
  } finally {
    if (!whole) quarantine?.discard();
  }
  const linked = linkage.report();
  if (linked) writer.report.linkage = linked;
  writer.report.quarantine = quarantine?.files ?? [];
  if (options.waiveRefused !== undefined) writer.report.waived = options.waiveRefused;
  return writer.report;
}

/** The messages of `convertBatches`, one by one. */
export async function* convertReturn(options: ConvertOptions): AsyncGenerator<FeedMessage, ConversionReport> {
  const batches = convertBatches(options);
  try {
    let next = await batches.next();
    for (; !next.done; next = await batches.next()) for (const { message } of next.value) yield message;
    return next.value;
  } finally {
    // Whoever takes no more leaves no file open.
    await batches.return(undefined as never);
  }
}
