// Who takes part, made again: by the records and the allocation alone, and once participants are kept, by how each was
// enrolled too. The reference engine judges; the store's screen (screen.ts, duplicates.ts) must have come to the same.
import type { Arm } from '../../../schemas/protocol.ts';
import type { Index } from '../../outcomes/participant.ts';
import type { Person } from '../../outcomes/persons.ts';
import type { Transaction } from '../../platform/database.ts';
import { allottedAsOf, optedOutOf } from '../as-of/known-as-of.ts';
import type { Allotted, OptedOut } from '../evaluate/allocation.ts';
import { type Judged, judge } from '../evaluate/evaluate.ts';
import type { Evaluation } from '../evaluation.ts';
import { keepsParticipants } from '../screen.ts';

/** Later than anything that was ever stored. */
export const NOW = new Date('9999-01-01T00:00:00Z');

/** What decides who takes part, besides the records. */
export interface Deciding {
  evaluation: Evaluation;
  keeps: boolean;
  allotted: Allotted;
  optedOut: OptedOut;
  /** The store's number of a council, which is what is allocated where councils are. */
  councils: ReadonlyMap<string, number>;
}

export async function decidingOf(tx: Transaction, evaluation: Evaluation): Promise<Deciding> {
  const councils = await tx<
    { code: string; council_id: number }[]
  >`select code, council_id from waymark.council`;
  return {
    evaluation,
    keeps: keepsParticipants(evaluation),
    allotted: await allottedAsOf(tx, evaluation, NOW),
    optedOut: await optedOutOf(tx, evaluation),
    councils: new Map(councils.map(({ code, council_id }) => [code, council_id])),
  };
}

/** A participant as it is or was enrolled. */
export interface Enrolled {
  key: number;
  index: Index;
  /** As the store names it: 32 hexadecimal digits. */
  unit: string;
  arm: Arm;
  allocatedAt: string | null;
}

/** Who of a person takes part, why not, and who is a duplicate of whom. */
export interface Expected {
  judged: Judged;
  followed: (Omit<Enrolled, 'allocatedAt' | 'key'> & { key: number | null; flag: string | null }) | null;
  duplicates: { of: number; entry: Enrolled }[];
  /** Any of these may have been given. */
  reasons: (string | null)[];
}

const inOrder = (a: Enrolled, b: Enrolled): number => {
  const keys = ({ allocatedAt, index, key }: Enrolled) =>
    [allocatedAt ?? '9999', index.day, index.child, String(key).padStart(10, '0')].join(' ');
  return keys(a) < keys(b) ? -1 : 1;
};

function flagOf(entry: Enrolled, judged: Judged): string | null {
  if (judged.reason === 'no-index') return 'index-gone';
  if (judged.reason !== null) return 'no-longer-eligible';
  const { index, arm } = judged;
  const { day, recordId, child } = entry.index;
  if (index.day !== day || index.recordId !== recordId || index.child !== child) return 'index-corrected';
  return arm === entry.arm ? null : 'arm-changed';
}

/** @param enrolled of any of the person's pseudonyms, those put by as duplicates too; read only where participants are kept */
export function expectedOf(
  { evaluation: { protocol }, keeps, allotted, optedOut, councils }: Deciding,
  person: Person,
  enrolled: readonly Enrolled[],
): Expected {
  const judged = judge(protocol, person, allotted, optedOut);
  const council = (councils.get(person.council) ?? 0).toString(16).padStart(32, '0');
  const unit = protocol.unit === 'council' ? council : (judged.unit ?? '').slice(1);
  const byRecords: Expected = {
    judged,
    followed:
      judged.reason === null ? { key: null, index: judged.index, unit, arm: judged.arm, flag: null } : null,
    duplicates: [],
    reasons: [judged.reason],
  };
  if (!keeps) return byRecords;
  // One that opted out after it was enrolled left for that reason, whatever its records say; how it was enrolled is gone.
  if (judged.optedOut) return { ...byRecords, reasons: ['opted-out', judged.reason] };
  const [first, ...others] = [...enrolled].sort(inOrder);
  if (first === undefined) return byRecords;
  return {
    judged,
    followed: { ...first, flag: flagOf(first, judged) },
    duplicates: others.map((entry) => ({ of: first.key, entry })),
    reasons: [null],
  };
}
