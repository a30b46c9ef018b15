// Time in Waymark is whole civil days in Europe/London, written YYYY-MM-DD; arithmetic never touches a clock or a zone.
import { z } from 'zod';

const MS_PER_DAY = 86_400_000;
const WRITTEN_DAY = /^\d{4}-\d{2}-\d{2}$/;

const daysInMonth = (year: number, month: number): number =>
  month === 2
    ? isLeap(year)
      ? 29
      : 28
    : month === 4 || month === 6 || month === 9 || month === 11
      ? 30
      : 31;

const isLeap = (year: number): boolean => (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0;

const [DASH, ZERO] = [45, 48];
/** From 1 March of the year 0 to 1 January 1970, and one more: days of a month count from 1. */
const DAYS_TO_1970 = 719_469;
/** Far below every number that two digits add to. */
const NONE = -1_000_000;

/** The number that two digits at a place make; `NONE` when they are none. */
function pairAt(text: string, at: number): number {
  const tens = text.charCodeAt(at) - ZERO;
  const ones = text.charCodeAt(at + 1) - ZERO;
  return tens >= 0 && tens <= 9 && ones >= 0 && ones <= 9 ? tens * 10 + ones : NONE;
}

/** Whether the text is a day of the calendar, written YYYY-MM-DD. Read by digit: returns are full of days. */
export function isDay(date: string): boolean {
  if (date.length !== 10 || date.charCodeAt(4) !== DASH || date.charCodeAt(7) !== DASH) return false;
  const year = pairAt(date, 0) * 100 + pairAt(date, 2);
  const month = pairAt(date, 5);
  const day = pairAt(date, 8);
  return year >= 0 && month >= 1 && month <= 12 && day >= 1 && day <= daysInMonth(year, month);
}

/** Days since 1970-01-01, or NaN when the text is not a real day. */
export function dayNumber(date: string): number {
  if (!isDay(date)) return Number.NaN;
  const month = pairAt(date, 5);
  // Years from March: the leap day is then their last, and months before it are as long in every year.
  const year = pairAt(date, 0) * 100 + pairAt(date, 2) - (month < 3 ? 1 : 0);
  const sinceMarch = Math.floor((153 * ((month + 9) % 12) + 2) / 5);
  const leapDays = Math.floor(year / 4) - Math.floor(year / 100) + Math.floor(year / 400);
  return 365 * year + leapDays + sinceMarch + pairAt(date, 8) - DAYS_TO_1970;
}

/** The day `days` after 1970-01-01, as YYYY-MM-DD; an empty string when out of range. */
export function civilDate(days: number): string {
  const at = new Date(days * MS_PER_DAY);
  return Number.isNaN(at.getTime()) ? '' : at.toISOString().slice(0, 10);
}

export function addDays(date: string, days: number): string {
  return civilDate(dayNumber(date) + days);
}

/**
 * `date` plus whole calendar months, clamped to the month's end: 2025-08-31 + 6 = 2026-02-28.
 * The rule of lubridate's `%m+%`, which Foundations' own trial code uses.
 */
export function addMonths(date: string, months: number): string {
  const [year = 0, month = 1, day = 1] = date.split('-').map(Number);
  const total = year * 12 + (month - 1) + months;
  const toYear = Math.floor(total / 12);
  const toMonth = (total % 12) + 1;
  const toDay = Math.min(day, daysInMonth(toYear, toMonth));
  return `${String(toYear).padStart(4, '0')}-${String(toMonth).padStart(2, '0')}-${String(toDay).padStart(2, '0')}`;
}

/** The least number of days that so many calendar months can have, from whatever day: 28 for one, 89 for three. */
export function fewestDaysIn(months: number): number {
  const fourYears = Array.from({ length: 1461 }, (_, at) => addDays('2001-01-01', at));
  return Math.min(...fourYears.map((day) => dayNumber(addMonths(day, months)) - dayNumber(day)));
}

/** The month of a date, as YYYY-MM. */
export const monthOf = (date: string): string => date.slice(0, 7);

/** The last day of a month given as YYYY-MM. */
export function lastDayOf(month: string): string {
  const [year = 0, monthNumber = 1] = month.split('-').map(Number);
  return `${month}-${String(daysInMonth(year, monthNumber)).padStart(2, '0')}`;
}

const inLondon = new Intl.DateTimeFormat('en-CA', { timeZone: 'Europe/London' });

/** The Europe/London day on which an instant fell. */
export function londonDay(instant: Date): string {
  return inLondon.format(instant);
}

/** Days outside these bounds are mistakes of entry (1899, 2199), never events of a child followed today. */
export const EARLIEST_DAY = '1980-01-01';
export const LATEST_DAY = '2100-12-31';

export const CivilDate = z
  .string()
  .regex(WRITTEN_DAY, 'must be a date written YYYY-MM-DD')
  .refine(isDay, 'is not a day of the calendar')
  .refine(
    (text) => text >= EARLIEST_DAY && text <= LATEST_DAY,
    `must lie between ${EARLIEST_DAY} and ${LATEST_DAY}`,
  )
  .meta({ format: 'date' });

export const CivilMonth = z
  .string()
  .regex(/^(19[89]\d|20\d\d)-(0[1-9]|1[0-2])$/, 'must be a month written YYYY-MM, from 1980 on');

/** An instant with its offset, as RFC 3339. */
export const Instant = z.iso.datetime({ offset: true });
