// What waits in the store and what an operator should look at, as figures.
import type { Database } from '../platform/database.ts';
import type { AskedGauge } from '../platform/metrics.ts';
import { evaluations } from './evaluation.ts';
import { verifyChain } from './lifecycle/chain.ts';

const CHAINS_EVERY = 600_000;

async function number(rows: PromiseLike<readonly { value: number }[]>): Promise<{ value: number }[]> {
  const [row] = await rows;
  return [{ value: row?.value ?? 0 }];
}

/** Gauges over the tracker's part of the store. */
export const followingGauges = (db: Database): AskedGauge[] => [
  {
    name: 'waymark_outbox_rows',
    help: 'Ingested batches whose changes are not relayed yet',
    ask: () => number(db<{ value: number }[]>`select count(*)::float8 as value from waymark.outbox`),
  },
  {
    name: 'waymark_outbox_age_seconds',
    help: 'Age of the oldest batch whose changes are not relayed yet; 0 when there is none',
    ask: () =>
      number(db<{ value: number }[]>`
        select coalesce(extract(epoch from now() - min(created_at)), 0)::float8 as value from waymark.outbox`),
  },
  {
    name: 'waymark_cohort_changes',
    help: 'Participants whose outcomes wait to be computed again',
    ask: () => number(db<{ value: number }[]>`select count(*)::float8 as value from waymark.cohort_change`),
  },
  {
    name: 'waymark_feed_silent',
    help: '1 for each council that was last heard longer ago than its rhythm allows',
    labelNames: ['council'],
    ask: async () => {
      const rows = await db<{ subject: string }[]>`
        select subject from waymark.alert where kind = 'feed-silent' and resolved_at is null`;
      return rows.map(({ subject }) => ({ labels: { council: subject }, value: 1 }));
    },
  },
  {
    name: 'waymark_feed_heard_age_seconds',
    help: 'Seconds since a council’s messages last reached the store; missing for a council never heard',
    labelNames: ['council'],
    ask: async () => {
      const rows = await db<{ code: string; value: number }[]>`
        select c.code, extract(epoch from now() - max(h.heard_at))::float8 as value
        from waymark.council c join waymark.feed_heard h using (council_id) group by c.code`;
      return rows.map(({ code, value }) => ({ labels: { council: code }, value }));
    },
  },
  {
    name: 'waymark_feeds_never_heard',
    help: 'Councils of an evaluation of which nothing was ever heard',
    ask: () =>
      number(db<{ value: number }[]>`
        select count(distinct ec.council_id)::float8 as value from waymark.evaluation_council ec
        where not exists (select from waymark.feed_heard h where h.council_id = ec.council_id)`),
  },
  {
    name: 'waymark_milestones_overdue',
    help: 'Milestones that wait for a council beyond their due day and the grace',
    labelNames: ['evaluation'],
    ask: async () => {
      const rows = await db<{ evaluation: string; value: number }[]>`
        select split_part(subject, '/', 1) as evaluation, count(*)::float8 as value
        from waymark.alert where kind = 'milestone-overdue' and resolved_at is null group by 1`;
      return rows.map(({ evaluation, value }) => ({ labels: { evaluation }, value }));
    },
  },
  {
    name: 'waymark_lifecycle_chain_faults',
    help: 'Faults found in the chain of each evaluation’s life; checked every ten minutes',
    labelNames: ['evaluation'],
    freshFor: CHAINS_EVERY,
    ask: async () => {
      const found: { labels: { evaluation: string }; value: number }[] = [];
      for (const evaluation of await evaluations(db)) {
        const { faults } = await verifyChain(db, evaluation);
        found.push({ labels: { evaluation: evaluation.slug }, value: faults.length });
      }
      return found;
    },
  },
];
