// Once a day every wave that is not finished is looked at, whatever was lost: a workflow that somebody ended by hand starts
// again, and what ripened unnoticed is frozen. A Temporal schedule starts this.
import { proxyActivities } from '@temporalio/workflow';
import type { Activities } from '../services/tracker/activities.ts';

const { lookAtUnfinished } = proxyActivities<Activities>({
  startToCloseTimeout: '30 minutes',
  heartbeatTimeout: '20 seconds',
  retry: { initialInterval: '1 second', backoffCoefficient: 2, maximumInterval: '5 minutes' },
});

/** @returns the cohorts told to look */
export async function sweep(): Promise<number> {
  return lookAtUnfinished();
}
