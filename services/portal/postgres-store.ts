// What the portal knows, read from PostgreSQL: materialised outcomes and marks, never the ledger.
import { createPeople } from '../access/people.ts';
import { readerKey, readInName, writeInName, writeInNameAtOnce } from '../access/reader.ts';
import { recruitmentCounts } from '../analysis/recruitment/counts.ts';
import type { ShownRecord } from '../analysis/report/shown.ts';
import { resultOf } from '../analysis/result.ts';
import { audit } from '../audit/append.ts';
import { type Evaluation, evaluationNamed, evaluations } from '../evaluations/evaluation.ts';
import { entriesOf, verifyChain } from '../evaluations/lifecycle/chain.ts';
import { milestones } from '../evaluations/maturity.ts';
import { protocolWords } from '../evaluations/protocol/words.ts';
import {
  type AskAnswer,
  askLookBack,
  type Days,
  firstDay,
  lookBackAt,
  lookBacks,
} from '../look-back/look-back.ts';
import { kindNamed } from '../outcomes/kinds.ts';
import type { Database, Queryable } from '../platform/database.ts';
import { type GroupsAsked, showGroups } from '../releases/groups.ts';
import { createGate } from '../releases/memory.ts';
import { heldPanels, releases } from '../releases/standing.ts';
import { draftIn, takeStep } from '../releases/steps.ts';
import { auditPage, checkedAudit } from './audit-log.ts';
import { councilAccount } from './council-account.ts';
import { keysOf, replaceKey, stopKey } from './council-keys.ts';
import { LiveProgress } from './live-progress.ts';
import { createPlanningStore } from './planning/postgres.ts';
import { ServiceState } from './service-state.ts';
import { shared } from './shared.ts';
import type {
  AnalysisOutline,
  FeedRow,
  KeptAnalysis,
  LookedBack,
  MaturityRow,
  PlanRecord,
  PortalStore,
  RecruitmentRecord,
} from './store.ts';

/** How long what was counted is shown before it is counted again; pages of results say when it was. */
const FRESH_MS = 5_000;

interface Counts {
  participants: number;
  analyses: number;
  releasedEffects: number;
  works: boolean;
}

async function countsOf(db: Queryable): Promise<Map<string, Counts>> {
  const rows = await db<(Counts & { slug: string })[]>`
    select e.slug, (select count(*)::integer from waymark.participant p where p.evaluation_id = e.evaluation_id) as participants,
      (select count(*)::integer from waymark.analysis a where a.evaluation_id = e.evaluation_id) as analyses,
      (select count(*)::integer from waymark.release r join waymark.release_step s using (release_id)
        where r.evaluation_id = e.evaluation_id and r.analysis_id is not null and s.step = 'published') as "releasedEffects",
      waymark.works_on(e.evaluation_id) as works
    from waymark.evaluation e`;
  return new Map(rows.map(({ slug, ...counts }) => [slug, counts]));
}

/** Which evaluations there are for the reader is asked every time; how many children are in them, once in a while. */
function countedCatalogue(db: Database): PortalStore['evaluations'] {
  const counted = shared(FRESH_MS, readerKey, () => readInName(db, countsOf));
  return async () => {
    const [all, counts] = await Promise.all([readInName(db, evaluations), counted()]);
    return all.map(({ slug, protocol, unblinded }) => ({
      slug,
      title: protocol.title,
      question: protocol.question,
      dataSource: protocol.dataSource,
      councils: protocol.councils.length,
      participants: counts.get(slug)?.participants ?? 0,
      armNames: protocol.arms,
      primary: protocol.primary,
      blinded: !unblinded,
      analyses: counts.get(slug)?.analyses ?? 0,
      releasedEffects: counts.get(slug)?.releasedEffects ?? 0,
      works: counts.get(slug)?.works ?? false,
      disclosureThreshold: protocol.disclosure.threshold,
    }));
  };
}

async function councilNames(db: Queryable): Promise<Map<string, string>> {
  const councils = await db<{ code: string; name: string }[]>`select code, name from waymark.council`;
  return new Map(councils.map(({ code, name }) => [code, name]));
}

async function maturity(db: Queryable, evaluation: Evaluation): Promise<MaturityRow[]> {
  const names = await councilNames(db);
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

/** Whether the reader may see the evaluation is asked every time. */
function countedMaturity(db: Database): PortalStore['maturity'] {
  const counted = shared(
    FRESH_MS,
    ({ slug, protocolHash }: Evaluation) => `${slug} ${protocolHash} ${readerKey()}`,
    (evaluation) => readInName(db, (tx) => maturity(tx, evaluation)),
  );
  return async (slug) => {
    const evaluation = await readInName(db, (tx) => evaluationNamed(tx, slug));
    return evaluation ? counted(evaluation) : [];
  };
}

/** The chain is checked each time it is shown. */
async function plan(db: Queryable, slug: string): Promise<PlanRecord | null> {
  const evaluation = await evaluationNamed(db, slug);
  if (!evaluation) return null;
  const { protocol, protocolHash, stage, paused } = evaluation;
  const { faults } = await verifyChain(db, evaluation);
  return {
    sections: protocolWords(protocol, await councilNames(db)),
    protocolHash,
    stage,
    paused,
    entries: await entriesOf(db, evaluation.id),
    faults,
  };
}

const outlines = (db: Queryable, slug: string, number: number | null) => db<
  (Omit<AnalysisOutline, 'cut' | 'at'> & { cut: Date; at: Date; shown: string | null })[]
>`
  select a.analysis_id as number, a.as_of as "asOf", a.cut, a.withheld, a.code_version as "codeVersion", a.made_by as by,
    a.made_at as at, a.record_hash as hash, case when ${number}::integer is not null then a.shown end as shown
  from waymark.analysis a join waymark.evaluation e using (evaluation_id)
  where e.slug = ${slug} and (${number}::integer is null or a.analysis_id = ${number})
  order by a.analysis_id desc`;

async function analyses(db: Queryable, slug: string): Promise<AnalysisOutline[]> {
  return (await outlines(db, slug, null)).map(({ shown: _, cut, at, ...row }) => ({
    ...row,
    cut: cut.toISOString(),
    at: at.toISOString(),
  }));
}

async function analysis(db: Queryable, slug: string, number: number): Promise<KeptAnalysis | null> {
  const [row] = await outlines(db, slug, number);
  if (!row) return null;
  const { cut, at, shown } = row;
  return {
    ...row,
    cut: cut.toISOString(),
    at: at.toISOString(),
    shown: shown === null ? null : (JSON.parse(shown) as ShownRecord),
  };
}

async function feeds(db: Queryable): Promise<FeedRow[]> {
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
      (select coalesce(jsonb_agg(jsonb_build_object('code', f.code, 'field', f.field, 'count', f.count)
          order by f.count desc, f.code, f.field), '[]')
        from (select q.code, q.field, count(*)::integer as count from waymark.quarantine q where q.council = c.code
          group by q.code, q.field) f) as faults,
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

async function lookedBack(db: Queryable, slug: string, days: Days | null): Promise<LookedBack | null> {
  const evaluation = await evaluationNamed(db, slug);
  const first = evaluation?.unblinded ? await firstDay(db, evaluation) : null;
  if (!evaluation || first === null) return null;
  return {
    first,
    outcomes: evaluation.protocol.outcomes.map(({ id, title }) => ({ id, title })),
    all: days === null ? await lookBacks(db, evaluation) : [],
    found: days === null ? null : await lookBackAt(db, evaluation, days),
  };
}

async function ask(db: Queryable, slug: string, days: Days): Promise<AskAnswer> {
  const evaluation = await evaluationNamed(db, slug);
  return evaluation ? askLookBack(db, evaluation, days) : 'refused';
}

async function liveProgress(db: Queryable): Promise<LiveProgress | null> {
  const [row] = await db<{ progress: unknown }[]>`select waymark.live_progress() as progress`;
  return row?.progress == null ? null : LiveProgress.parse(row.progress);
}

async function serviceState(db: Queryable): Promise<ServiceState | null> {
  const [row] = await db<{ state: object | null; processes: unknown }[]>`
    select waymark.service_state() as state, waymark.process_states() as processes`;
  return row?.state == null ? null : ServiceState.parse({ ...row.state, processes: row.processes });
}

/** Readers of results are one audience: they talk to each other. */
function memoryGate(db: Database): PortalStore['throughGate'] {
  const gate = createGate(db, 'researchers');
  // An evaluation keeps its number for good.
  const numbers = new Map<string, number>();
  return async ({ slug, disclosureThreshold: threshold, primary }, result) => {
    const id = numbers.get(slug) ?? (await readInName(db, (tx) => evaluationNamed(tx, slug)))?.id;
    if (id === undefined) throw new Error(`the evaluation ${slug} went while it was read`);
    numbers.set(slug, id);
    return gate({ id, threshold, primaryHorizon: primary.horizon }, result);
  };
}

/**
 * Counts an evaluation's result at most once in a while, and once for all who ask meanwhile. Whether the reader may see the
 * evaluation is asked every time.
 */
function countedResults(db: Database): PortalStore['result'] {
  const counted = shared(
    FRESH_MS,
    ({ slug, protocolHash }: Evaluation) => `${slug} ${protocolHash}`,
    (evaluation) => readInName(db, (tx) => resultOf(tx, evaluation)),
  );
  return async (slug) => {
    const evaluation = await readInName(db, (tx) => evaluationNamed(tx, slug));
    return evaluation?.unblinded ? counted(evaluation) : null;
  };
}

/** How long a table of groups stands before it is judged again: its figures are final, so only more of them can come. */
const GROUPS_STAND_MS = 60_000;

/** Whether the reader may see the evaluation is asked every time; a table is judged once for all who ask meanwhile. */
function judgedGroups(db: Database): PortalStore['groups'] {
  const judged = shared(
    GROUPS_STAND_MS,
    ({ slug }: Evaluation, asked: GroupsAsked) => JSON.stringify([slug, asked]),
    async (evaluation, asked) => ({
      ...(await showGroups(db, evaluation, asked)),
      names: await readInName(db, councilNames),
    }),
  );
  return async (slug, asked) => {
    const evaluation = await readInName(db, (tx) => evaluationNamed(tx, slug));
    return evaluation?.unblinded ? judged(evaluation, asked) : null;
  };
}

/** How long recruitment is shown before it is counted again: the facts of every participant are looked up for it. */
const RECRUITMENT_FRESH_MS = 60_000;

async function recruitment(db: Queryable, { id, protocol }: Evaluation): Promise<RecruitmentRecord> {
  const names = await councilNames(db);
  const [now] = await db<{ at: Date; works: boolean }[]>`
    select now() as at, waymark.works_on(${id}::smallint) as works`;
  // Else the nothing that such a reader sees would be kept, and shown to the others.
  if (!now?.works) throw new Error('the evaluation was taken from its reader while it was read');
  return {
    ...(await recruitmentCounts(db, id)),
    countedAt: now.at.toISOString(),
    protocol,
    councils: protocol.councils.map((code) => ({ code, name: names.get(code) ?? code })),
    target: protocol.analysis?.interim?.participants ?? null,
  };
}

/** Whether the reader works on the evaluation is asked every time. */
function countedRecruitment(db: Database): PortalStore['recruitment'] {
  const counted = shared(
    RECRUITMENT_FRESH_MS,
    // A step of its life can end what keeps arms together, or begin it.
    ({ slug, protocolHash, stage, unblinded }: Evaluation) => `${slug} ${protocolHash} ${stage} ${unblinded}`,
    (evaluation) => readInName(db, (tx) => recruitment(tx, evaluation)),
  );
  return async (slug) => {
    const allowed = await readInName(db, async (tx) => {
      const evaluation = await evaluationNamed(tx, slug);
      if (!evaluation) return null;
      const [row] = await tx<
        { works: boolean }[]
      >`select waymark.works_on(${evaluation.id}::smallint) as works`;
      return row?.works ? evaluation : null;
    });
    return allowed && counted(allowed);
  };
}

/** Everything is read in the name of the request's reader (services/access/reader.ts). */
export function createPortalStore(db: Database): PortalStore {
  const people = createPeople(db);
  return {
    evaluations: countedCatalogue(db),
    result: countedResults(db),
    throughGate: memoryGate(db),
    groups: judgedGroups(db),
    releases: () => readInName(db, (tx) => releases(tx)),
    effects: (slug) => readInName(db, (tx) => releases(tx, { effectsOf: slug })),
    releaseAt: async (permalink) => (await readInName(db, (tx) => releases(tx, { permalink })))[0] ?? null,
    draft: ({ id: signedIn = '', label: by }, draft) =>
      writeInNameAtOnce(db, (tx) => draftIn(tx, { ...draft, by, signedIn })),
    take: async ({ id: signedIn = '', label: by }, step, taken) =>
      void (await writeInName(db, (tx) => takeStep(tx, step, { ...taken, by, signedIn }))),
    held: () => readInName(db, heldPanels),
    auditLog: auditPage(db),
    checkedAudit: checkedAudit(db),
    progress: () => readInName(db, liveProgress),
    service: () => readInName(db, serviceState),
    maturity: countedMaturity(db),
    plan: (slug) => readInName(db, (tx) => plan(tx, slug)),
    analyses: (slug) => readInName(db, (tx) => analyses(tx, slug)),
    analysis: (slug, number) => readInName(db, (tx) => analysis(tx, slug, number)),
    lookBacks: (slug, days) => readInName(db, (tx) => lookedBack(tx, slug, days)),
    askLookBack: (slug, days) => writeInName(db, (tx) => ask(tx, slug, days)),
    recruitment: countedRecruitment(db),
    feeds: () => readInName(db, feeds),
    councilAccount: (council) => readInName(db, (tx) => councilAccount(tx, council)),
    councilKeys: (council) => readInName(db, (tx) => keysOf(tx, council)),
    replaceKey: (...asked) => writeInName(db, (tx) => replaceKey(tx, ...asked)),
    stopKey: (...asked) => writeInName(db, (tx) => stopKey(tx, ...asked)),
    checkKey: people.ofKey,
    rolesOf: people.rolesOf,
    note: (entry) => audit(db, entry),
    planning: createPlanningStore(db),
    stands: async ({ id, ...acting }) => id !== undefined && people.stands({ id, ...acting }),
  };
}
