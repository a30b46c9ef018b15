// The kind of record in which each event is written.
import type { OutcomeDefinition, OutcomeEvent } from '../../schemas/outcome.ts';
import type { RecordKind } from '../../schemas/records.ts';

const kinds: Record<OutcomeEvent['record'], RecordKind> = {
  referral: 'referral',
  'cp-plan': 'cp-plan',
  'cp-plan-start': 'cp-plan',
  'care-period': 'care-episode',
  'care-period-end': 'care-episode',
  'index-closure': 'referral',
  'court-application': 'pre-proceedings',
  assessment: 'assessment',
};

/** A gap in the feed of this kind ends observation: the event may be in it. */
export const eventKind = ({ event }: OutcomeDefinition): RecordKind => kinds[event.record];
