// What the workflows of one evaluation are found by, in Temporal's own pages and by `waymark evaluation status`.
import { defineSearchAttributeKey, type SearchAttributePair } from '@temporalio/common';
import type { FeedRef, MilestoneRef } from '../services/tracker/store.ts';

/** The names, as a Temporal namespace must know them before a workflow may carry them. */
export const searchAttributeKeys = {
  evaluation: defineSearchAttributeKey('WaymarkEvaluation', 'KEYWORD'),
  /** First day of the wave, YYYY-MM-DD. */
  wave: defineSearchAttributeKey('WaymarkWave', 'KEYWORD'),
  /** Months from the index day. */
  horizon: defineSearchAttributeKey('WaymarkHorizon', 'INT'),
  /** ONS code. */
  council: defineSearchAttributeKey('WaymarkCouncil', 'KEYWORD'),
} as const;

/** What a workflow is about, as search attributes. */
export function searchAttributesOf(of: Partial<MilestoneRef & FeedRef>): SearchAttributePair[] {
  const pairs: SearchAttributePair[] = [];
  const { evaluation, wave, horizon, council } = searchAttributeKeys;
  if (of.evaluation !== undefined) pairs.push({ key: evaluation, value: of.evaluation });
  if (of.wave !== undefined) pairs.push({ key: wave, value: of.wave });
  if (of.horizon !== undefined) pairs.push({ key: horizon, value: of.horizon });
  if (of.council !== undefined) pairs.push({ key: council, value: of.council });
  return pairs;
}
