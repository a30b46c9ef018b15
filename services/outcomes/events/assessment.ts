// The assessment whose duration is asked: the first that starts on or after a day.
import { dayNumber } from '../../../schemas/calendar.ts';
import { type Candidate, isIndex, type RecordRef, refTo, sameRecord, type Unfit } from '../candidate.ts';
import type { LiveRecord } from '../live-records.ts';
import type { Participant } from '../participant.ts';

type Assessment = LiveRecord<'assessment'>;

const assessmentRef = refTo('assessment');

const NEVER = '9999-12-31';

function earlier(a: Assessment, b: Assessment): number {
  const keys = ({ child, recordId, state: { started, authorised = NEVER } }: Assessment) =>
    `${started} ${authorised} ${recordId} ${child}`;
  return keys(a) < keys(b) ? -1 : 1;
}

/**
 * Each assessment on the day it was completed. The first that starts on `from` or later is asked for; of those that start
 * on one day, the one completed first (ours). None is it while that one is not completed, or where it says to have been
 * completed before it started (ours).
 */
export function completions({ records, index }: Participant, from: string): Candidate[] {
  const isAsked = (one: Assessment) => !isIndex(index, 'assessment', one) && one.state.started >= from;
  const [first] = records.assessment.filter(isAsked).sort(earlier);
  const unfit = (one: Assessment): Unfit | null => {
    const { started, authorised } = one.state;
    if (isIndex(index, 'assessment', one)) return 'index-itself';
    if (one !== first) return started < from ? 'started-too-early' : 'later-assessment';
    if (authorised === undefined) return 'not-completed';
    return authorised < started ? 'completed-before-its-start' : null;
  };
  return records.assessment.map((one) => ({
    ...assessmentRef(one),
    day: one.state.authorised ?? null,
    unfit: unfit(one),
    rests: [],
  }));
}

/** Whole days from its start to its completion. */
export function durationOf({ records }: Participant, asked: RecordRef): number | null {
  const state = records.assessment.find((one) => sameRecord(assessmentRef(one), asked))?.state;
  return state?.authorised ? dayNumber(state.authorised) - dayNumber(state.started) : null;
}
