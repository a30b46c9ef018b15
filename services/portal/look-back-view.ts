// Which days an address or a form asks to look back on. Whatever cannot be is told in words, with a way on.
import { addDays, isDay } from '../../schemas/calendar.ts';
import type { Days } from '../look-back/look-back.ts';
import { day as inWords } from '../page/words.ts';
import { PortalProblem } from './problem.ts';
import type { EvaluationSummary } from './store.ts';

/** The days that can be looked back on, YYYY-MM-DD; none while `first` is after `last`. */
export interface Range {
  first: string;
  last: string;
}

export const lookBackPath = (slug: string, days: Days | null = null): string =>
  `/evaluations/${slug}/look-back${days === null ? '' : `/${days.day}${days.until === null ? '' : `/${days.until}`}`}`;

/** @param today in London */
export const rangeOf = (first: string, today: string): Range => ({ first, last: addDays(today, -1) });

/** What stands in the three fields of a date. */
export interface TypedDate {
  day: string;
  month: string;
  year: string;
}

export type DateField = 'day' | 'until';

/** A field that is wrong, and which of its parts. */
export interface DateFault {
  field: DateField;
  parts: (keyof TypedDate)[];
  message: string;
}

const monthNames = [
  'january',
  'february',
  'march',
  'april',
  'may',
  'june',
  'july',
  'august',
  'september',
  'october',
  'november',
  'december',
];

/** A number, or a month’s name or its beginning. */
function monthNumber(text: string): number {
  if (/^\d{1,2}$/.test(text)) return Number(text);
  const found = text.length < 3 ? -1 : monthNames.findIndex((name) => name.startsWith(text.toLowerCase()));
  return found + 1;
}

const fieldNames = { day: 'The day to look back on', until: 'The later day' } as const;

/** The first thing wrong with a day, or null. */
function faultOf(day: string, field: DateField, { first, last }: Range): string | null {
  if (day > last) return `${fieldNames[field]} must be over: ${inWords(last)} or before`;
  if (day < first)
    return `${fieldNames[field]} must be ${inWords(first)} or after: the evaluation was not here before`;
  return null;
}

function read(
  typed: TypedDate,
  field: DateField,
  range: Range,
): { day: string | null; fault: DateFault | null } {
  const wrong = (message: string, parts: DateFault['parts'] = ['day', 'month', 'year']) => ({
    day: null,
    fault: { field, parts, message },
  });
  const parts = (['day', 'month', 'year'] as const).filter((part) => typed[part] === '');
  if (parts.length === 3) {
    return field === 'until' ? { day: null, fault: null } : wrong('Enter the day to look back on');
  }
  if (parts.length > 0) return wrong(`${fieldNames[field]} must include a ${parts.join(' and a ')}`, parts);
  const day = [
    typed.year,
    String(monthNumber(typed.month)).padStart(2, '0'),
    typed.day.padStart(2, '0'),
  ].join('-');
  if (!isDay(day)) return wrong(`${fieldNames[field]} must be a real date, such as 27 3 2026`);
  const fault = faultOf(day, field, range);
  return fault === null ? { day, fault: null } : wrong(fault);
}

const typedIn = (form: Record<string, unknown>, field: DateField): TypedDate => {
  const part = (name: keyof TypedDate) => {
    const value = form[`${field}-${name}`];
    return typeof value === 'string' ? value.trim().slice(0, 20) : '';
  };
  return { day: part('day'), month: part('month'), year: part('year') };
};

export const typedOf = (form: unknown): Record<DateField, TypedDate> => {
  const fields = (typeof form === 'object' && form !== null ? form : {}) as Record<string, unknown>;
  return { day: typedIn(fields, 'day'), until: typedIn(fields, 'until') };
};

/** The day as its three fields would have it. */
export const typedDay = (day: string): TypedDate => {
  const [year = '', month = '', date = ''] = day.split('-');
  return { day: String(Number(date)), month: String(Number(month)), year };
};

/** Reads the form. Either `faults` is empty or `days` is null. */
export function readForm(
  typed: Record<DateField, TypedDate>,
  range: Range,
): { days: Days | null; faults: DateFault[] } {
  const [day, until] = [read(typed.day, 'day', range), read(typed.until, 'until', range)];
  const faults = [day.fault, until.fault].flatMap((one) => one ?? []);
  if (faults.length === 0 && day.day !== null && until.day !== null && until.day <= day.day) {
    const message = 'The later day must be after the day to look back on';
    faults.push({ field: 'until', parts: ['day', 'month', 'year'], message });
  }
  if (faults.length > 0 || day.day === null) return { days: null, faults };
  return { days: { day: day.day, until: until.day }, faults: [] };
}

/** Reads the days of an address. @throws PortalProblem 404 `bad-day` with ways on */
export function readDays(
  summary: EvaluationSummary,
  params: { day: string; until?: string },
  range: Range,
): Days {
  const ways = [
    { text: 'Choose another day', href: lookBackPath(summary.slug) },
    { text: 'Figures as they are now', href: `/evaluations/${summary.slug}` },
  ];
  const { day, until = null } = params;
  const problem = (sentence: string) => new PortalProblem(404, 'bad-day', sentence, ways);
  for (const [field, text] of [['day', day] as const, ['until', until] as const]) {
    if (text === null) continue;
    if (!isDay(text))
      throw problem(
        `“${text.slice(0, 20)}” is no day of the calendar. A day is written like 2026-03-27 here.`,
      );
    const fault = faultOf(text, field, range);
    if (fault !== null) throw problem(`${fault}.`);
  }
  if (until !== null && until <= day)
    throw problem(
      `${inWords(until)} is not after ${inWords(day)}, so nothing can have changed since from one to the other.`,
    );
  return { day, until };
}
