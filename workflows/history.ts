// A run ends before its history holds 4,096 events: at rest from `limit` events on, in the middle of work from twice that.
import { workflowInfo } from '@temporalio/workflow';

/** Arguments for tests. Production leaves them out. */
export interface HistoryKnobs {
  /** Events of history from which a run continues as new when it next wakes. */
  historyLimit?: number;
}

const HISTORY_LIMIT = 2_000;

/** Whether this run should hand over to a new one when it next has something to do. */
export function historyFull(knobs: HistoryKnobs): boolean {
  const { historyLength, continueAsNewSuggested } = workflowInfo();
  return continueAsNewSuggested || historyLength >= (knobs.historyLimit ?? HISTORY_LIMIT);
}

/** Whether this run must hand over even though an activity is still at work: signals kept arriving meanwhile. */
export function historyOverfull(knobs: HistoryKnobs): boolean {
  return workflowInfo().historyLength >= 2 * (knobs.historyLimit ?? HISTORY_LIMIT);
}
