// How the workflows stand, from Temporal's visibility store: counts, approximate and a second or two behind.
import type { Client } from '@temporalio/client';
import type { AskedGauge } from '../platform/metrics.ts';

export const WORKFLOWS = ['cohort', 'milestone', 'feed'] as const;

const DAY = 86_400_000;

/** Workflows whose tasks fail again and again: their code cannot go on, and no retry helps. */
export const STUCK = `ExecutionStatus = 'Running' AND TemporalReportedProblems IN ('category=WorkflowTaskFailed', 'category=WorkflowTaskTimedOut')`;

const counted = async (client: Client, query: string): Promise<number> =>
  (await client.workflow.count(query)).count;

const eachKind = async (client: Client, condition: string) => {
  const rows: { labels: { workflow: string }; value: number }[] = [];
  for (const workflow of WORKFLOWS) {
    const value = await counted(client, `WorkflowType = '${workflow}' AND ${condition}`);
    rows.push({ labels: { workflow }, value });
  }
  return rows;
};

/** @param client throws while Temporal has not answered yet */
export const workflowGauges = (client: () => Client): AskedGauge[] => [
  {
    name: 'waymark_workflows_running',
    help: 'Workflows under way',
    labelNames: ['workflow'],
    freshFor: 15_000,
    ask: () => eachKind(client(), `ExecutionStatus = 'Running'`),
  },
  {
    name: 'waymark_workflows_failed',
    help: 'Workflows that ended as failed, timed out or terminated in the last 24 hours',
    labelNames: ['workflow'],
    freshFor: 15_000,
    ask: () => {
      const since = new Date(Date.now() - DAY).toISOString();
      return eachKind(
        client(),
        `ExecutionStatus IN ('Failed', 'TimedOut', 'Terminated') AND CloseTime > '${since}'`,
      );
    },
  },
  {
    name: 'waymark_workflows_stuck',
    help: 'Running workflows whose tasks fail again and again',
    freshFor: 15_000,
    ask: async () => [{ value: await counted(client(), STUCK) }],
  },
];
