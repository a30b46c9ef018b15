// What the demonstration came to, counted in the store and in Temporal, never from what the loader believes it did.
import type { Client } from '@temporalio/client';
import type { ResultRecord } from '../../../schemas/result.ts';
import type { Database } from '../../platform/database.ts';

export interface StoreCounts {
  /** Case events in the ledger, and messages in quarantine. */
  stored: number;
  quarantined: number;
  children: number;
  /** Case events by where their council's records come from. */
  eventsByDataSource: Record<string, number>;
  participants: { evaluation: string; arm: string; count: number }[];
  milestones: { evaluation: string; horizon: number; frozen: number }[];
}

export async function countStore(db: Database): Promise<StoreCounts> {
  const [totals] = await db<{ stored: number; quarantined: number; children: number }[]>`
    select (select count(*) from waymark.case_event)::integer as stored,
      (select count(*) from waymark.quarantine)::integer as quarantined,
      (select count(*) from waymark.child)::integer as children`;
  const sources = await db<{ source: string; events: number }[]>`
    select c.data_source as source, count(*)::integer as events from waymark.case_event e
    join waymark.child using (child_key) join waymark.council c using (council_id) group by 1`;
  const participants = await db<{ evaluation: string; arm: string; count: number }[]>`
    select e.slug as evaluation, case p.arm when 1 then 'trial' else 'comparison' end as arm, count(*)::integer as count
    from waymark.participant p join waymark.evaluation e using (evaluation_id) group by 1, 2 order by 1, 2`;
  const milestones = await db<{ evaluation: string; horizon: number; frozen: number }[]>`
    select e.slug as evaluation, m.horizon, count(*)::integer as frozen
    from waymark.milestone m join waymark.evaluation e using (evaluation_id) group by 1, 2 order by 1, 2`;
  return {
    stored: totals?.stored ?? 0,
    quarantined: totals?.quarantined ?? 0,
    children: totals?.children ?? 0,
    eventsByDataSource: Object.fromEntries(sources.map(({ source, events }) => [source, events])),
    participants: [...participants],
    milestones: [...milestones],
  };
}

const TYPES = ['cohort', 'milestone', 'feed'] as const;

/** Workflows by type and whether they still run. */
export async function countWorkflows(
  client: Client,
): Promise<Record<string, { running: number; completed: number }>> {
  const count = async (type: string, status: string): Promise<number> =>
    (await client.workflow.count(`WorkflowType = '${type}' AND ExecutionStatus = '${status}'`)).count;
  const counted = await Promise.all(
    TYPES.map(
      async (type) =>
        [type, { running: await count(type, 'Running'), completed: await count(type, 'Completed') }] as const,
    ),
  );
  return Object.fromEntries(counted);
}

/** Outcomes by arm, horizon and maturity, short enough for one line of JSON. */
export const outcomesOf = (result: ResultRecord) =>
  result.results.map(({ outcome, horizon, arms, effect }) => ({ outcome, horizon, arms, effect }));
