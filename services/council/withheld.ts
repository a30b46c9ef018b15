// What a return may not call complete: the kinds of which it had a record refused. Who was told "complete" would read
// "no event" where the record lies in quarantine. Mended, the record's file says it; or the council waives it, with a reason.
import type { RecordKind } from '../../schemas/records.ts';
import type { Refused, ReturnFormat } from './report.ts';

/** In these a row stands for itself; in the others a child, or one of its lists, is lost with everything in it. */
const TABLES: ReadonlySet<ReturnFormat> = new Set(['ssda903-csv', 'safeguarding-dataset']);

/** Records that are made of the same part of a return, and so are lost together. */
const TOGETHER: Readonly<Record<string, readonly RecordKind[]>> = {
  'pre-proceedings': ['pre-proceedings', 'family-meeting'],
};

/**
 * The kinds of a return that records may be missing of.
 * @param kinds those the return carries whole
 */
export function kindsLacking(
  format: ReturnFormat,
  kinds: readonly RecordKind[],
  refused: readonly Refused[],
): RecordKind[] {
  const tree = !TABLES.has(format);
  if (tree && refused.some(({ record, rule }) => record === 'child' || rule === 'wrong-shape'))
    return [...kinds];
  const lost = new Set(refused.flatMap(({ record }): readonly string[] => TOGETHER[record] ?? [record]));
  return kinds.filter((kind) => lost.has(kind));
}
