// Which arm a child is in, as the protocol's method of allocation has it. A unit without an arm is not followed.
import { createHash } from 'node:crypto';
import { addDays } from '../../../schemas/calendar.ts';
import type { Exposure } from '../../../schemas/protocol/exposure.ts';
import type { Arm, Protocol } from '../../../schemas/protocol.ts';
import { type ChildRecords, recordsOf } from '../../outcomes/live-records.ts';
import { occurrenceOf } from '../../outcomes/occurrence.ts';
import type { Index } from '../../outcomes/participant.ts';
import type { Person } from '../../outcomes/persons.ts';

/** Arms of units by council and unit, made by a list: in order of allocation, units allocated at once in order of unit. */
export type ListedArms = ReadonlyMap<string, Arm>;

/** Councils that the allocation service drew: the first index day on which each is in the trial arm; null: it never is. */
export type DrawnCouncils = ReadonlyMap<string, string | null>;

/** What was given to units, of which the protocol says only how it is given. Both are empty where the protocol decides alone. */
export interface Allotted {
  arms: ListedArms;
  councils: DrawnCouncils;
}

export const NOTHING_ALLOTTED: Allotted = { arms: new Map(), councils: new Map() };

/** A list names units by pseudonym; its letter says what kind of thing it is and is not part of the name. */
export const listKey = (council: string, unit: string): string => `${council} ${unit.slice(1)}`;

/** The child's pseudonyms, each with the family last stated under it. */
export function familiesOf(
  { pseudonyms, newest }: Person,
  records: ChildRecords,
): [string, string | undefined][] {
  if (pseudonyms.length === 1) return pseudonyms.map((one) => [one, records.child[0]?.state.family]);
  return pseudonyms.map((one) => {
    const said = [...newest].filter(([, { subject }]) => subject === one);
    return [one, recordsOf(new Map(said)).child[0]?.state.family];
  });
}

/**
 * The pseudonym of what is allocated. A child whose family is not known is a family of one. A child that a list names under
 * several pseudonyms, or as of several families, is in the arm that was allocated first: intention to treat (ours). A team is
 * the one that the index referral names; null where it names none.
 */
export function unitOf(
  { unit, allocation }: Protocol,
  person: Person,
  records: ChildRecords,
  index: Index,
  listed: ListedArms,
): string | null {
  const { council, child, pseudonyms } = person;
  if (unit === 'council') return council;
  if (unit === 'team')
    return (
      records.referral.find((one) => one.recordId === index.recordId && one.child === index.child)?.state
        .team ?? null
    );
  const own = unit === 'family' ? (records.child[0]?.state.family ?? child) : child;
  const byList = allocation?.method === 'list' || allocation?.method === 'concealed';
  if (pseudonyms.length === 1 || !byList) return own;
  const units = familiesOf(person, records).map(([one, family]) =>
    unit === 'family' ? (family ?? one) : one,
  );
  const named = units.filter((one) => listed.has(listKey(council, one)));
  if (named.length < 2) return named[0] ?? own;
  const keys = new Map(named.map((one) => [listKey(council, one), one]));
  for (const key of listed.keys()) if (keys.has(key)) return keys.get(key) ?? own;
  return own;
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
export function isOffered(
  { record, withinDays }: Omit<Extract<Exposure, { by: 'offered' }>, 'by'>,
  { index, records }: Pick<Entrant, 'index' | 'records'>,
): boolean {
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

/** Null for a council that was not drawn yet. */
function drawnArm(trialFrom: string | null | undefined, { index }: Entrant): Arm | null {
  if (trialFrom === undefined) return null;
  return trialFrom !== null && index.day >= trialFrom ? 'trial' : 'comparison';
}

export function armOf(
  { allocation, exposure }: Protocol,
  entrant: Entrant,
  { arms, councils }: Allotted,
): Arm | null {
  if (exposure) return exposedArm(exposure, entrant);
  const { council, unit } = entrant;
  switch (allocation?.method) {
    case undefined:
      return null;
    case 'list':
    case 'concealed':
      return arms.get(listKey(council, unit)) ?? null;
    case 'by-council':
      return allocation.trial.includes(council) ? 'trial' : 'comparison';
    case 'constrained':
    case 'stepped-wedge':
      return drawnArm(councils.get(council), entrant);
    case 'seeded': {
      const hash = createHash('sha256')
        .update(`${allocation.seed}:${uuidOf(unit)}`)
        .digest();
      return hash.readUInt32BE(0) < Math.floor(allocation.trialShare * SHARES) ? 'trial' : 'comparison';
    }
  }
}
