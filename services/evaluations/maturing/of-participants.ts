// The maturity ledger of participants held in memory, as the reference engine makes them. A file says nothing of how often a
// council speaks, so a feed is unknown here only where its council never said how far it is complete.
import type { OutcomeDefinition, ParticipantOutcome } from '../../../schemas/outcome.ts';
import type { Protocol } from '../../../schemas/protocol.ts';
import type { RecordKind } from '../../../schemas/records.ts';
import { waveOf } from '../waves.ts';
import { columnOf, dueOn, inLedgerOrder, type MaturityRow, noStates, throughOf } from './row.ts';

interface Maturing {
  council: string;
  index: { day: string };
  /** In the order of the protocol's outcomes, and of its horizons. */
  outcomes: readonly { state: ParticipantOutcome['state']; matured: boolean }[];
}

type FeedOf = (council: string) => { completeThrough: ReadonlyMap<RecordKind, string> };

/** Participants of one council and wave. */
interface Group {
  council: string;
  wave: string;
  members: Maturing[];
}

function rowOf(
  definition: OutcomeDefinition,
  horizon: number,
  at: number,
  { council, wave, members }: Group,
  feedOf: FeedOf,
): MaturityRow {
  const completeThrough = throughOf(definition, feedOf(council).completeThrough);
  const states = { matured: noStates(), pending: { ...noStates(), notComputed: 0 } };
  let matured = 0;
  for (const { outcomes } of members) {
    const one = outcomes[at];
    if (!one) throw new Error(`a participant of ${council} has no outcome ${at}`);
    if (one.matured) matured += 1;
    if (one.matured || completeThrough !== null)
      states[one.matured ? 'matured' : 'pending'][columnOf[one.state]] += 1;
  }
  const open = members.length - matured;
  const lastIndexDay =
    members
      .map(({ index }) => index.day)
      .sort()
      .at(-1) ?? '';
  return {
    outcome: definition.id,
    horizon,
    wave,
    council,
    participants: members.length,
    dueOn: dueOn(definition, lastIndexDay, horizon),
    completeThrough,
    matured,
    pending: completeThrough === null ? 0 : open,
    unknown: completeThrough === null ? open : 0,
    states,
  };
}

export function maturityOf(
  { outcomes, horizons, waves }: Protocol,
  participants: readonly Maturing[],
  feedOf: FeedOf,
): MaturityRow[] {
  const groups = new Map<string, Group>();
  for (const one of participants) {
    const wave = waveOf(one.index.day, waves);
    const key = `${wave} ${one.council}`;
    const group = groups.get(key) ?? { council: one.council, wave, members: [] };
    groups.set(key, group);
    group.members.push(one);
  }
  return outcomes
    .flatMap((definition, o) =>
      horizons.flatMap((horizon, h) =>
        [...groups.values()].map((group) =>
          rowOf(definition, horizon, o * horizons.length + h, group, feedOf),
        ),
      ),
    )
    .sort(inLedgerOrder(outcomes));
}
