// The primary outcome council by council: who is out of line, before anything is pooled.
import type { CouncilResult } from '../../../schemas/analysis.ts';
import type { Arm } from '../../../schemas/protocol.ts';
import { groupBy } from '../../disclosure/group.ts';
import type { Analysed } from './participant.ts';

const ARMS: readonly Arm[] = ['trial', 'comparison'];

/** Participants whose outcome is known and their events, by arm. */
export const eventsByArm = (analysed: readonly Analysed[]): CouncilResult['arms'] =>
  ARMS.map((arm) => {
    const own = analysed.filter(({ participant }) => participant.arm === arm);
    return { arm, n: own.length, events: own.filter(({ event }) => event === 1).length };
  });

/** Only arms that the council has participants in. */
export function councilResults(councils: readonly string[], analysed: readonly Analysed[]): CouncilResult[] {
  const byCouncil = groupBy(analysed, ({ participant }) => participant.council);
  return [...councils].sort().flatMap((council) => {
    const own = byCouncil.get(council);
    return own ? [{ council, arms: eventsByArm(own).filter(({ n }) => n > 0) }] : [];
  });
}
