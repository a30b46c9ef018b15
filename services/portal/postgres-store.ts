// What the portal knows, read from PostgreSQL: materialised outcomes and marks, never the ledger.
import type { ResultRecord } from '../../schemas/result.ts';
import { resultOf } from '../analysis/result.ts';
import { evaluationNamed, evaluations } from '../evaluations/evaluation.ts';
import { milestones } from '../evaluations/maturity.ts';
import { kindNamed } from '../outcomes/kinds.ts';
import { holderOf } from '../platform/access.ts';
import type { Database } from '../platform/database.ts';
import type { EvaluationSummary, FeedRow, MaturityRow, PortalStore } from './store.ts';

async function catalogue(db: Database): Promise<EvaluationSummary[]> {
  const counts = await db<{ slug: string; participants: number }[]>`
    select e.slug, count(p.participant_key)::integer as participants
    from waymark.evaluation e left join waymark.participant p using (evaluation_id) group by e.slug`;
  const participants = new Map(counts.map((row) => [row.slug, row.participants]));
  return (await evaluations(db)).map(({ slug, protocol, unblinded }) => ({
    slug,
    title: protocol.title,
    question: protocol.question,
    dataSource: protocol.dataSource,
    councils: protocol.councils.length,
    participants: participants.get(slug) ?? 0,
    armNames: protocol.arms,
    primary: protocol.primary,
    blinded: !unblinded,
    disclosureThreshold: protocol.disclosure.threshold,
  }));
}

async function maturity(db: Database, slug: string): Promise<MaturityRow[]> {
  const evaluation = await evaluationNamed(db, slug);
  if (!evaluation) return [];
  const councils = await db<{ code: string; name: string }[]>`select code, name from waymark.council`;
  const names = new Map(councils.map(({ code, name }) => [code, name]));
  return (await milestones(db, evaluation)).map(
    ({ wave, horizon, participants, dueOn, frozenAt, supersededAt, waitingFor }) => ({
      wave,
      horizon,
      participants,
      due: dueOn,
      frozenAt: frozenAt?.toISOString() ?? null,
      supersededAt: supersededAt?.toISOString() ?? null,
      waitingFor: waitingFor.map((code) => names.get(code) ?? code),
    }),
  );
}

async function feeds(db: Database): Promise<FeedRow[]> {
  const rows = await db<
    (Omit<FeedRow, 'completeThrough' | 'lastReceived' | 'silentSince'> & {
      kinds: number[];
      through: (string | null)[];
      heard: Date | null;
      silent: Date | null;
    })[]
  >`
    select c.code as council, c.name, c.data_source as "dataSource",
      (select count(*)::integer from waymark.quarantine q where q.council = c.code) as quarantined,
      (select max(heard_at) from waymark.feed_heard h where h.council_id = c.council_id) as heard,
      (select raised_at from waymark.alert a where a.kind = 'feed-silent' and a.subject = c.code and a.resolved_at is null) as silent,
      coalesce(array_agg(t.kind order by t.kind) filter (where t.kind is not null), '{}') as kinds,
      coalesce(array_agg(t.complete_through::text order by t.kind) filter (where t.kind is not null), '{}') as through
    from waymark.council c left join waymark.complete_through t using (council_id)
    group by c.council_id order by c.name`;
  return rows.map(({ kinds, through, heard, silent, ...row }) => ({
    ...row,
    completeThrough: kinds.flatMap((number, at) => {
      const kind = kindNamed(number);
      return kind ? [{ kind, through: through[at] ?? null }] : [];
    }),
    lastReceived: heard?.toISOString() ?? null,
    silentSince: silent?.toISOString() ?? null,
  }));
}

/** How long a result is shown again before it is counted again; every page says when it was. */
const FRESH_MS = 5_000;

/** Counts an evaluation's result at most once in a while, and once for all who ask meanwhile. */
function countedResults(db: Database): PortalStore['result'] {
  const counted = new Map<string, { at: number; result: Promise<ResultRecord> }>();
  return async (slug) => {
    const evaluation = await evaluationNamed(db, slug);
    if (!evaluation?.unblinded) return null;
    const known = counted.get(slug);
    if (known && Date.now() - known.at < FRESH_MS) return known.result;
    const result = resultOf(db, evaluation);
    counted.set(slug, { at: Date.now(), result });
    result.catch(() => counted.delete(slug));
    return result;
  };
}

export function createPortalStore(db: Database): PortalStore {
  return {
    evaluations: () => catalogue(db),
    result: countedResults(db),
    maturity: (slug) => maturity(db, slug),
    feeds: () => feeds(db),
    checkKey: async (key) => {
      const holder = await holderOf(db, key);
      if (holder === null || holder.role === 'allocator') return null;
      return { ...holder, role: holder.role };
    },
  };
}
