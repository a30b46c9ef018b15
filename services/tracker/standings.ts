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

/** Ended as failed, timed out or terminated in the last 24 hours. */
const failedLately = (): string =>
  `ExecutionStatus IN ('Failed', 'TimedOut', 'Terminated') AND CloseTime > '${new Date(Date.now() - DAY).toISOString()}'`;

/** The kinds an operator is told of. */
const TOLD = [...WORKFLOWS, 'release', 'erasure'] as const;

/** Workflows by kind: `cohort running`, `cohort failed` and so on, and `stuck` of all kinds. */
export async function workflowFigures(client: Client): Promise<Record<string, number>> {
  const failed = failedLately();
  const rows = await Promise.all(
    TOLD.flatMap((kind) =>
      Object.entries({ running: `ExecutionStatus = 'Running'`, failed }).map(
        async ([state, condition]) =>
          [`${kind} ${state}`, await counted(client, `WorkflowType = '${kind}' AND ${condition}`)] as const,
      ),
    ),
  );
  return { ...Object.fromEntries(rows), stuck: await counted(client, STUCK) };
}

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
    ask: () => eachKind(client(), failedLately()),
  },
  {
    name: 'waymark_workflows_stuck',
    help: 'Running workflows whose tasks fail again and again',
    freshFor: 15_000,
    ask: async () => [{ value: await counted(client(), STUCK) }],
  },
];
