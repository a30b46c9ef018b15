// The small numbers under which record kinds are stored. Numbers are never reused or changed.
import type { RecordKind } from '../../schemas/records.ts';

export const kindNumber: Readonly<Record<RecordKind, number>> = {
  child: 1,
  referral: 2,
  assessment: 3,
  'section-47': 4,
  'cin-plan': 5,
  'cp-plan': 6,
  'care-episode': 7,
  'early-help': 8,
  'family-meeting': 9,
  'pre-proceedings': 10,
  'same-child': 11,
};

/** A period of care: derived from a child's care episodes, never sent. */
export const CARE_PERIOD = 100;

const byNumber = new Map(Object.entries(kindNumber).map(([kind, number]) => [number, kind as RecordKind]));
export const kindNamed = (number: number): RecordKind | undefined => byNumber.get(number);
