// One evaluation over the generated children: who takes part, their outcomes stored, and a day's events worked in by the way
// that every event goes: settled, screened, recomputed.
import { randomUUID } from 'node:crypto';
import { Protocol } from '../../schemas/protocol.ts';
import { evaluationNamed } from '../../services/evaluations/evaluation.ts';
import { recompute } from '../../services/evaluations/recompute.ts';
import { createEvaluation } from '../../services/evaluations/register.ts';
import { createTrackerStore } from '../../services/evaluations/tracker-store.ts';
import { Councils, settle } from '../../services/ingest/settle.ts';
import { headlineOutcomes } from '../../services/outcomes/definitions.ts';
import { kindNumber } from '../../services/outcomes/kinds.ts';
import { connect, type Database, type Transaction } from '../../services/platform/database.ts';
import { createLogger } from '../../services/platform/log.ts';
import type { CohortRef } from '../../services/tracker/store.ts';
import { councilCode, councils, IN_EVALUATION, WINDOW } from './world.ts';

const ours = councils.slice(0, IN_EVALUATION);

export const protocol = Protocol.parse({
  protocolVersion: 1,
  id: 'bench',
  title: 'Generated children',
  question: 'How fast are the outcomes?',
  dataSource: 'simulated',
  design: 'quasi-experimental',
  councils: ours,
  population: { index: { record: 'referral', countNoFurtherAction: true }, ...WINDOW },
  unit: 'council',
  allocation: { method: 'by-council', trial: ours.slice(0, 3), comparison: ours.slice(3) },
  arms: { trial: 'Trial', comparison: 'Comparison' },
  waves: 'quarter',
  horizons: [6, 12, 18],
  outcomes: [...headlineOutcomes],
  primary: { outcome: 're-referral', horizon: 12 },
  disclosure: { threshold: 6 },
} satisfies Protocol);

/** Enrols everybody at once, as the screen would child by child. */
export async function enrol(db: Database): Promise<void> {
  await createEvaluation(db, protocol);
  await db`delete from waymark.outbox`;
  await db.begin(async (tx) => {
    // Planned anew for every row, the look-ups of its foreign keys take longer than the row.
    await tx`set local plan_cache_mode = auto`;
    await enrolAll(tx);
  });
  await db`analyze waymark.participant, waymark.screening`;
}

async function enrolAll(tx: Transaction): Promise<void> {
  await tx`
    insert into waymark.participant (evaluation_id, child_key, council_id, wave, index_day, index_record, index_child, arm, cluster)
    select e.evaluation_id, i.child_key, i.council_id, date_trunc('quarter', i.starts)::date, i.starts, i.record_id, i.child_key,
      (i.council_id <= 3)::integer, lpad(to_hex(i.council_id::integer), 32, '0')::uuid
    from waymark.evaluation e cross join (
      select distinct on (o.child_key) o.child_key, c.council_id, o.starts, o.record_id
      from waymark.occurrence o join waymark.child c using (child_key) join waymark.evaluation_council ec using (council_id)
      where o.kind = ${kindNumber.referral} and o.starts between ${WINDOW.from} and ${WINDOW.to}
      order by o.child_key, o.starts, o.record_id) i`;
  await tx`insert into waymark.screening (evaluation_id, child_key, index_day)
    select evaluation_id, child_key, index_day from waymark.participant`;
}

/** Works out and stores every outcome, wave by wave, as many waves at once as `db` has connections. @returns seconds */
export async function storeAll(db: Database): Promise<number> {
  const evaluation = await evaluationNamed(db, protocol.id);
  if (!evaluation) throw new Error('the evaluation is not there');
  await db`insert into waymark.cohort_change select evaluation_id, wave, child_key from waymark.participant`;
  const waves = await db<{ wave: string }[]>`select distinct wave from waymark.participant order by wave`;
  const began = performance.now();
  await Promise.all(waves.map(({ wave }) => recompute(db, evaluation, wave)));
  const seconds = (performance.now() - began) / 1_000;
  await db`vacuum analyze waymark.outcome`;
  return seconds;
}

interface Known {
  child: string;
  council_id: number;
  record: string;
  day: string;
}

/** A day's events: half new referrals, a quarter new care episodes, a quarter corrections of a referral that is known. */
async function delta(db: Database, events: number): Promise<string[]> {
  const known = await db<Known[]>`
    select 'c' || replace(c.pseudonym::text, '-', '') as child, c.council_id, 'r' || replace(o.record_id::text, '-', '') as record,
      o.starts as day
    from (select child_key from waymark.child order by hashint4extended(child_key, 8) limit ${events}) picked
    join waymark.child c using (child_key)
    join lateral (select record_id, starts from waymark.occurrence o where o.child_key = c.child_key and o.kind = ${kindNumber.referral}
      order by record_id limit 1) o on true`;
  const now = new Date().toISOString();
  return known.map(({ child, council_id, record, day }, at) => {
    const isNew = at % 4 !== 3;
    const isCare = at % 4 === 2;
    const started = `2023-0${1 + (at % 9)}-15`;
    return JSON.stringify({
      specversion: '1.0',
      id: randomUUID(),
      source: `/councils/${councilCode(council_id)}`,
      subject: child,
      type: `waymark.case.${isCare ? 'care-episode' : 'referral'}.v1`,
      time: now,
      data: {
        recordId: isNew ? `r${randomUUID().replaceAll('-', '')}` : record,
        state: isCare
          ? { started, reasonStarted: 'S', legalStatus: 'C2' }
          : { date: isNew ? started : day, noFurtherAction: false },
      },
    });
  });
}

const BATCH = 1_000;

export interface Day {
  events: number;
  /** Of whom an event changed the outcomes of a participant. */
  cohorts: number;
  settleSeconds: number;
  /** Screened, and outcomes computed again and stored. */
  refreshSeconds: number;
}

/** From messages in hand to refreshed outcomes; Kafka and Temporal hand over ids and are left out. */
export async function workIn(databaseUrl: string, events: number): Promise<Day> {
  const ingest = connect(databaseUrl, 2, 'bench-ingest', 'waymark_ingest');
  const tracker = connect(databaseUrl, 2, 'bench-tracker', 'waymark_tracker');
  const owner = connect(databaseUrl, 1, 'bench-delta');
  try {
    const messages = await delta(owner, events);
    const feed = { db: ingest, councils: new Councils(ingest), cache: new Map<string, number>() };
    await feed.councils.refresh();
    const store = createTrackerStore(tracker, async () => null, createLogger('bench', 'silent'));
    const began = performance.now();
    for (let at = 0; at < messages.length; at += BATCH) {
      const batch = messages.slice(at, at + BATCH);
      await settle(
        feed,
        'case-events.v1',
        0,
        batch.map((value, n) => ({ offset: String(at + n), value: Buffer.from(value) })),
      );
    }
    const settled = performance.now();
    const cohorts = new Map<string, CohortRef>();
    for (;;) {
      const screened = await store.screenChanges(100);
      if (screened.rows.length === 0) break;
      for (const cohort of screened.cohorts) cohorts.set(cohort.wave, cohort);
      await store.acknowledge(screened.rows);
    }
    for (const cohort of cohorts.values()) await store.recomputeCohort(cohort, () => {});
    const ended = performance.now();
    return {
      events: messages.length,
      cohorts: cohorts.size,
      settleSeconds: (settled - began) / 1_000,
      refreshSeconds: (ended - settled) / 1_000,
    };
  } finally {
    for (const pool of [ingest, tracker, owner]) await pool.end();
  }
}
