// What Temporal knows of an evaluation's follow-up: which cohorts and milestones are under way, and how far.
import { type Client, QueryNotRegisteredError, type WorkflowExecutionInfo } from '@temporalio/client';
import { type CohortProgress, cohortProgress as progressQuery } from '../../workflows/index.ts';
import { concurrently } from './concurrently.ts';

/** Executions by how they stand. `failed` also counts those cancelled, terminated and timed out. */
export interface WorkflowCounts {
  running: number;
  completed: number;
  failed: number;
}

export interface CohortStatus {
  wave: string;
  status: 'running' | 'completed' | 'failed';
  /** Events in the newest run's history. */
  historyLength: number;
  /** Null when no worker answered. */
  progress: CohortProgress | null;
}

const statusOf = ({ status }: WorkflowExecutionInfo): CohortStatus['status'] => {
  if (status.name === 'RUNNING') return 'running';
  return status.name === 'COMPLETED' ? 'completed' : 'failed';
};

/** The newest run of every workflow whose id begins with `prefix`, by id. */
async function newestRuns(client: Client, prefix: string): Promise<Map<string, WorkflowExecutionInfo>> {
  const runs = new Map<string, WorkflowExecutionInfo>();
  const query = `WorkflowId STARTS_WITH '${prefix}' AND ExecutionStatus != 'ContinuedAsNew'`;
  for await (const run of client.workflow.list({ query })) {
    const known = runs.get(run.workflowId);
    if (!known || known.startTime < run.startTime) runs.set(run.workflowId, run);
  }
  return runs;
}

/** How many cohort and milestone workflows of an evaluation are running, completed and failed. */
export async function workflowCounts(
  client: Client,
  evaluation: string,
): Promise<{ cohorts: WorkflowCounts; milestones: WorkflowCounts }> {
  const count = async (prefix: string): Promise<WorkflowCounts> => {
    const counts = { running: 0, completed: 0, failed: 0 };
    for (const run of (await newestRuns(client, prefix)).values()) counts[statusOf(run)] += 1;
    return counts;
  };
  return {
    cohorts: await count(`cohort:${evaluation}:`),
    milestones: await count(`milestone:${evaluation}:`),
  };
}

/** Every cohort of an evaluation, by wave, with its own account of its progress. */
export async function cohortProgress(client: Client, evaluation: string): Promise<CohortStatus[]> {
  const prefix = `cohort:${evaluation}:`;
  const statuses: CohortStatus[] = [];
  await concurrently(await newestRuns(client, prefix), 16, async ([workflowId, run]) => {
    const progress = await client
      .withDeadline(Date.now() + 5_000, () =>
        client.workflow.getHandle(workflowId, run.runId).query(progressQuery),
      )
      .catch((error) => {
        if (error instanceof QueryNotRegisteredError) throw error;
        return null;
      });
    statuses.push({
      wave: workflowId.slice(prefix.length),
      status: statusOf(run),
      historyLength: run.historyLength,
      progress,
    });
  });
  return statuses.sort((a, b) => (a.wave < b.wave ? -1 : 1));
}
