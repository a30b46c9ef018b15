// Cohort workflows under a storm of statements, with the store that they have in service.
// Statements are settled into the ledger as ingest does it; the relay screens them in PostgreSQL, and cohort workflows on the
// real Temporal have outcomes computed again. PostgreSQL, Temporal, the worker, the relay and the settling share this machine.
// At the end everything derived is made again from the ledger by the reference engine and compared.
import { randomUUID } from 'node:crypto';
import { addDays, addMonths } from '../schemas/calendar.ts';
import type { CaseEvent } from '../schemas/case-event.ts';
import { Protocol } from '../schemas/protocol.ts';
import { recordEvent } from '../services/council/case-event.ts';
import { checkRebuild } from '../services/evaluations/rebuild/check.ts';
import { createEvaluation, registerCouncils } from '../services/evaluations/register.ts';
import { createTrackerStore } from '../services/evaluations/tracker-store.ts';
import { Councils, settle } from '../services/ingest/settle.ts';
import { headlineOutcomes, reReferral } from '../services/outcomes/definitions.ts';
import { connect } from '../services/platform/database.ts';
import { migrate } from '../services/platform/migrate.ts';
import { relay } from '../services/tracker/relay.ts';
import type { TrackerStore } from '../services/tracker/store.ts';
import { options, print } from './load/options.ts';
import { benchStack, log, progress, storm, untilSettled, working } from './workflows/rig.ts';

const {
  cohorts: COHORTS,
  rate: STATEMENTS,
  seconds: SECONDS,
  children: CHILDREN,
} = options(
  `node --import tsx bench/workflows-stored.ts: cohort workflows under a storm of statements, on the real PostgreSQL and Temporal. At the
end everything derived is made again from the ledger and compared.`,
  {
    cohorts: { words: 'that are followed', otherwise: 500 },
    rate: { words: 'statements a second', otherwise: 2_000 },
    seconds: { words: 'of statements', otherwise: 60 },
    children: { words: 'a cohort', otherwise: 40 },
  },
);
const WAVES = 25;
const EVALUATIONS = Math.ceil(COHORTS / WAVES);
const FIRST = '2022-01-01';
const HORIZONS = [6, 12, 18];
const BATCH = 500;

const stack = await benchStack();
const { databaseUrl, temporalAddress } = stack.addresses;
await migrate(databaseUrl);
const db = connect(databaseUrl, 2, 'bench');
const ingest = connect(databaseUrl, 1, 'bench-ingest', 'waymark_ingest');
const tracker = connect(databaseUrl, 10, 'bench-tracker', 'waymark_tracker');

/** Each evaluation has a council of its own, so that a statement concerns one cohort. */
const councils = Array.from({ length: EVALUATIONS }, (_, at) => `E0990${String(at).padStart(4, '0')}`);
const protocolOf = (council: string, at: number): Protocol =>
  Protocol.parse({
    protocolVersion: 1,
    id: `bench-${at}`,
    title: 'A bench',
    question: 'How many statements can be followed?',
    dataSource: 'simulated',
    design: 'randomised',
    councils: [council],
    population: {
      index: { record: 'referral', countNoFurtherAction: true },
      from: FIRST,
      to: addDays(addMonths(FIRST, WAVES), -1),
    },
    unit: 'child',
    allocation: { method: 'seeded', seed: 'bench-bench', trialShare: 0.5 },
    arms: { trial: 'Offered', comparison: 'Usual' },
    waves: 'month',
    horizons: HORIZONS,
    outcomes: [...headlineOutcomes],
    primary: { outcome: reReferral.id, horizon: 12 },
    disclosure: { threshold: 6 },
  });

const hex = (): string => randomUUID().replaceAll('-', '');
const children = councils.flatMap((council) =>
  Array.from({ length: WAVES * CHILDREN }, (_, at) => ({
    council,
    child: `c${hex()}`,
    index: addDays(addMonths(FIRST, at % WAVES), Math.floor(at / WAVES) % 28),
  })),
);
const referral = (at: number, days: number): CaseEvent => {
  const { council, child, index } = children[at % children.length] as (typeof children)[number];
  const about = { council, child, recordId: `r${hex()}`, recordedAt: '2025-01-01T00:00:00Z' };
  return recordEvent(about, 'referral', { date: addDays(index, days) });
};

const feed = { db: ingest, councils: new Councils(ingest), cache: new Map<string, number>() };
let offset = 0;
async function arrive(events: readonly CaseEvent[]): Promise<void> {
  for (let from = 0; from < events.length; from += BATCH)
    await settle(
      feed,
      'case-events.v1',
      0,
      events.slice(from, from + BATCH).map((event) => {
        offset += 1;
        return { offset: String(offset), value: Buffer.from(JSON.stringify(event)) };
      }),
    );
}

/** What the store was asked, how often, and the milliseconds that it took. */
const asked = new Map<string, { times: number; ms: number }>();
const timed = (store: TrackerStore): TrackerStore =>
  new Proxy(store, {
    get:
      (of, question: keyof TrackerStore) =>
      async (...args: unknown[]) => {
        const began = performance.now();
        const answer = await (of[question] as (...args: unknown[]) => Promise<unknown>)(...args);
        const { times, ms } = asked.get(question) ?? { times: 0, ms: 0 };
        asked.set(question, { times: times + 1, ms: ms + performance.now() - began });
        return answer;
      },
  });

await registerCouncils(
  db,
  councils.map((code) => ({ code, name: code, dataSource: 'simulated' as const })),
);
for (const [at, council] of councils.entries()) await createEvaluation(db, protocolOf(council, at));
await db`update waymark.evaluation set stage = 'following'`;
await arrive(children.map((_, at) => referral(at, 0)));
progress({ stage: 'bench', message: `${children.length} children are in the ledger` });

const store = timed(createTrackerStore(tracker, async () => ({}), log));
const { signals, metrics, sent, histories, close } = await working(temporalAddress, store);
const ending = new AbortController();
const relaying = relay(store, signals, log, metrics, ending.signal);
const rows = async (): Promise<number> => {
  const [{ waiting } = { waiting: 0 }] = await db<{ waiting: number }[]>`
    select count(*)::integer as waiting from waymark.outbox`;
  return waiting;
};
const isSettled = async (): Promise<boolean> => {
  const [{ waiting } = { waiting: 1 }] = await db<{ waiting: number }[]>`
    select (select count(*) from waymark.outbox) + (select count(*) from waymark.cohort_change) as waiting`;
  return Number(waiting) === 0;
};
await untilSettled(isSettled);
await db`vacuum analyze`;
progress({ stage: 'bench', message: `${EVALUATIONS * WAVES} cohort workflows are running` });

asked.clear();
const counted = async () => ({
  signals: await sent(),
  recomputed: (await metrics.recomputed.get()).values[0]?.value ?? 0,
});
const before = await counted();
const { made, perSecond, mostRowsWaiting } = await storm(
  { seconds: SECONDS, perSecond: STATEMENTS },
  // Children in another order than they stand, each again and again.
  (from, to) =>
    arrive(
      Array.from({ length: to - from }, (_, at) => referral((from + at) * 7_919, 30 + ((from + at) % 700))),
    ),
  rows,
);
const settledAfterMs = await untilSettled(isSettled);
const after = await counted();
ending.abort();
await relaying;
const signalled = after.signals - before.signals;
const historyEvents = await histories();
await close();
const { differing } = await checkRebuild(db);

print({
  cohorts: EVALUATIONS * WAVES,
  participants: children.length,
  statements: made,
  statementsPerSecond: perSecond,
  signals: signalled,
  statementsPerSignal: Math.round((made / signalled) * 10) / 10,
  mostRowsWaiting,
  settledAfterMs,
  participantsRecomputed: after.recomputed - before.recomputed,
  asked: Object.fromEntries(
    [...asked].map(([question, { times, ms }]) => [question, { times, seconds: Math.round(ms / 100) / 10 }]),
  ),
  historyEvents,
  differing,
});
for (const pool of [db, ingest, tracker]) await pool.end();
await stack.stop();
