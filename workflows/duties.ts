// What the store owes every morning: destructions whose day has come, and erasures that were ordered and not carried out,
// such as one whose command was cut off. A Temporal schedule starts this.
import { WorkflowExecutionAlreadyStartedError } from '@temporalio/common';
import { ParentClosePolicy, proxyActivities, startChild } from '@temporalio/workflow';
import type { ErasureActivities } from '../services/erasure/activities.ts';
import { erasure } from './erasure.ts';
import { erasureId } from './messages.ts';

const { dueErasures } = proxyActivities<ErasureActivities>({
  startToCloseTimeout: '5 minutes',
  retry: { initialInterval: '1 second', backoffCoefficient: 2, maximumInterval: '5 minutes' },
});

/** @returns the erasures that were still to be carried out */
export async function duties(): Promise<number> {
  const due = await dueErasures();
  for (const id of due) {
    try {
      await startChild(erasure, {
        workflowId: erasureId(id),
        args: [id],
        parentClosePolicy: ParentClosePolicy.ABANDON,
      });
    } catch (error) {
      // Being carried out already.
      if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
    }
  }
  return due.length;
}
