// Whom an outcome is worked out for: one child's records, its index, and what its council's feed lacks.
import type { IndexKind } from '../../schemas/protocol/population.ts';
import type { RecordKind } from '../../schemas/records.ts';
import type { ChildRecords } from './live-records.ts';

/** The record that brought a child into the study. Record ids are unique within a kind only. */
export interface Index {
  kind: IndexKind;
  /** The pseudonym it was stated under. */
  child: string;
  recordId: string;
  day: string;
}

/** Records of one kind dated `from` to `to` that the child's council will never send. */
export interface FeedGap {
  kind: RecordKind;
  from: string;
  to: string;
}

export interface Participant {
  records: ChildRecords;
  index: Index;
  /** Declared gaps of the feed of the child's council. */
  gaps: readonly FeedGap[];
}

/** A participant whose clock has started, on the day `start`. */
export interface Followed extends Participant {
  start: string;
}
