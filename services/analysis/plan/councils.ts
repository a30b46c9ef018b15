// The primary outcome council by council: who is out of line, before anything is pooled.
import type { CouncilResult } from '../../../schemas/analysis.ts';
import type { Arm } from '../../../schemas/protocol.ts';
import type { Columns } from './columns.ts';
import { type Analysed, placesBy, someOf } from './participant.ts';

const ARMS: readonly Arm[] = ['trial', 'comparison'];

/** Participants whose outcome is known and their events, by arm. */
export const eventsByArm = ({ arm: arms }: Columns, { rows, events }: Analysed): CouncilResult['arms'] =>
  ARMS.map((arm) => {
    const code = arms.levels.indexOf(arm);
    let [n, happened] = [0, 0];
    for (let at = 0; at < rows.length; at++) {
      if (code < 0 || arms.codes[rows[at] ?? -1] !== code) continue;
      n += 1;
      happened += events[at] ?? 0;
    }
    return { arm, n, events: happened };
  });

/** Those analysed, by council; councils without any are left out. */
export const byCouncil = (everybody: Columns, analysed: Analysed): Map<string, Analysed> => {
  const { codes, levels } = everybody.council;
  const places = placesBy(analysed, codes, levels.length);
  return new Map(
    levels.flatMap((council, code) => {
      const own = places[code];
      return own && own.length > 0 ? [[council, someOf(analysed, own)] as const] : [];
    }),
  );
};

/** Only arms that the council has participants in. */
export function councilResults(
  councils: readonly string[],
  everybody: Columns,
  analysed: Analysed,
): CouncilResult[] {
  const those = byCouncil(everybody, analysed);
  return [...councils].sort().flatMap((council) => {
    const own = those.get(council);
    return own ? [{ council, arms: eventsByArm(everybody, own).filter(({ n }) => n > 0) }] : [];
  });
}
