// Temporal: whether it answers, whether a tracker works for it, and whether workflows are stuck or have failed.
import { Client, Connection } from '@temporalio/client';
import type { Config } from '../../platform/config.ts';
import { temporalSealed } from '../../platform/payload-codec.ts';
import { temporalSecured } from '../../platform/secured.ts';
import { STUCK } from '../../tracker/standings.ts';
import { type Looks, type Seen, well, wrong } from './finding.ts';

const DAY = 86_400_000;
const CONNECT_MS = 3_000;
/** `temporal.api.enums.v1.TaskQueueType` of workflow tasks. */
const WORKFLOW_TASKS = 1;

/** @throws when Temporal does not answer within three seconds */
export async function openTemporal(
  address: string,
  { temporalNamespace: namespace, temporalSecurity }: Config,
): Promise<Client> {
  const connection = await Connection.connect({
    address,
    connectTimeout: CONNECT_MS,
    ...temporalSecured(temporalSecurity),
  });
  return new Client({ connection, namespace, ...temporalSealed(temporalSecurity) });
}

export const temporalAway = (address: string, reason: string): Seen =>
  wrong(
    `Temporal does not answer at ${address} (${reason}).`,
    'Start it, or correct TEMPORAL_ADDRESS. Changes wait in the outbox until then.',
  );

const listed = async (client: Client, query: string): Promise<string[]> => {
  const ids: string[] = [];
  for await (const { workflowId } of client.workflow.list({ query })) {
    ids.push(workflowId);
    if (ids.length === 3) break;
  }
  return ids;
};

async function countedLook(client: Client, query: string, what: string, page: string): Promise<Seen> {
  const { count } = await client.workflow.count(query);
  if (count === 0) return well(`No workflow ${what}.`);
  return wrong(
    `${count} workflows ${what}, such as ${(await listed(client, query)).join(', ')}.`,
    `docs/runbooks/${page}.md.`,
  );
}

const ours = (taskQueue: string): string => `TaskQueue = '${taskQueue}'`;

/** @param taskQueue whose workflows are looked at: a namespace may be shared */
export const workflowLooks = (client: Client, taskQueue: string): Looks => ({
  temporal: async () => {
    const { namespace } = client.options;
    try {
      await client.workflowService.describeNamespace({ namespace });
    } catch (error) {
      return wrong(
        `Temporal has no usable namespace "${namespace}" (${(error as Error).message}).`,
        'Create it, or correct TEMPORAL_NAMESPACE.',
      );
    }
    const { serverVersion } = await client.workflowService.getSystemInfo({});
    return well(`Temporal ${serverVersion ?? ''} answers in namespace ${namespace}.`);
  },
  tracker: async () => {
    const { pollers } = await client.workflowService.describeTaskQueue({
      namespace: client.options.namespace,
      taskQueue: { name: taskQueue },
      taskQueueType: WORKFLOW_TASKS,
    });
    return (pollers ?? []).length === 0
      ? wrong(
          `Nobody works on the task queue ${taskQueue}.`,
          'Start waymark tracker, with the same WAYMARK_TASK_QUEUE.',
        )
      : well(
          `${pollers?.length} worker${pollers?.length === 1 ? '' : 's'} on the task queue ${taskQueue} within the last five minutes.`,
        );
  },
  stuck: () =>
    countedLook(
      client,
      `${STUCK} AND ${ours(taskQueue)}`,
      'cannot go on: their tasks fail again and again',
      'WaymarkWorkflowStuck',
    ),
  failed: () => {
    const since = new Date(Date.now() - DAY).toISOString();
    const query = `ExecutionStatus IN ('Failed', 'TimedOut', 'Terminated') AND CloseTime > '${since}' AND ${ours(taskQueue)}`;
    return countedLook(client, query, 'ended as failed in the last day', 'WaymarkWorkflowFailed');
  },
});
