// The SQL of eligibility.ts, over occurrences: the same questions in the same order, for many children at once.
import type { IndexRecord } from '../../schemas/protocol/population.ts';
import type { Protocol } from '../../schemas/protocol.ts';
import { packedField } from '../outcomes/detail.ts';
import { CARE_PERIOD, kindNumber } from '../outcomes/kinds.ts';

export const indexKind = ({ record }: IndexRecord): number =>
  record === 'care-period' ? CARE_PERIOD : kindNumber[record];

function only(
  kind: Parameters<typeof packedField>[0],
  name: string,
  alias: string,
  codes: readonly string[] | undefined,
): string[] {
  if (codes === undefined) return [];
  const field = packedField(kind, name, `${alias}.detail`);
  return [`${field.sql} in (${codes.map((code) => field.numberOf(code)).join(', ')})`];
}

const isNot = (kind: Parameters<typeof packedField>[0], name: string, alias: string): string => {
  const field = packedField(kind, name, `${alias}.detail`);
  return `${field.sql} <> ${field.numberOf(true)}`;
};

/** Whether the occurrence `alias` could be an index, whatever its day. Built of the protocol's codes alone, all of them enums. */
export function isCandidate(index: IndexRecord, alias: string): string {
  const conditions = [`${alias}.kind = ${indexKind(index)}`, `not ${alias}.purged`];
  if (index.record === 'referral') {
    if (!index.countNoFurtherAction) conditions.push(isNot('referral', 'noFurtherAction', alias));
    conditions.push(...only('referral', 'source', alias, index.sources));
    conditions.push(...only('referral', 'primaryNeed', alias, index.primaryNeeds));
  }
  if (index.record === 'cp-plan') {
    if (!index.countHeldForAnotherAuthority)
      conditions.push(isNot('cp-plan', 'heldForAnotherAuthority', alias));
    conditions.push(...only('cp-plan', 'initialCategory', alias, index.categories));
  }
  if (index.record === 'care-period') {
    const seen = packedField('care-period', 'startSeen', `${alias}.detail`);
    conditions.push(`${seen.sql} = ${seen.numberOf(true)}`);
  }
  return conditions.join(' and ');
}

const isUnderWay = (kind: number): string =>
  `exists (select from waymark.occurrence u where u.child_key = f.child_key and u.kind = ${kind} and not u.purged
     and u.starts < f.index_day and (u.ends is null or u.ends > f.index_day))`;

/** The team of the index `i`, a row of occurrences; null where the team is not what is allocated. */
export const teamSql = ({ unit }: Pick<Protocol, 'unit'>): string =>
  unit === 'team'
    ? `(select t.team from waymark.referral_team t where (t.child_key, t.record_id, t.stated_under) = (i.child_key, i.record_id, i.stated_under))`
    : 'null::uuid';

/** The reason, or null, of a row `f` with child_key, index_day, birth_month, team and opted_out. */
export function reasonSql({ population, unit }: Pick<Protocol, 'population' | 'unit'>): string {
  const { age, exclude, index } = population;
  const aged = (years: number): string => `(f.birth_month + interval '${years} years')::date <= f.index_day`;
  const cases: [when: string, reason: string][] = [
    ['f.index_day is null', 'no-index'],
    ['f.opted_out', 'opted-out'],
    ...(age ? [['f.birth_month is null', 'age-unknown'] as [string, string]] : []),
    ...(age?.from !== undefined ? [[`not ${aged(age.from)}`, 'too-young'] as [string, string]] : []),
    ...(age?.under !== undefined ? [[aged(age.under), 'too-old'] as [string, string]] : []),
    ...(exclude?.inCareAtIndex ? [[isUnderWay(CARE_PERIOD), 'in-care'] as [string, string]] : []),
    ...(exclude?.onCpPlanAtIndex
      ? [[isUnderWay(kindNumber['cp-plan']), 'on-cp-plan'] as [string, string]]
      : []),
    ...(exclude?.earlierWithinMonths === undefined
      ? []
      : [
          [
            `exists (select from waymark.occurrence w where w.child_key = f.child_key and ${isCandidate(index, 'w')}
     and w.starts < f.index_day and (w.starts + interval '${exclude.earlierWithinMonths} months')::date >= f.index_day)`,
            'earlier-record',
          ] as [string, string],
        ]),
    ...(unit === 'team' ? [['f.team is null', 'no-team'] as [string, string]] : []),
  ];
  return `case ${cases.map(([when, reason]) => `when ${when} then '${reason}'`).join('\n    ')} end`;
}
