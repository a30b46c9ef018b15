// When a return was made is read from its header, the same instant each time, so that reading it twice states nothing new.
import { londonDay } from '../../schemas/calendar.ts';

const INSTANT = /^(\d{4}-\d{2}-\d{2})T(\d{2}:\d{2})(?::(\d{2})(?:\.\d+)?)?(Z|[+-]\d{2}:\d{2})?$/;
const MS_PER_HOUR = 3_600_000;

const clockOf = (instant: Date): string =>
  new Intl.DateTimeFormat('en-GB', { timeZone: 'Europe/London', hour: '2-digit', minute: '2-digit' }).format(
    instant,
  );

/** The instant of a header's DateTime; without an offset it is London's clock. Undefined when it is no time. */
export function instantOf(text: string): Date | undefined {
  const found = INSTANT.exec(text.trim());
  if (!found) return undefined;
  const [, day = '', minutes = '', seconds = '00', offset] = found;
  const asUtc = new Date(`${day}T${minutes}:${seconds}${offset ?? 'Z'}`);
  if (Number.isNaN(asUtc.getTime())) return undefined;
  if (offset) return asUtc;
  const summer = new Date(asUtc.getTime() - MS_PER_HOUR);
  return londonDay(summer) === day && clockOf(summer) === minutes ? summer : asUtc;
}

/** Noon of the reference date: the moment given to a return that does not say when it was made. */
export const noonOf = (referenceDate: string): Date => new Date(`${referenceDate}T12:00:00Z`);
