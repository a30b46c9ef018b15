// An evaluation's follow-up is begun anew: what runs of it in Temporal is ended, with the reason. Nothing is lost by it: the
// workflows hold no rows, frozen figures are the store's, and the next look starts what is due again.
import { type Client, WorkflowNotFoundError } from '@temporalio/client';
import { concurrently } from './concurrently.ts';

/**
 * Ends every cohort and milestone workflow of an evaluation that runs. May be repeated; what ended meanwhile is passed over.
 * @returns ids of the workflows ended, sorted
 */
export async function endFollowUp(client: Client, evaluation: string, reason: string): Promise<string[]> {
  const ended = new Set<string>();
  for (const prefix of [`cohort:${evaluation}:`, `milestone:${evaluation}:`]) {
    const running = new Set<string>();
    const query = `WorkflowId STARTS_WITH '${prefix}' AND ExecutionStatus = 'Running'`;
    for await (const { workflowId } of client.workflow.list({ query })) running.add(workflowId);
    await concurrently(running, 16, async (workflowId) => {
      try {
        // The newest run, whichever it is by now: one that continued as new meanwhile is ended as well.
        await client.workflow.getHandle(workflowId).terminate(reason);
        ended.add(workflowId);
      } catch (error) {
        if (!(error instanceof WorkflowNotFoundError)) throw error;
      }
    });
  }
  return [...ended].sort();
}
