// Which arm a child is in, as the protocol's method of allocation has it. A unit without an arm is not followed.
import { createHash } from 'node:crypto';
import { addDays } from '../../../schemas/calendar.ts';
import type { Exposure } from '../../../schemas/protocol/exposure.ts';
import type { Arm, Protocol } from '../../../schemas/protocol.ts';
import type { ChildRecords } from '../../outcomes/live-records.ts';
import { occurrenceOf } from '../../outcomes/occurrence.ts';
import type { Index } from '../../outcomes/participant.ts';
import { UserError } from '../../platform/errors.ts';

/** Arms of units by council and unit, made by a list. */
export type ListedArms = ReadonlyMap<string, Arm>;

/** A list names units by pseudonym; its letter says what kind of thing it is and is not part of the name. */
export const listKey = (council: string, unit: string): string => `${council} ${unit.slice(1)}`;

/** The pseudonym of what is allocated. A child whose family is not known is a family of one. */
export function unitOf(
  { unit }: Protocol,
  { council, child }: { council: string; child: string },
  records: ChildRecords,
): string {
  if (unit === 'council') return council;
  return unit === 'family' ? (records.child[0]?.state.family ?? child) : child;
}

/** The uuid form in which the store keeps a pseudonym, and so what a seeded allocation is computed from. */
const uuidOf = (pseudonym: string): string =>
  pseudonym.slice(1).replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');

const SHARES = 2 ** 32;

/** Units, by `listKey`, that do not want to be followed. */
export type OptedOut = ReadonlySet<string>;

interface Entrant {
  council: string;
  unit: string;
  index: Index;
  records: ChildRecords;
}

/** Whether a record of the kind, dated as an occurrence is, falls within so many days of the index day. */
function isOffered(exposure: Extract<Exposure, { by: 'offered' }>, { index, records }: Entrant): boolean {
  const { record, withinDays } = exposure;
  const last = addDays(index.day, withinDays);
  return records[record].some(({ state }) => {
    const { starts } = occurrenceOf(record, state as never);
    return starts !== null && starts >= index.day && starts <= last;
  });
}

function exposedArm(exposure: Exposure, entrant: Entrant): Arm {
  if (exposure.by === 'offered') return isOffered(exposure, entrant) ? 'trial' : 'comparison';
  const from = exposure.goLive.find(({ council }) => council === entrant.council)?.from;
  return from !== undefined && entrant.index.day >= from ? 'trial' : 'comparison';
}

export function armOf({ allocation, exposure }: Protocol, entrant: Entrant, listed: ListedArms): Arm | null {
  if (exposure) return exposedArm(exposure, entrant);
  const { council, unit } = entrant;
  switch (allocation?.method) {
    case undefined:
      return null;
    case 'list':
    case 'concealed':
      return listed.get(listKey(council, unit)) ?? null;
    case 'by-council':
      return allocation.trial.includes(council) ? 'trial' : 'comparison';
    case 'constrained':
    case 'stepped-wedge':
      throw new UserError(
        'councils-drawn',
        'Councils that the allocation service drew are evaluated by the store alone: their days are not read here yet.',
        { field: 'allocation.method' },
      );
    case 'seeded': {
      const hash = createHash('sha256')
        .update(`${allocation.seed}:${uuidOf(unit)}`)
        .digest();
      return hash.readUInt32BE(0) < Math.floor(allocation.trialShare * SHARES) ? 'trial' : 'comparison';
    }
  }
}
