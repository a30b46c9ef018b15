// Tables of the Standard Safeguarding Dataset, which are one return together.
import { type Batches, closing, dated, type ReturnReading } from './one-return.ts';
import { keepRefusedRows } from './refused-rows.ts';
import { stateDataset } from './safeguarding-dataset.ts';
import { type SourceFile, tablesOf } from './source-files.ts';

const BATCH = 500;

/** Which rows explain a refused one: those that name an id which it names. */
const idsOf = (cells: ReadonlyMap<string, string>): string[] =>
  [...cells].flatMap(([name, value]) => (name.endsWith('_ID') && value !== '' ? [value] : []));

/** @throws UserError with file and line when a table cannot be read to its end */
export async function* readDataset(sources: readonly SourceFile[], one: ReturnReading): Batches {
  const { writer, quarantine } = one.conversion;
  const { referenceDate, events } = dated(one, sources[0]?.file ?? '');
  const tables = tablesOf(sources, one.progress);
  const rows = stateDataset(tables, events, writer);
  let next = await rows.next();
  try {
    for (let row = 1; !next.done; next = await rows.next(), row += 1)
      if (row % BATCH === 0) yield events.take();
  } finally {
    await rows.return(undefined as never);
  }
  yield events.take();
  await keepRefusedRows(quarantine, tables, writer.takeRefused(), idsOf);
  const { kinds, children } = next.value;
  writer.report.children += children;
  // Tables that only explain others (families, legal statuses…) state nothing by themselves.
  if (kinds.length === 0) return;
  const files = sources.map((source) => source.file);
  yield closing(events, { files, format: 'safeguarding-dataset', referenceDate, kinds, children });
}
