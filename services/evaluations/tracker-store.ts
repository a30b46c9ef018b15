// The tracker's questions, answered from PostgreSQL: the system of record that outlives every workflow history.
import { type Database, type Transaction, transact } from '../platform/database.ts';
import type { Logger } from '../platform/log.ts';
import { causedBy } from '../platform/tracing/span.ts';
import {
  type CohortRef,
  Gone,
  type MilestoneRef,
  type ScreenedChanges,
  type TrackerStore,
} from '../tracker/store.ts';
import { type Compared, noteCandidates } from './candidate.ts';
import { type Evaluation, evaluationNamed, evaluations } from './evaluation.ts';
import { freeze } from './freeze.ts';
import { isUnsettled, type MilestoneMaturity, mayFreeze, milestones, standings } from './maturity.ts';
import { recompute } from './recompute.ts';
import { screen } from './screen.ts';

/** Draws up what a frozen milestone came to; given by the analysis, which this store does not know. */
export type DrawUp = (
  db: Database,
  evaluation: Evaluation,
  wave: string,
  horizon: number,
) => Promise<unknown>;

async function present(db: Database, slug: string): Promise<Evaluation> {
  const evaluation = await evaluationNamed(db, slug);
  if (!evaluation) throw new Gone('EvaluationGone', `There is no evaluation ${slug} any more.`);
  return evaluation;
}

/** One moment of the store from beginning to end: who is one person does not change between two statements. */
const settled = <T>(db: Database, work: (tx: Transaction) => Promise<T>): Promise<T> =>
  transact(db, work, 'isolation level repeatable read');

interface OutboxRow {
  seq: bigint;
  child_keys: number[];
  council_ids: number[];
  traceparent: string | null;
}

/** So many children are screened in one transaction: some seconds of work, after which their cohorts are told to look. */
const CHILDREN_AT_ONCE = 100_000;

/** The oldest rows, until they hold enough children; and whether others wait behind them. */
async function waiting(tx: Transaction, limit: number, after: string): Promise<[OutboxRow[], more: boolean]> {
  const rows = await tx<(OutboxRow & { waiting: number })[]>`
    with oldest as (
      select seq, child_keys, council_ids, traceparent from waymark.outbox
      where seq > ${after}::bigint order by seq limit ${limit + 1}
    ),
    counted as (
      select *, count(*) over ()::integer as waiting, row_number() over (order by seq) as place,
        coalesce(sum(cardinality(child_keys)) over (order by seq rows between unbounded preceding and 1 preceding), 0) as before
      from oldest
    )
    select seq, child_keys, council_ids, traceparent, waiting from counted
    where place <= ${limit} and before < ${CHILDREN_AT_ONCE} order by seq`;
  return [rows, rows.length < (rows[0]?.waiting ?? 0)];
}

async function screenChanges(db: Database, limit: number, after = '0'): Promise<ScreenedChanges> {
  // A paused evaluation's children are all screened again when it is resumed.
  const all = (await evaluations(db)).filter(({ paused, stage }) => !paused && stage !== 'closed');
  return settled(db, async (tx) => {
    const [rows, more] = await waiting(tx, limit, after);
    if (rows.length === 0) return { rows: [], cohorts: [], heard: [], causes: [], more };
    const causes = rows.flatMap((row) => row.traceparent ?? []);
    return causedBy(causes, 'screen', { attributes: { 'waymark.outbox.rows': rows.length } }, () =>
      screened(tx, all, rows).then((found) => ({ ...found, causes, more })),
    );
  });
}

async function screened(
  tx: Transaction,
  all: readonly Evaluation[],
  rows: readonly OutboxRow[],
): Promise<Omit<ScreenedChanges, 'causes' | 'more'>> {
  const children = [...new Set(rows.flatMap((row) => row.child_keys))];
  const councils = [...new Set(rows.flatMap((row) => row.council_ids))];
  const cohorts: CohortRef[] = [];
  for (const evaluation of children.length > 0 ? all : []) {
    for (const wave of await screen(tx, evaluation, children))
      cohorts.push({ evaluation: evaluation.slug, wave });
  }
  const heard = await tx<{ council: string; rhythmDays: number }[]>`
      select code as council, rhythm_days as "rhythmDays" from waymark.council where council_id = any(${councils}::smallint[])`;
  return { rows: rows.map((row) => String(row.seq)), cohorts, heard: [...heard] };
}

/** The cohorts with a milestone that is not frozen and as wanted. */
async function unfrozenCohorts(
  db: Database,
  of: readonly Evaluation[],
  wanted: (milestone: MilestoneMaturity) => boolean,
): Promise<CohortRef[]> {
  const found: CohortRef[] = [];
  for (const evaluation of of) {
    const open = (await milestones(db, evaluation)).filter((one) => one.frozenAt === null && wanted(one));
    for (const wave of new Set(open.map((one) => one.wave)))
      found.push({ evaluation: evaluation.slug, wave });
  }
  return found;
}

const isReady = (milestone: MilestoneMaturity): boolean => milestone.waitingFor.length === 0;

/** Cohorts with a milestone that is ready and not frozen, in the evaluations that any of these councils takes part in. */
async function readyCohorts(db: Database, councils: string[] | null): Promise<CohortRef[]> {
  const theirs = (await evaluations(db)).filter(
    (one) => mayFreeze(one) && (!councils || one.protocol.councils.some((code) => councils.includes(code))),
  );
  return unfrozenCohorts(db, theirs, isReady);
}

async function waitingCohorts(db: Database): Promise<CohortRef[]> {
  return db<CohortRef[]>`
    select distinct e.slug as evaluation, c.wave from waymark.cohort_change c join waymark.evaluation e using (evaluation_id)
    where not e.paused`;
}

async function maturityOf(db: Database, { evaluation: slug, wave, horizon }: MilestoneRef) {
  const evaluation = await present(db, slug);
  const milestone = (await milestones(db, evaluation, wave)).find((one) => one.horizon === horizon);
  if (!milestone) throw new Gone('CohortGone', `Nobody of ${slug} is left in the wave of ${wave}.`);
  const unsettled = await isUnsettled(db, evaluation, wave);
  const complete = milestone.waitingFor.length === 0 && mayFreeze(evaluation);
  return {
    ready: complete && !unsettled,
    unsettled: complete && unsettled,
    dueOn: milestone.dueOn,
    waitingFor: milestone.waitingFor,
  };
}

/** @param log says what an operator should look at */
export function createTrackerStore(db: Database, drawUp: DrawUp, log: Logger): TrackerStore {
  const raise = async (kind: string, subject: string, message: string): Promise<void> => {
    const raised =
      await db`insert into waymark.alert (kind, subject, message) values (${kind}, ${subject}, ${message})
      on conflict (kind, subject) where resolved_at is null do update set message = excluded.message
      where waymark.alert.message <> excluded.message`;
    if (raised.count > 0) log.warn({ kind, subject }, message);
  };
  const resolve = async (kind: string, subject: string): Promise<void> =>
    void (await db`update waymark.alert set resolved_at = now()
      where kind = ${kind} and subject = ${subject} and resolved_at is null`);
  const tellOf = ({ slug }: Evaluation, { wave, horizon, superseded }: Compared): Promise<void> => {
    const subject = `${slug}/${wave}/${horizon}`;
    if (!superseded) return resolve('milestone-superseded', subject);
    return raise(
      'milestone-superseded',
      subject,
      `The ${horizon}-month figures of the wave of ${wave} are frozen, and later records would give others: see \`waymark evaluation status ${slug}\` and decide whether to release them anew.`,
    );
  };
  return {
    screenChanges: (limit, after) => screenChanges(db, limit, after),
    acknowledge: async (rows) =>
      void (await db`delete from waymark.outbox where seq = any(${rows}::bigint[])`),
    readyCohorts: (councils) => readyCohorts(db, councils),
    unsettledCohorts: async () => [...(await waitingCohorts(db)), ...(await readyCohorts(db, null))],
    unfinishedCohorts: async () =>
      unfrozenCohorts(
        db,
        (await evaluations(db)).filter(({ paused, stage }) => !paused && stage !== 'closed'),
        () => true,
      ),
    recomputeCohort: async ({ evaluation: slug, wave }, heartbeat) => {
      const evaluation = await present(db, slug);
      const recomputed = evaluation.paused ? 0 : await recompute(db, evaluation, wave, heartbeat);
      for (const compared of await noteCandidates(db, evaluation, wave)) await tellOf(evaluation, compared);
      const states = (await standings(db, evaluation, wave)).map(({ horizon, complete, frozen }) => ({
        horizon,
        ready: complete && mayFreeze(evaluation),
        frozen,
      }));
      return { recomputed, milestones: states };
    },
    checkMaturity: (milestone) => maturityOf(db, milestone),
    freezeMilestone: async ({ evaluation: slug, wave, horizon }) => {
      const frozen = await freeze(db, await present(db, slug), wave, horizon);
      if (frozen) await resolve('milestone-overdue', `${slug}/${wave}/${horizon}`);
      return frozen;
    },
    draftResult: async ({ evaluation: slug, wave, horizon }) => {
      const evaluation = await present(db, slug);
      const draft = JSON.stringify(await drawUp(db, evaluation, wave, horizon));
      await db`update waymark.milestone set draft = ${draft}::text::jsonb
        where evaluation_id = ${evaluation.id} and wave = ${wave} and horizon = ${horizon}`;
    },
    releaseSteps: async () => [
      ...(await db<{ row: string; release: number }[]>`
        select look_id::text as row, release_id as release from waymark.release_look order by look_id limit 1000`),
    ],
    releaseStepsTold: async (rows) =>
      void (await db`delete from waymark.release_look where look_id = any(${rows}::bigint[])`),
    noteOverdue: ({ evaluation, wave, horizon }, waitingFor, daysOverdue) =>
      raise(
        'milestone-overdue',
        `${evaluation}/${wave}/${horizon}`,
        `The ${horizon}-month figures of the wave of ${wave} are ${daysOverdue} days overdue: ask ${waitingFor.join(', ')} for their feeds.`,
      ),
    feedSilent: (council, lastHeard) =>
      raise(
        'feed-silent',
        council,
        `Nothing was heard of the feed of ${council} since ${lastHeard}: its figures are unknown from then on; ask the council.`,
      ),
    feedResumed: (council) => resolve('feed-silent', council),
  };
}
