// An erasure, from its order to its certificate. What is erased is named by the order's number alone: no history of Temporal
// holds a pseudonym.
import { continueAsNew, proxyActivities } from '@temporalio/workflow';
import type { ErasureActivities } from '../services/erasure/activities.ts';
import { type HistoryKnobs, historyFull } from './history.ts';

const { eraseSome, redrawDrafts, lookAtErased, certifyErasure } = proxyActivities<ErasureActivities>({
  startToCloseTimeout: '1 hour',
  heartbeatTimeout: '20 seconds',
  retry: { initialInterval: '1 second', backoffCoefficient: 2, maximumInterval: '5 minutes' },
});

/** Workflow id: `erasure:<number>`. @returns the certificate's hash */
export async function erasure(id: number, knobs: HistoryKnobs = {}): Promise<string> {
  while ((await eraseSome(id)) > 0) {
    if (historyFull(knobs)) await continueAsNew<typeof erasure>(id, knobs);
  }
  await redrawDrafts(id);
  await lookAtErased(id);
  return certifyErasure(id);
}
