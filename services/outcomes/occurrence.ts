// What an outcome can see of a record: when it starts and ends, and its packed codes.
import type { RecordKind, RecordState } from '../../schemas/records.ts';
import { packDetail } from './detail.ts';

export interface Occurrence {
  /** YYYY-MM-DD; null where the record has no such day. */
  starts: string | null;
  ends: string | null;
  detail: number;
}

type Days = {
  [K in RecordKind]: (state: RecordState<K>) => [starts: string | undefined, ends: string | undefined];
};

const days: Days = {
  child: () => [undefined, undefined],
  referral: (referral) => [referral.date, referral.closedOn],
  assessment: (assessment) => [assessment.started, assessment.authorised],
  'section-47': (enquiry) => [enquiry.started, enquiry.initialConference],
  'cin-plan': (plan) => [plan.started, plan.ended],
  'cp-plan': (plan) => [plan.started, plan.ended],
  'care-episode': (episode) => [episode.started, episode.ended],
  'early-help': (episode) => [episode.started, episode.ended],
  'family-meeting': (meeting) => [meeting.held ?? meeting.offered, undefined],
  'pre-proceedings': (stage) => [stage.letterSent, stage.courtApplication ?? stage.ended],
  'same-child': () => [undefined, undefined],
};

export function occurrenceOf<K extends RecordKind>(kind: K, state: RecordState<K>): Occurrence {
  const [starts, ends] = days[kind](state);
  return { starts: starts ?? null, ends: ends ?? null, detail: packDetail(kind, state) };
}
