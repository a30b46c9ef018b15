// SQL of what counts as an event, as aggregates over a participant `p` and the occurrences `o` of its child.
import type { OutcomeDefinition, OutcomeEvent } from '../../../schemas/outcome.ts';
import type { IndexKind } from '../../../schemas/protocol/population.ts';
import { packedField } from '../detail.ts';
import { indexTakenFor } from '../event-kind.ts';
import { CARE_PERIOD, kindNumber } from '../kinds.ts';
import type { Columns } from './columns.ts';
import { endsFor, isIndexRecord, isOneOf, isPeriod, ownPlan, startSeen } from './sql.ts';

/** Where the events of a record lie: its occurrences' kind, and which of their two days is the event's. */
const places: Record<OutcomeEvent['record'], { kind: number; day: 'starts' | 'ends' }> = {
  referral: { kind: kindNumber.referral, day: 'starts' },
  'cp-plan': { kind: kindNumber['cp-plan'], day: 'starts' },
  'cp-plan-start': { kind: kindNumber['cp-plan'], day: 'starts' },
  'care-period': { kind: CARE_PERIOD, day: 'starts' },
  'care-period-end': { kind: CARE_PERIOD, day: 'ends' },
  'index-closure': { kind: kindNumber.referral, day: 'ends' },
  'court-application': { kind: kindNumber['pre-proceedings'], day: 'ends' },
  assessment: { kind: kindNumber.assessment, day: 'ends' },
};

/** Is the occurrence `o` an event, whatever its day? */
function qualifies(event: OutcomeEvent): string {
  switch (event.record) {
    case 'referral':
      return all(
        !event.countNoFurtherAction && `not ${isOneOf('referral', 'noFurtherAction', [true])}`,
        event.primaryNeeds && isOneOf('referral', 'primaryNeed', event.primaryNeeds),
        event.sources && isOneOf('referral', 'source', event.sources),
      );
    case 'cp-plan':
      return all(ownPlan('o', event.countHeldForAnotherAuthority), isRepeat(event));
    case 'cp-plan-start':
      return all(
        ownPlan('o', event.countHeldForAnotherAuthority),
        event.initialCategories && isOneOf('cp-plan', 'initialCategory', event.initialCategories),
      );
    case 'care-period':
      return all(startSeen, event.legalStatuses && startsUnder(event.legalStatuses));
    case 'care-period-end':
      return endsFor(event.reasons);
    case 'index-closure':
      return all(isIndexRecord, `not ${isOneOf('referral', 'closureReason', event.exceptReasons)}`);
    case 'court-application':
      return isOneOf('pre-proceedings', 'courtApplication', [true]);
    case 'assessment':
      return 'true';
  }
}

const all = (...conditions: (string | false | undefined)[]): string =>
  conditions.filter((one) => one && one !== 'true').join(' and ') || 'true';

type RepeatPlanEvent = Extract<OutcomeEvent, { record: 'cp-plan' }>;

function isRepeat(event: RepeatPlanEvent): string {
  const previous = packedField('cp-plan', 'previousPlans', 'o.detail');
  const reported = `${previous.sql} > ${previous.numberOf(0)}`;
  const recent =
    event.earlierPlan === 'ever'
      ? ''
      : ` and (x.ends is null or (x.ends + interval '${event.earlierPlan.endedWithinMonths} months')::date >= o.starts)`;
  const inLedger = `exists (select from waymark.occurrence x where x.child_key = o.child_key
      and x.kind = ${kindNumber['cp-plan']} and not x.purged and x.starts < o.starts
      and ${ownPlan('x', event.countHeldForAnotherAuthority)}${recent})`;
  if (event.evidence === 'ledger') return inLedger;
  return event.evidence === 'reported' ? reported : `(${reported} or ${inLedger})`;
}

/** A period is stored under the record id of its first episode. */
const startsUnder = (statuses: readonly string[]): string =>
  `exists (select from waymark.occurrence x where x.child_key = o.child_key and x.kind = ${kindNumber['care-episode']}
      and x.record_id = o.record_id and x.stated_under = o.stated_under and ${isOneOf('care-episode', 'legalStatus', statuses, 'x')})`;

/** The first day that counts, for a participant `p`. */
export function firstDay({ indexDay, washoutDays }: OutcomeDefinition): string {
  const skipped = washoutDays === undefined ? (indexDay === 'counts' ? 0 : 1) : washoutDays + 1;
  return skipped === 0 ? 'p.start' : `p.start + ${skipped}`;
}

/** Days are stored with a number in 16 bits: 2100 is day 47,846 after 1970. */
const SHIFT = 100_000;
const NEVER = 99_999;

/** Of a measure that is not a number of days. */
export const NO_DAYS = 'null::integer';

/** Expressions, one level up, of what was found: the event's day, and its measure in days. */
export interface Found {
  day: string;
  days: string;
}

/**
 * Adds what an outcome asks of the occurrences to the columns of the scan.
 * @param index the kind of record that the participants' index is
 * @param last the last day that counts, of `p`
 * @param unaccompanied says of the child that it is an unaccompanied asylum seeker, one level up
 */
export function find(definition: OutcomeDefinition, index: IndexKind, last: string, columns: Columns): Found {
  // Record ids are unique within a kind only.
  const notTheIndex = indexTakenFor(definition) === index && `not (${isIndexRecord})`;
  const { event, measure = 'first-event' } = definition;
  const { kind, day } = places[event.record];
  const from = firstDay(definition);
  switch (measure) {
    case 'first-event': {
      const where = all(`o.kind = ${kind}`, `o.${day} >= ${from}`, notTheIndex, qualifies(event));
      return { day: columns.add(`min(o.${day}) filter (where ${where})`), days: NO_DAYS };
    }
    case 'state-at-horizon': {
      const inCare = `${isPeriod} and o.starts <= ${last} and (o.ends is null or o.ends > ${last})`;
      return { day: columns.add(`max(case when ${inCare} then ${last} end)`), days: NO_DAYS };
    }
    case 'days-in-window': {
      const begins = `greatest(o.starts, ${from})`;
      const days = `greatest(0, least(coalesce(o.ends, ${last} + 1), ${last} + 1) - ${begins})`;
      return {
        day: columns.add(
          `min(${begins}) filter (where ${isPeriod} and (o.ends is null or o.ends > ${begins}))`,
        ),
        days: columns.add(`sum(${days}) filter (where ${isPeriod})`),
      };
    }
    case 'duration': {
      // The first by start, then by end, as one number of days from 1970-01-01: start and end, NEVER for no end.
      const number = (column: string) => `(${column} - date '1970-01-01')`;
      const key = `${number('o.starts')}::bigint * ${SHIFT} + coalesce(${number('o.ends')}, ${NEVER})`;
      const where = all(`o.kind = ${kind}`, `o.starts >= ${from}`, notTheIndex);
      const first = columns.add(`min(${key}) filter (where ${where})`);
      const [starts, completed] = [`(${first} / ${SHIFT})::integer`, `(${first} % ${SHIFT})::integer`];
      const whole = `case when ${completed} < ${NEVER} and ${completed} >= ${starts} then`;
      return {
        day: `${whole} date '1970-01-01' + ${completed} end`,
        days: `${whole} ${completed} - ${starts} end`,
      };
    }
  }
}
