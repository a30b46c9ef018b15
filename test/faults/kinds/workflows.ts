// What happens to workflows: activities that hang, histories that fill.
import { setTimeout as pause } from 'node:timers/promises';
import { Client, Connection } from '@temporalio/client';
import type { Scene } from '../scene.ts';
import { BEYOND_HEARTBEAT_MS } from './processes.ts';

/** What activities write to is locked, so that each of them hangs in the middle of its work. */
export async function activitiesStuck({ db }: Scene): Promise<number> {
  await db.begin(async (tx) => {
    await tx`lock table waymark.outcome in access exclusive mode`;
    await pause(BEYOND_HEARTBEAT_MS);
  });
  return 0;
}

/** Histories come to the limit at which Temporal asks for a new run, and none may reach the one at which it ends them. */
export async function historiesFull({ servers, afterwards }: Scene): Promise<number> {
  const connection = await Connection.connect({ address: servers.temporal.answer?.temporalAddress ?? '' });
  const client = new Client({ connection });
  const runs = async (status: string): Promise<number> =>
    (await client.workflow.count(`WorkflowType = 'cohort' AND ExecutionStatus = '${status}'`)).count;
  while ((await runs('ContinuedAsNew')) === 0) await pause(200);
  afterwards(async () => {
    const ended = (await runs('Failed')) + (await runs('Terminated')) + (await runs('TimedOut'));
    await connection.close();
    if (ended > 0) throw new Error(`${ended} cohorts were ended`);
  });
  return 0;
}
