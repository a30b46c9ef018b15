// SQL that counts states without a row for each of them: every outcome and horizon of a participant is judged in one row.
import { type Asked, stateNumber, stateSql } from './asked.ts';
import { NO_DAYS } from './events.ts';

/** Dates are added up as days since this one. */
const SINCE = "date '2000-01-01'";

interface Place {
  outcome: number;
  horizon: number;
  asked: Asked;
  /** The column of its state, and what the names of its sums begin with. */
  state: string;
}

const placesOf = (asked: ReadonlyMap<number, ReadonlyMap<number, Asked>>): Place[] =>
  [...asked].flatMap(([outcome, byHorizon]) =>
    [...byHorizon].map(([horizon, one]) => ({
      outcome,
      horizon,
      asked: one,
      state: `s_${outcome}_${horizon}`,
    })),
  );

/** The aggregates of a place, and the rows that they make. */
function counted({ outcome, horizon, asked, state }: Place): { sums: string[]; rows: string[] } {
  const { event, censored } = stateNumber;
  const within = (number: number) => `filter (where ${state} = ${number})`;
  const days = (day: string, number: number) => `coalesce(sum(${day} - ${SINCE}) ${within(number)}, 0)`;
  const sums = [
    `count(*) ${within(event)} as ${state}_events`,
    `${days(asked.event_day, event)} as ${state}_event_days`,
    `count(*) ${within(censored)} as ${state}_censored`,
    `${days(asked.last_day, censored)} as ${state}_censored_days`,
  ];
  const row = (number: number, n: string, sumOfDays = '0', value = '0') =>
    `(${outcome}, ${horizon}, ${number}, ${n}, ${sumOfDays}, ${value})`;
  let value = '0';
  if (asked.days !== NO_DAYS) {
    value = `${state}_value`;
    sums.push(`coalesce(sum(${asked.days}) ${within(event)}, 0) as ${value}`);
  }
  let others = `${state}_events - ${state}_censored`;
  const rows = [
    row(event, `${state}_events`, `${state}_event_days`, value),
    row(censored, `${state}_censored`, `${state}_censored_days`),
  ];
  if (asked.at_risk !== 'true') {
    const outside = stateNumber['not-at-risk'];
    sums.push(`count(*) ${within(outside)} as ${state}_outside`);
    rows.push(row(outside, `${state}_outside`));
    others += ` - ${state}_outside`;
  }
  rows.push(row(stateNumber['no-event'], `participants - ${others}`));
  return { sums, rows };
}

/** Over a relation of one row a participant. Gives outcome, horizon, state, n, days and value, all numbers; none where n is 0. */
export function countedSql(known: string, asked: ReadonlyMap<number, ReadonlyMap<number, Asked>>): string {
  const places = placesOf(asked);
  const parts = places.map(counted);
  return `
  select told.* from (
    select count(*) as participants,
      ${parts.flatMap(({ sums }) => sums).join(',\n      ')}
    from (
      select *,
        ${places.map(({ asked: one, state }) => `${stateSql(one)} as ${state}`).join(',\n        ')}
      from ${known} known
      offset 0) stated) sums
  cross join lateral (values
    ${parts.flatMap(({ rows }) => rows).join(',\n    ')}) as told(outcome, horizon, state, n, days, value)
  where n > 0`;
}
