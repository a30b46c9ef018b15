// The SQL of who is in which arm, as the protocol's method of allocation or its exposure has it; evaluate/allocation.ts says the same.
import { kindNumber } from '../outcomes/kinds.ts';
import type { Transaction } from '../platform/database.ts';
import type { Evaluation } from './evaluation.ts';

/** Rows of pseudonym and family: each pseudonym of the child `f` that has several, and the family last stated under it. */
const membersSql = (tx: Transaction) => tx`(
  select m.pseudonym, (select x.family from waymark.child_fact x
      where x.child_key = pm.person_key and x.stated_under = pm.child_key and x.family is not null
      order by x.recorded_at desc, x.event_id desc limit 1) as family
  from waymark.person_member pm join waymark.child m using (child_key) where pm.person_key = f.child_key) m`;

/**
 * The pseudonym of what is allocated, of a row `f`; of a team the one of the index referral, which may be null. A child whose family is not known is a family of one. A child that a list
 * names under several pseudonyms, or as of several families, is in the arm that was allocated first: intention to treat (ours).
 */
export function unitSql({ id, protocol }: Evaluation, tx: Transaction) {
  if (protocol.unit === 'team') return tx`f.team`;
  if (protocol.unit === 'council') return tx`lpad(to_hex(f.council_id::integer), 32, '0')::uuid`;
  const own = protocol.unit === 'family' ? tx`coalesce(f.family, f.pseudonym)` : tx`f.pseudonym`;
  const method = protocol.allocation?.method;
  if (method !== 'list' && method !== 'concealed') return own;
  const unit = protocol.unit === 'family' ? tx`coalesce(m.family, m.pseudonym)` : tx`m.pseudonym`;
  return tx`coalesce((select a.unit from ${membersSql(tx)} join waymark.allocation a
    on a.evaluation_id = ${id} and a.council_id = f.council_id and a.unit = ${unit}
    order by a.allocated_at, a.unit limit 1), ${own})`;
}

/** Whether the child `f`, with pseudonym and family, has opted out: under any of its pseudonyms, or as of a family of it. */
export const optedOutSql = ({ id }: Evaluation, tx: Transaction) => tx`exists (
  select from waymark.opt_out x where x.evaluation_id = ${id} and x.council_id = f.council_id
    and (x.unit in (f.pseudonym, f.family) or exists (select from ${membersSql(tx)} where x.unit in (m.pseudonym, m.family))))`;

/** The arm (1, 0, or null when there is none) of a row `f` with child_key, council_id, unit and index_day. */
export function armSql({ id, protocol }: Evaluation, tx: Transaction) {
  const { allocation, exposure } = protocol;
  if (exposure?.by === 'go-live') {
    const councils = exposure.goLive.map(({ council }) => council);
    const days = exposure.goLive.map(({ from }) => from);
    return tx`coalesce((select f.index_day >= g.starts from unnest(${councils}::text[], ${days}::date[]) as g(code, starts)
      join waymark.council l on l.code = g.code where l.council_id = f.council_id), false)::integer`;
  }
  if (exposure?.by === 'offered') {
    return tx`exists (select from waymark.occurrence x where x.child_key = f.child_key and x.kind = ${kindNumber[exposure.record]}
      and not x.purged and x.starts between f.index_day and f.index_day + ${exposure.withinDays}::integer)::integer`;
  }
  switch (allocation?.method) {
    case undefined:
      return tx`null::integer`;
    case 'list':
    case 'concealed':
      return tx`(select a.arm from waymark.allocation a
        where a.evaluation_id = ${id} and a.council_id = f.council_id and a.unit = f.unit)`;
    case 'by-council':
      return tx`(select (c.code = any(${allocation.trial}))::integer from waymark.council c where c.council_id = f.council_id)`;
    case 'constrained':
    case 'stepped-wedge':
      return tx`(select coalesce(f.index_day >= a.trial_from, false)::integer from waymark.allocated_council a
        where a.evaluation_id = ${id} and a.council_id = f.council_id)`;
    case 'seeded': {
      const bound = Math.floor(allocation.trialShare * 2 ** 32);
      return tx`(('x' || substr(encode(sha256(convert_to(${`${allocation.seed}:`} || f.unit, 'UTF8')), 'hex'), 1, 8))::bit(32)::bigint
        < ${bound})::integer`;
    }
  }
}
