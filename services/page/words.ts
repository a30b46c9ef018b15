// Numbers, days and times as people in England write them.

const ZONE = 'Europe/London';
const longDay = new Intl.DateTimeFormat('en-GB', { dateStyle: 'long', timeZone: 'UTC' });
const shortDay = new Intl.DateTimeFormat('en-GB', {
  day: 'numeric',
  month: 'short',
  year: 'numeric',
  timeZone: 'UTC',
});
const monthYear = new Intl.DateTimeFormat('en-GB', { month: 'long', year: 'numeric', timeZone: 'UTC' });
const londonDay = new Intl.DateTimeFormat('en-GB', { dateStyle: 'long', timeZone: ZONE });
const londonTime = new Intl.DateTimeFormat('en-GB', {
  hour: 'numeric',
  minute: '2-digit',
  hourCycle: 'h12',
  timeZone: ZONE,
});
const wholeNumber = new Intl.NumberFormat('en-GB');
const isoDay = new Intl.DateTimeFormat('en-CA', { timeZone: ZONE });
const civil = (date: string) => new Date(`${date}T00:00:00Z`);

/** 2026-08-31 becomes 31 August 2026. */
export const day = (date: string): string => longDay.format(civil(date));

/** 2026-08-31 becomes 31 Aug 2026: for tables. */
export const dayInTable = (date: string): string => shortDay.format(civil(date)).replace('Sept', 'Sep');

/** 2026-08-31 becomes August 2026. */
export const month = (date: string): string => monthYear.format(civil(date));

/** The Europe/London day of an instant: 31 August 2026. */
export const dayOf = (instant: string): string => londonDay.format(new Date(instant));

const clockTime = (at: Date): string => londonTime.format(at).replace(/\s/g, '').toLowerCase();

/** An instant in Europe/London: 31 August 2026 at 10:04am. */
export const moment = (instant: string): string => `${dayOf(instant)} at ${clockTime(new Date(instant))}`;

/** 31 Aug 2026, 10:04am: for tables. */
export function momentInTable(instant: string): string {
  const at = new Date(instant);
  const civilDay = isoDay.format(at);
  return `${dayInTable(civilDay)}, ${clockTime(at)}`;
}

/** The Europe/London day of an instant as 31 Aug 2026. */
export const dayOfInTable = (instant: string): string => momentInTable(instant).split(',')[0] ?? '';

/** 12345 becomes 12,345. */
export const count = (value: number): string => wholeNumber.format(value);

/** A count and its noun: 1 council, 20 councils. */
export const counted = (value: number, one: string, many = `${one}s`): string =>
  `${count(value)} ${value === 1 ? one : many}`;

/** A probability as a percentage with one decimal: 0.1234 becomes 12.3%. */
export const percent = (probability: number): string => `${(100 * probability).toFixed(1)}%`;

/** A difference of probabilities with a real minus sign and no negative zero: -0.019 becomes −1.9. */
export function points(difference: number): string {
  const text = Math.abs(100 * difference).toFixed(1);
  if (text === '0.0') return '0.0';
  return `${difference < 0 ? '−' : '+'}${text}`;
}

export const months = (horizon: number): string => counted(horizon, 'month');

/** a, b and c. */
export const list = (items: readonly string[]): string =>
  items.length < 2 ? items.join('') : `${items.slice(0, -1).join(', ')} and ${items.at(-1)}`;

/** The first letter in upper case. */
export const sentence = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);
