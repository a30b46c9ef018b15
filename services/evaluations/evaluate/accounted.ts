// What went in is what is accounted for: every line once, and every statement about a record once.
import { isPurge } from '../../../schemas/case-event.ts';
import type { Knowledge, RefusedFor } from './known.ts';

/** lines = events + duplicates + refused. */
export interface Accounted {
  /** Lines that say anything: blank ones are not among them. */
  lines: number;
  /** Statements that were understood and met for the first time, whether they were used or not. */
  events: number;
  duplicates: number;
  refused: number;
  /** refused = the sum over the reasons. */
  refusedFor: RefusedFor[];
  /** events = used + otherCouncils + afterAsOf. */
  used: number;
  otherCouncils: number;
  afterAsOf: number;
}

/** Records of the children of the protocol's councils. */
export interface RecordAccount {
  known: number;
  standing: number;
  /** Withdrawn by their newest statement. */
  purged: number;
  /** Statements that are not the newest about their record. */
  overtaken: number;
}

export function accountOf(known: Knowledge): { accounted: Accounted; records: RecordAccount } {
  const { lines, blank, refused, duplicates, statements, caseEvents, otherCouncils, afterAsOf } = known.taken;
  const used = statements + caseEvents;
  const heads = known.children().flatMap(({ newest }) => [...newest.values()]);
  const purged = heads.filter(isPurge).length;
  return {
    accounted: {
      lines: lines - blank,
      events: used + otherCouncils + afterAsOf,
      duplicates,
      refused,
      refusedFor: known.refusedFor,
      used,
      otherCouncils,
      afterAsOf,
    },
    records: {
      known: heads.length,
      standing: heads.length - purged,
      purged,
      overtaken: caseEvents - heads.length,
    },
  };
}
