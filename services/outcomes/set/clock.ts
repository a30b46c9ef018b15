// SQL of the day from which time is counted for a participant `p`; null where the clock has not started.
import type { Clock } from '../../../schemas/outcome.ts';
import { CARE_PERIOD, kindNumber } from '../kinds.ts';
import { endsFor, isIndexRecord, isOneOf, startSeen } from './sql.ts';

export function startSql(clock: Clock): string {
  if (clock.from === 'index') return 'p.index_day';
  const within = `between p.index_day and (p.index_day + interval '${clock.withinMonths} months')::date`;
  const first = (day: string, where: string) => `(select min(o.${day}) from waymark.occurrence o
      where o.child_key = p.child_key and not o.purged and o.${day} ${within} and ${where})`;
  switch (clock.from) {
    case 'index-closure':
      return first(
        'ends',
        `o.kind = ${kindNumber.referral} and ${isIndexRecord}
        and not ${isOneOf('referral', 'closureReason', clock.exceptReasons)}`,
      );
    case 'care-start':
      return first('starts', `o.kind = ${CARE_PERIOD} and ${startSeen}`);
    case 'care-end':
      return first('ends', `o.kind = ${CARE_PERIOD} and not ${endsFor(clock.exceptReasons)}`);
  }
}
