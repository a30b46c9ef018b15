// Inside the simulator time is a whole number of days since 1970-01-01; text is made only where a record is written.
import { addMonths, civilDate, dayNumber } from '../../schemas/calendar.ts';

/** Days since 1970-01-01. */
export type Day = number;
/** Months since 1970-01. */
export type Month = number;

/** Texts already made, by day; the days of a simulation are few and asked for often. */
const texts: string[] = [];

/** YYYY-MM-DD. */
export function text(day: Day): string {
  const known = day >= 0 ? texts[day] : undefined;
  if (known !== undefined) return known;
  const made = civilDate(day);
  if (day >= 0 && day < 60_000) texts[day] = made;
  return made;
}

export const dayOf = (date: string): Day => dayNumber(date);

export function monthOfDay(day: Day): Month {
  const date = text(day);
  return (Number(date.slice(0, 4)) - 1970) * 12 + Number(date.slice(5, 7)) - 1;
}

export const firstOfMonth = (month: Month): Day => Date.UTC(1970, month, 1) / 86_400_000;

/** YYYY-MM. */
export const monthText = (month: Month): string => text(firstOfMonth(month)).slice(0, 7);

export const plusMonths = (day: Day, months: number): Day => dayNumber(addMonths(text(day), months));

/** 0 Sunday to 6 Saturday. */
export const weekday = (day: Day): number => (((day + 4) % 7) + 7) % 7;
