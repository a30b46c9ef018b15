// Participants are followed in waves: together with everybody whose index day falls in the same month, quarter or year.
import type { Protocol } from '../../schemas/protocol.ts';

const MONTHS = { month: 1, quarter: 3, year: 12 } as const;

/** The first day of the wave that an index day falls in. */
export function waveOf(day: string, waves: Protocol['waves']): string {
  const month = Number(day.slice(5, 7));
  const first = month - ((month - 1) % MONTHS[waves]);
  return `${day.slice(0, 5)}${String(first).padStart(2, '0')}-01`;
}
