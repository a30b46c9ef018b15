// Two years of a whole evaluation, by the days its records speak of, on the real store and the real Temporal: three waves in
// three councils, one of which is silent for five months and then sends everything at once; every activity is cut off before
// and after its effect; new workflow code is deployed between milestones; runs continue as new all the time; and a record is
// purged after the twelve-month figures were frozen. At every freeze and at the end the outcomes are the reference engine's.
import { readFile } from 'node:fs/promises';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { afterAll, beforeAll, expect, inject, onTestFinished, test } from 'vitest';
import type { CaseEvent } from '../../schemas/case-event.ts';
import { type FeedMessage, isFeedStatement } from '../../schemas/message.ts';
import { purgeEvent } from '../../services/council/case-event.ts';
import { evaluateAsOf } from '../../services/evaluations/as-of/as-of.ts';
import { candidatesOf } from '../../services/evaluations/candidate.ts';
import { type Evaluation, evaluationNamed } from '../../services/evaluations/evaluation.ts';
import { newKeyPair } from '../../services/evaluations/lifecycle/signatures.ts';
import { registerSigner } from '../../services/evaluations/lifecycle/signers.ts';
import { advance, signEvaluation } from '../../services/evaluations/lifecycle/steps.ts';
import { censorNamed, stateNamed } from '../../services/evaluations/recompute.ts';
import {
  createEvaluation,
  importAllocations,
  registerCouncils,
} from '../../services/evaluations/register.ts';
import { createTrackerStore } from '../../services/evaluations/tracker-store.ts';
import { Councils, settle } from '../../services/ingest/settle.ts';
import { connect, type Database } from '../../services/platform/database.ts';
import { type SimulationPlan, smallPlan } from '../../services/simulator/plan.ts';
import { demonstrationProtocol } from '../../services/simulator/protocol.ts';
import { simulate } from '../../services/simulator/simulate.ts';
import { workflowBundle } from '../../services/tracker/bundle.ts';
import { createTrackerMetrics } from '../../services/tracker/metrics.ts';
import { relay, type Signals } from '../../services/tracker/relay.ts';
import type { TrackerStore } from '../../services/tracker/store.ts';
import { cohort, look } from '../../workflows/index.ts';
import { cohortId } from '../../workflows/messages.ts';
import { testDatabase } from '../harness/database.ts';
import { eventually, home, realServer, silentLog, taskQueueOn } from './environment.ts';

const plan: SimulationPlan = {
  ...smallPlan('two years'),
  name: 'two-years',
  councils: smallPlan()
    .councils.slice(0, 3)
    .map((council) => ({ ...council, silentAfter: null })),
  recruitment: { from: '2023-09-01', to: '2023-11-30' },
  completeThrough: '2025-06-15',
};
const SILENT = { council: plan.councils[1]?.code ?? '', from: '2024-03', to: '2024-07' };
const DEPLOYED_IN = '2024-10';
const PURGED_IN = '2025-01';
const HORIZONS = [6, 12, 18];

/** What each council sends in each month; the silent one's five months come with the month after them. */
function monthly(): Map<string, FeedMessage[]> {
  const months = new Map<string, FeedMessage[]>();
  for (const council of simulate(plan).councils()) {
    for (const { day, messages } of council.deliveries()) {
      const month = day.slice(0, 7);
      const held = council.code === SILENT.council && month >= SILENT.from && month <= SILENT.to;
      const sent = held ? '2024-08' : month;
      months.set(sent, [...(months.get(sent) ?? []), ...messages]);
    }
  }
  return new Map([...months].sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** Cuts off the first call of every question before its effect, and the second one after it. */
function crashing(store: TrackerStore) {
  const calls = new Map<string, number>();
  const cut = new Set<string>();
  const wrapped = new Proxy(store, {
    get:
      (target, method: keyof TrackerStore) =>
      async (...args: unknown[]) => {
        const { horizon } = (args[0] ?? {}) as { horizon?: number };
        const question = horizon === undefined ? method : `${method} ${horizon}`;
        const call = (calls.get(question) ?? 0) + 1;
        calls.set(question, call);
        if (call === 1) throw new Error(`cut off before ${question}`);
        const answer = await (target[method] as (...args: unknown[]) => Promise<unknown>)(...args);
        if (call !== 2) return answer;
        cut.add(question);
        throw new Error(`cut off after ${question}`);
      },
  });
  return { store: wrapped as TrackerStore, cut };
}

/** Today's workflow code with a change that a later release might bring: it looks once more before it freezes. */
async function nextRelease(): Promise<string> {
  const code = await readFile((await workflowBundle(home)).codePath, 'utf8');
  const before = "seen.stage = 'freezing';";
  expect(code.split(before)).toHaveLength(2);
  const rest = code.slice(code.indexOf(before));
  const [, workflow] = rest.match(/(_temporalio_workflow__WEBPACK_IMPORTED_MODULE_\d+__)\.condition/) ?? [];
  return code.replace(
    before,
    `if ((0, ${workflow}.patched)('look-once-more')) await checkMaturity(of); ${before}`,
  );
}

async function inFollowUp(db: Database): Promise<string> {
  const simulation = simulate(plan);
  await registerCouncils(
    db,
    simulation.councils().map(({ code, name }) => ({ code, name, dataSource: 'simulated' as const })),
  );
  const protocol = demonstrationProtocol(simulation);
  const slug = protocol.id;
  await createEvaluation(db, protocol);
  const at = new Date();
  const taken = { slug, by: 'anna', at };
  await advance(db, taken, 'registered');
  for (const id of ['anna', 'ben']) {
    const { privatePem, publicKey } = newKeyPair();
    await registerSigner(db, { id, name: id, publicKey, simulated: true });
    await signEvaluation(db, { slug, signer: id, privatePem, at });
  }
  for (const stage of ['locked', 'recruiting', 'following'] as const) await advance(db, taken, stage);
  const units = simulation.allocations().map(({ council, family, arm }) => ({ council, unit: family, arm }));
  await importAllocations(db, slug, units);
  return slug;
}

interface StoredOutcome {
  child: string;
  outcome: number;
  horizon: number;
  state: number;
  date: string | null;
  censor_reason: number | null;
  value: number | null;
}

const lineOf = (child: string, outcome: string, horizon: number, state: string, ...rest: unknown[]): string =>
  [child, outcome, horizon, state, ...rest].join(' ');

const storedLines = ({ protocol }: Evaluation, rows: readonly StoredOutcome[]): string[] =>
  rows
    .map(({ child, outcome, horizon, state, date, censor_reason, value }) =>
      lineOf(
        child,
        protocol.outcomes[outcome]?.id ?? '',
        horizon,
        stateNamed[state] ?? '',
        date,
        censor_reason === null ? null : censorNamed[censor_reason],
        value,
      ),
    )
    .sort();

/** The reference engine over the ledger as it was before `cut`, for these children. */
async function referenceLines(
  db: Database,
  evaluation: Evaluation,
  cut: Date,
  children: ReadonlySet<string>,
  horizons: readonly number[],
): Promise<string[]> {
  const { participants } = await evaluateAsOf(db, evaluation, cut, 'cut');
  return participants
    .filter(({ child }) => children.has(child))
    .flatMap(({ child, outcomes }) =>
      outcomes
        .filter(({ horizon }) => horizons.includes(horizon))
        .map(({ outcome, horizon, state, date, censorReason, value }) =>
          lineOf(child, outcome, horizon, state, date, censorReason, value),
        ),
    )
    .sort();
}

let server: TestWorkflowEnvironment;
beforeAll(async () => {
  server = await realServer(inject('stack').temporalAddress);
});
afterAll(() => server.teardown());

test('two years, with every fault that they may bring, end as the reference engine says', async () => {
  const database = await testDatabase();
  const db = connect(database.databaseUrl, 2, 'test-two-years');
  const ingest = connect(database.databaseUrl, 1, 'test-two-years-ingest', 'waymark_ingest');
  const tracker = connect(database.databaseUrl, 6, 'test-two-years-tracker', 'waymark_tracker');
  onTestFinished(async () => {
    for (const pool of [db, ingest, tracker]) await pool.end();
    await database.drop();
  });
  const slug = await inFollowUp(db);
  const named = async () => (await evaluationNamed(db, slug)) as Evaluation;

  const { work, signals, client, taskQueue } = await taskQueueOn(server);
  const sound = createTrackerStore(tracker, async () => ({ drawn: 'up' }), silentLog);
  const { store, cut } = crashing(sound);
  const runs = new Map<string, Set<string>>();
  const lowThreshold: Signals = {
    ...signals,
    look: async (of) => {
      const started = await client.workflow.signalWithStart(cohort, {
        workflowId: cohortId(of),
        taskQueue,
        args: [of, { historyLimit: 40 }],
        signal: look,
      });
      runs.set(of.wave, (runs.get(of.wave) ?? new Set()).add(started.signaledRunId));
    },
  };
  const ending = new AbortController();
  const relaying = relay(store, lowThreshold, silentLog, createTrackerMetrics(), ending.signal, {
    interval: 20,
    sweepEvery: 500,
  });
  let endWorker = await work(store);
  onTestFinished(async () => {
    ending.abort();
    await relaying;
    await endWorker();
  });

  const feed = { db: ingest, councils: new Councils(ingest), cache: new Map<string, number>() };
  let offset = 0;
  const arrive = (messages: readonly FeedMessage[]) =>
    settle(
      feed,
      'case-events.v1',
      0,
      messages.map((message) => ({ offset: String(++offset), value: Buffer.from(JSON.stringify(message)) })),
    );
  const settled = async (): Promise<boolean> => {
    const [{ waiting } = { waiting: 1 }] = await db<{ waiting: number }[]>`
      select (select count(*) from waymark.outbox) + (select count(*) from waymark.cohort_change)
        + (select count(*) from waymark.milestone where not drafted) as waiting`;
    return (
      Number(waiting) === 0 && (await sound.readyCohorts(plan.councils.map(({ code }) => code))).length === 0
    );
  };

  const sent = monthly();
  const everything: FeedMessage[] = [];
  for (const [month, messages] of sent) {
    if (month === DEPLOYED_IN) {
      await endWorker();
      endWorker = await work(store, await nextRelease());
    }
    for (let from = 0; from < messages.length; from += 50) await arrive(messages.slice(from, from + 50));
    everything.push(...messages);
    if (month === PURGED_IN) await arrive([await purgeOfAnEvent(db, everything)]);
    await eventually(settled);
  }

  const evaluation = await named();
  const participants = await db<{ child: string; flag: string | null; wave: string }[]>`
    select 'c' || replace(pseudonym::text, '-', '') as child, flag, wave
    from waymark.participant join waymark.child using (child_key)`;
  expect(new Set(participants.map(({ wave }) => wave)).size).toBe(3);
  const unflagged = new Set(participants.filter(({ flag }) => flag === null).map(({ child }) => child));
  expect(unflagged.size).toBeGreaterThan(20);

  const now = await db<StoredOutcome[]>`
    select 'c' || replace(pseudonym::text, '-', '') as child, o.outcome, o.horizon, o.state, o.date, o.censor_reason, o.value
    from waymark.outcome o join waymark.participant using (participant_key) join waymark.child using (child_key)
    where 'c' || replace(pseudonym::text, '-', '') = any(${[...unflagged]})`;
  expect(storedLines(evaluation, now)).toEqual(
    await referenceLines(db, evaluation, new Date(Date.now() + 60_000), unflagged, HORIZONS),
  );

  const purgedChild = (
    await db<{ child: string }[]>`
    select 'c' || replace(pseudonym::text, '-', '') as child from waymark.case_event join waymark.child using (child_key)
    where event_id = ${purged.id}`
  )[0]?.child;
  const frozen = await db<
    { wave: string; horizon: number; frozen_at: Date; includes: { lastEvent: unknown } }[]
  >`
    select wave, horizon, frozen_at, includes from waymark.milestone order by wave, horizon`;
  expect(frozen.map(({ wave, horizon }) => `${wave} ${horizon}`)).toHaveLength(9);
  for (const { wave, horizon, frozen_at, includes } of frozen) {
    const kept = await db<StoredOutcome[]>`
      select 'c' || replace(c.pseudonym::text, '-', '') as child, f.outcome, f.horizon, f.state, f.date, f.censor_reason, f.value
      from waymark.frozen_outcome f join waymark.participant p using (participant_key) join waymark.child c using (child_key)
      where f.wave = ${wave} and f.horizon = ${horizon} and p.flag is null`;
    const still = kept.filter(({ child }) => child !== purgedChild);
    expect(storedLines(evaluation, still)).toEqual(
      await referenceLines(db, evaluation, frozen_at, new Set(still.map(({ child }) => child)), [horizon]),
    );
    expect(includes.lastEvent).not.toBeNull();
  }

  // The purge changed figures that were frozen: they stand as they were, with a candidate beside them.
  const candidates = await candidatesOf(db, evaluation);
  expect(candidates.some(({ changed, gone }) => changed + gone > 0)).toBe(true);
  const alerts = await db<{ subject: string }[]>`
    select subject from waymark.alert where kind = 'milestone-superseded' and resolved_at is null order by subject`;
  expect(alerts.map(({ subject }) => subject)).toEqual(
    candidates.map(({ wave, horizon }) => `${slug}/${wave}/${horizon}`).sort(),
  );

  // Every question was cut off; each cohort went through many runs.
  expect([...cut].sort()).toEqual(expect.arrayContaining(QUESTIONS));
  for (const ids of runs.values()) expect(ids.size).toBeGreaterThan(3);
});

const QUESTIONS = [
  'acknowledge',
  'checkMaturity 12',
  'checkMaturity 18',
  'checkMaturity 6',
  'draftResult 12',
  'draftResult 18',
  'draftResult 6',
  'freezeMilestone 12',
  'freezeMilestone 18',
  'freezeMilestone 6',
  'readyCohorts',
  'recomputeCohort',
  'screenChanges',
];

let purged: CaseEvent;

/** A purge of the record behind a re-referral that a frozen twelve-month figure counts. */
async function purgeOfAnEvent(db: Database, sent: readonly FeedMessage[]): Promise<CaseEvent> {
  const [counted] = await db<{ code: string; child: string; date: string }[]>`
    select c.code, 'c' || replace(ch.pseudonym::text, '-', '') as child, f.date
    from waymark.frozen_outcome f join waymark.participant p using (participant_key)
    join waymark.child ch using (child_key) join waymark.council c on c.council_id = p.council_id
    where f.horizon = 12 and f.outcome = 0 and f.state = 1 and p.flag is null order by child limit 1`;
  const about = sent.find(
    (message): message is CaseEvent =>
      !isFeedStatement(message) &&
      message.subject === counted?.child &&
      message.type === 'waymark.case.referral.v1' &&
      'state' in message.data &&
      (message.data.state as { date: string }).date === counted.date,
  );
  if (!counted || !about) throw new Error('no re-referral is frozen at twelve months');
  purged = purgeEvent(
    {
      council: counted.code,
      child: counted.child,
      recordId: about.data.recordId,
      recordedAt: '2025-01-31T12:00:00Z',
    },
    'referral',
  );
  return purged;
}
