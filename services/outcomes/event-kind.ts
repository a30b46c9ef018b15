// The kind of record in which each event is written.
import type { OutcomeDefinition, OutcomeEvent } from '../../schemas/outcome.ts';
import type { IndexKind } from '../../schemas/protocol/population.ts';
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

const indexKinds: Partial<Record<OutcomeEvent['record'], IndexKind>> = {
  referral: 'referral',
  'cp-plan': 'cp-plan',
  'cp-plan-start': 'cp-plan',
  'care-period': 'care-period',
  assessment: 'assessment',
};

/**
 * The kind of index that could be taken for this event, and is not: an index is never the event it is the index of. Being in
 * care, and the end of what the index began, are no such events.
 */
export const indexTakenFor = ({ event, measure = 'first-event' }: OutcomeDefinition): IndexKind | null =>
  measure === 'first-event' || measure === 'duration' ? (indexKinds[event.record] ?? null) : null;
