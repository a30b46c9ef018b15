// Where what stands is not what a rebuild gives: each difference names its table, its row and the columns that differ.
import type postgres from 'postgres';
import type { Transaction } from '../platform/database.ts';

export interface Difference {
  table: string;
  /** `missing`: only the rebuild gives the row; `surplus`: it only stands in the store. */
  what: 'missing' | 'surplus' | 'differs';
  /** What the row is of. */
  row: Record<string, unknown>;
  /** Columns that differ: what stands, and what the rebuild gives. */
  columns: Record<string, { stands: unknown; rebuilt: unknown }>;
}

type Row = Record<string, unknown>;

/** Differences told one by one; all of them are counted. */
const LOCATED = 100;

export class Differences {
  readonly located: Difference[] = [];
  /** Rows that differ, by table; a table that was compared and agrees has 0. */
  readonly byTable: Record<string, number> = {};

  get total(): number {
    return Object.values(this.byTable).reduce((sum, count) => sum + count, 0);
  }

  compared(table: string): void {
    this.byTable[table] ??= 0;
  }

  note(difference: Difference): void {
    this.compared(difference.table);
    this.byTable[difference.table] = (this.byTable[difference.table] ?? 0) + 1;
    if (this.located.length < LOCATED) this.located.push(difference);
  }

  /** Notes a row that stands, a row that was rebuilt, or both, unless they are alike. */
  between(table: string, row: Row, stands: Row | null, rebuilt: Row | null): void {
    this.compared(table);
    if (stands === null && rebuilt === null) return;
    if (stands === null || rebuilt === null) {
      this.note({ table, what: stands === null ? 'missing' : 'surplus', row, columns: {} });
      return;
    }
    const names = [...new Set([...Object.keys(stands), ...Object.keys(rebuilt)])];
    const differ = names.filter((name) => (stands[name] ?? null) !== (rebuilt[name] ?? null));
    if (differ.length === 0) return;
    const columns = differ.map((name) => [
      name,
      { stands: stands[name] ?? null, rebuilt: rebuilt[name] ?? null },
    ]);
    this.note({ table, what: 'differs', row, columns: Object.fromEntries(columns) });
  }
}

/** Compares two relations of the same columns, row by row under `keys`. */
export async function compareRows(
  tx: Transaction,
  differences: Differences,
  table: string,
  keys: readonly string[],
  { rebuilt, stands }: Record<'rebuilt' | 'stands', postgres.PendingQuery<postgres.Row[]>>,
): Promise<void> {
  differences.compared(table);
  const differ = await tx<{ rebuilt: Row | null; stands: Row | null }[]>`
    with r as (${rebuilt}), s as (${stands})
    select to_jsonb(r) as rebuilt, to_jsonb(s) as stands
    from r full join s using (${tx(keys as string[])})
    where to_jsonb(r) is distinct from to_jsonb(s)
    order by ${tx(keys as string[])}`;
  for (const one of differ) {
    const row = Object.fromEntries(keys.map((key) => [key, (one.rebuilt ?? one.stands)?.[key]]));
    differences.between(table, row, one.stands, one.rebuilt);
  }
}
