// What the reading of every return has in common: when it was made, what it is complete through, its closing statement.
import { CivilDate } from '../../schemas/calendar.ts';
import type { RecordKind } from '../../schemas/records.ts';
import { UserError } from '../platform/errors.ts';
import type { Progress } from '../platform/progress.ts';
import { feedStatement, type Outgoing, outgoing } from './case-event.ts';
import { noonOf } from './recorded-at.ts';
import type { ReturnFormat } from './report.ts';
import { type Conversion, ReturnEvents } from './return-events.ts';
import { kindsLacking } from './withheld.ts';

/** Messages as they come, in lists: handing them over one at a time costs more than making them. */
export type Batches = AsyncGenerator<readonly Outgoing[], void>;

/** How the returns of one conversion are read. */
export interface ReturnReading {
  conversion: Conversion;
  progress: Progress;
  referenceDate: string | undefined;
  recordedAt: string | undefined;
  /** A return that carries no reference date, and is given none, has it in the name of its file. */
  dateInName: boolean;
}

const DAY_IN_NAME = /(?<!\d)(\d{4})-?(\d{2})-?(\d{2})(?!\d)/;

/** The day that stands in a file's name, as 2026-04-01 or 20260401. */
function dayIn(name: string): string | undefined {
  const day = DAY_IN_NAME.exec(name)?.slice(1).join('-');
  return CivilDate.safeParse(day).success ? day : undefined;
}

/**
 * The reading of a return that does not carry a reference date.
 * @throws UserError `no-reference-date` when none was given
 */
export function dated(one: ReturnReading, file: string): { referenceDate: string; events: ReturnEvents } {
  const referenceDate = one.referenceDate ?? (one.dateInName ? dayIn(file) : undefined);
  if (referenceDate === undefined) throw noReferenceDate(file);
  const recordedAt = new Date(one.recordedAt ?? noonOf(referenceDate)).toISOString();
  return { referenceDate, events: new ReturnEvents(one.conversion, recordedAt) };
}

export function noReferenceDate(file: string, line?: number): UserError {
  return new UserError(
    'no-reference-date',
    'The return does not carry a reference date: give it with --reference-date YYYY-MM-DD, or --date-in-name.',
    { file, ...(line !== undefined && { line }) },
  );
}

/** What a return was, once it is read to its end. */
export interface ReturnEnd {
  files: string[];
  format: ReturnFormat;
  referenceDate: string;
  completeThrough?: string;
  kinds: RecordKind[];
  children: number;
}

/** Notes the return in the report and states what it is complete through: of no kind that it had a record refused of. */
export function closing(events: ReturnEvents, end: ReturnEnd): readonly Outgoing[] {
  const { recordedAt } = events;
  const { council, writer, waiver, withheld } = events.conversion;
  const { completeThrough = end.referenceDate, format, kinds } = end;
  const lacking = kindsLacking(format, kinds, writer.takeLacking());
  if (waiver === undefined) for (const kind of lacking) withheld.add(kind);
  const held = kinds.filter((kind) => withheld.has(kind));
  writer.report.returns.push({ ...end, completeThrough, withheld: held, recordedAt });
  const stated = kinds.filter((kind) => !withheld.has(kind));
  if (stated.length === 0) return [];
  writer.report.statements += 1;
  return [outgoing(feedStatement(council, recordedAt, { kinds: stated, completeThrough }))];
}
