// The facts that a statement about a child holds, as columns: one row a record of facts. A purged record's row holds nothing.
import type { RecordState } from '../../schemas/records.ts';
import { plainColumn } from '../platform/columns.ts';
import type { Queryable } from '../platform/database.ts';

export interface StatedFacts {
  personKey: number;
  childKey: number;
  recordId: string;
  recordedAt: string;
  eventId: string;
  state: RecordState<'child'> | null;
}

export const factColumns = [
  'child_key',
  'stated_under',
  'record_id',
  'birth_month',
  'death_month',
  'sex',
  'ethnicity',
  'disabled',
  'unaccompanied',
  'deprivation_decile',
  'family',
  'recorded_at',
  'event_id',
] as const;

const firstOfMonth = (month: string | undefined): string | null => (month ? `${month}-01` : null);

/** SQL of the rows, in the order of `factColumns`. */
export function factRows(db: Queryable, stated: readonly StatedFacts[]) {
  const column = (of: (one: StatedFacts) => number | string): string => plainColumn(stated.map(of));
  const fact = (of: (state: RecordState<'child'>) => number | boolean | string | null | undefined): string =>
    plainColumn(stated.map(({ state }) => of(state ?? {})));
  return db`select * from unnest(
    ${column((one) => one.personKey)}::integer[], ${column((one) => one.childKey)}::integer[],
    ${column((one) => one.recordId)}::uuid[],
    ${fact((state) => firstOfMonth(state.birthMonth))}::date[], ${fact((state) => firstOfMonth(state.deathMonth))}::date[],
    ${fact((state) => state.sex)}::text[], ${fact((state) => state.ethnicity)}::text[],
    ${fact((state) => state.disabilities?.some((code) => code !== 'NONE'))}::boolean[],
    ${fact((state) => state.unaccompaniedAsylumSeeker)}::boolean[],
    ${fact((state) => state.deprivationDecile)}::smallint[], ${fact((state) => state.family?.slice(1))}::uuid[],
    ${column((one) => one.recordedAt)}::timestamptz[], ${column((one) => one.eventId)}::uuid[])`;
}
