// Conditions on an occurrence that the parts of the set engine share. `alias` is the occurrence's.
import { packedField } from '../detail.ts';
import { CARE_PERIOD, kindNumber } from '../kinds.ts';

type Packed = Parameters<typeof packedField>[0];

/** The packed field has one of these values. */
export function isOneOf(
  kind: Packed,
  name: string,
  values: readonly (string | number | boolean)[],
  alias = 'o',
): string {
  if (values.length === 0) return 'false';
  const field = packedField(kind, name, `${alias}.detail`);
  return `${field.sql} in (${values.map(field.numberOf).join(', ')})`;
}

export const isPeriod = `o.kind = ${CARE_PERIOD}`;
export const startSeen = isOneOf('care-period', 'startSeen', [true]);

export const ownPlan = (alias: string, countHeld: boolean): string =>
  countHeld ? 'true' : `not ${isOneOf('cp-plan', 'heldForAnotherAuthority', [true], alias)}`;

export const isShortBreak = (alias: string): string =>
  isOneOf('care-episode', 'legalStatus', ['V3', 'V4'], alias);

/** The period `o` ends on the day on which an episode of care ended for one of these reasons. */
export const endsFor = (reasons: readonly string[], alias = 'o'): string =>
  reasons.length === 0
    ? 'false'
    : `exists (select from waymark.occurrence x where x.child_key = ${alias}.child_key
        and x.kind = ${kindNumber['care-episode']} and not x.purged and x.ends = ${alias}.ends
        and not ${isShortBreak('x')} and ${isOneOf('care-episode', 'reasonEnded', reasons, 'x')})`;

/** The spell `o` started before the day and still ran after it, or runs on. */
export const spans = (day: string): string => `o.starts < ${day} and (o.ends is null or o.ends > ${day})`;

/** The occurrence `o` is the record that brought the participant `p` in: an id is a record's under one pseudonym only. */
export const isIndexRecord = 'o.record_id = p.index_record and o.stated_under = p.index_child';
