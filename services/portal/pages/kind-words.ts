// What kinds of record are called in a sentence.
import type { RecordKind } from '../../../schemas/records.ts';

export const kindWords: Record<RecordKind, string> = {
  child: 'facts about the child',
  referral: 'referrals',
  assessment: 'assessments',
  'section-47': 'section 47 enquiries',
  'cin-plan': 'child in need plans',
  'cp-plan': 'child protection plans',
  'care-episode': 'care episodes',
  'early-help': 'early help',
  'family-meeting': 'family meetings',
  'pre-proceedings': 'pre-proceedings',
  'same-child': 'pseudonyms that are one child',
};
