// How a council writes down what happened: when each state is entered, and what goes wrong on the way. Every fault is planted
// here and labelled, so that a summary can count it; what is finally known equals the clean history.
import type { RecordKind, RecordState } from '../../schemas/records.ts';
import { type Day, text } from './days.ts';
import type { Defects } from './plan.ts';
import type { Random } from './random.ts';
import type { KeptRecord, Version } from './records.ts';
import type { CouncilProfile } from './world.ts';

/** Seconds since 1970-01-01. */
export type Second = number;
export const DAY_SECONDS = 86_400;
export const dayOfSecond = (at: Second): Day => Math.floor(at / DAY_SECONDS);

/** Days. Nothing is entered later than this after it happened. */
export const LONGEST_DELAY = 230;

export interface Statement {
  recordedAt: Second;
  /** Null is a purge. */
  state: RecordState | null;
  /** The day of the fact stated; of a correction or a purge, the day it was recorded. */
  on: Day;
  nature: 'fact' | 'correction' | 'purge';
}

export interface StatedRecord {
  kind: RecordKind;
  localId: string;
  statements: Statement[];
}

/** How one council records: its habits, the faults planned, and the last day on which anything can still be sent. */
export interface Habits {
  council: CouncilProfile;
  defects: Defects;
  feedFrom: Day;
  lastDelivery: Day;
}

/** What the council's system will have said about the record, in the order it was entered. */
export function record(kept: KeptRecord, habits: Habits, random: Random): StatedRecord {
  const statements: Statement[] = [];
  for (const version of kept.versions) {
    if (version.on > habits.lastDelivery) break;
    const recordedAt = entryTime(version, habits, random);
    // A clerk who is late with the first state and has the second before them enters the record once, as it now stands.
    while (statements.length > 0 && (statements.at(-1)?.recordedAt ?? 0) >= recordedAt) statements.pop();
    statements.push({ recordedAt, state: version.state, on: version.on, nature: 'fact' });
  }
  const stated = { kind: kept.kind, localId: kept.localId, statements };
  if (random.chance(habits.defects.corrected)) plantCorrection(stated, habits, random);
  return stated;
}

function entryTime(version: Version, { council, defects }: Habits, random: Random): Second {
  const lag = council.planned.reportingLagDays;
  const usual = Math.min(lag, Math.floor(random.exponential(0.7 * council.entryLag)));
  const late = random.chance(defects.late);
  const delay = late ? lag + 1 + Math.min(LONGEST_DELAY - 30, Math.floor(random.logNormal(16, 0.9))) : usual;
  return (version.on + delay) * DAY_SECONDS + 8 * 3600 + random.whole(0, 10 * 3600);
}

/** The record is first entered with a wrong field; some weeks later someone puts it right. */
function plantCorrection(stated: StatedRecord, { feedFrom, lastDelivery }: Habits, random: Random): void {
  const { statements, kind } = stated;
  const [first] = statements;
  if (!first || dayOfSecond(first.recordedAt) <= feedFrom) return;
  const recordedAt = first.recordedAt + 3600 + Math.floor(random.exponential(18 * DAY_SECONDS));
  if (dayOfSecond(recordedAt) > lastDelivery - 7) return;
  if (statements.some((one) => Math.abs(one.recordedAt - recordedAt) < 60)) return;
  const before = statements.filter((one) => one.recordedAt < recordedAt);
  const truth = before.at(-1)?.state ?? null;
  const slip = slipOf(kind, random);
  if (!slip || !truth) return;
  let changed = false;
  for (const one of before) {
    const wrong = one.state && slip(one.state);
    if (!wrong) continue;
    changed ||= JSON.stringify(wrong) !== JSON.stringify(one.state);
    one.state = wrong;
  }
  if (!changed) return;
  statements.splice(before.length, 0, {
    recordedAt,
    state: truth,
    on: dayOfSecond(recordedAt),
    nature: 'correction',
  });
}

type Slip = (state: RecordState) => RecordState;

/** A slip of the pen for one kind of record; null for kinds in which none is planted. */
function slipOf(kind: RecordKind, random: Random): Slip | null {
  const days = random.whole(1, 6);
  const u = random.next();
  const earlier = (date: string) => text(Date.parse(date) / (DAY_SECONDS * 1000) - days);
  const set =
    (field: string, value: unknown): Slip =>
    (state) =>
      ({ ...state, [field]: value }) as RecordState;
  const shift =
    (field: string): Slip =>
    (state) =>
      ({ ...state, [field]: earlier((state as Record<string, string>)[field] ?? '') }) as RecordState;
  switch (kind) {
    case 'referral':
      return u < 0.4 ? shift('date') : u < 0.7 ? set('primaryNeed', 'N0') : set('source', '10');
    case 'assessment':
      return shift('started');
    case 'cin-plan':
      return shift('started');
    case 'cp-plan':
      return u < 0.4
        ? set('previousPlans', 0)
        : u < 0.7
          ? set('heldForAnotherAuthority', true)
          : shift('started');
    case 'care-episode':
      return u < 0.5 ? set('legalStatus', 'V4') : set('placement', 'U1');
    case 'child':
      return u < 0.6 ? set('ethnicity', 'NOBT') : set('sex', 'U');
    default:
      return null;
  }
}

/** A record about the child that should never have been made: entered, and purged within weeks. Null when too near the end. */
export function enteredInError(index: Day, habits: Habits, random: Random, at: number): StatedRecord | null {
  const on = index + random.whole(1, 420);
  const recordedAt = on * DAY_SECONDS + 9 * 3600 + random.whole(0, 8 * 3600);
  const purgedAt = recordedAt + 3600 + Math.floor(random.exponential(12 * DAY_SECONDS));
  const phantom = phantomState(on, random);
  if (on <= habits.feedFrom || dayOfSecond(purgedAt) > habits.lastDelivery - 7) return null;
  return {
    kind: phantom.kind,
    localId: `entered-in-error-${at}`,
    statements: [
      { recordedAt, state: phantom.state, on, nature: 'fact' },
      { recordedAt: purgedAt, state: null, on: dayOfSecond(purgedAt), nature: 'purge' },
    ],
  };
}

function phantomState(on: Day, random: Random): { kind: RecordKind; state: RecordState } {
  const u = random.next();
  const started = text(on);
  if (u < 0.45)
    return {
      kind: 'referral',
      state: { date: started, source: '6', primaryNeed: 'N1', noFurtherAction: false },
    };
  if (u < 0.65) {
    const state = { started, initialCategory: 'NEG', latestCategory: 'NEG', previousPlans: 1 } as const;
    return { kind: 'cp-plan', state: { ...state, heldForAnotherAuthority: false } };
  }
  if (u < 0.85) {
    const state = { started, reasonStarted: 'S', legalStatus: 'V2', need: 'N1', placement: 'U6' } as const;
    return { kind: 'care-episode', state };
  }
  return { kind: 'assessment', state: { started } };
}
