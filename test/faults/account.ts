// What had become of everything that was sent: the ledger against the source, the outcomes against the reference engine's.
import type { CaseEvent } from '../../schemas/case-event.ts';
import type { FeedMessage } from '../../schemas/message.ts';
import { resultOf } from '../../services/analysis/result.ts';
import { NOTHING_ALLOTTED } from '../../services/evaluations/evaluate/allocation.ts';
import { evaluate } from '../../services/evaluations/evaluate/evaluate.ts';
import { Known } from '../../services/evaluations/evaluate/known.ts';
import { type Evaluation, evaluationNamed } from '../../services/evaluations/evaluation.ts';
import { verifyChain } from '../../services/evaluations/lifecycle/chain.ts';
import { INGEST_GROUP } from '../../services/ingest/run.ts';
import { contentHash } from '../../services/platform/content-hash.ts';
import type { Database } from '../../services/platform/database.ts';
import { type Kafka, lagOf } from '../../services/platform/kafka.ts';
import { LIMIT_MS, until } from './until.ts';

const MS_AN_EVENT = 2;

/** A delivery that is over. */
export interface Delivered {
  /** Of the evaluation that follows its children. */
  slug: string;
  council: string;
  topic: string;
  messages: readonly FeedMessage[];
  /** Messages that belong into quarantine, earlier deliveries' included. */
  quarantined: number;
}

export interface Account {
  lost: number;
  doubled: number;
  altered: number;
  /** Messages in quarantine that the fault did not put there, or that it did and that are missing. */
  misplaced: number;
  /** Messages in Kafka that ingest does not get past. */
  stuck: number;
  outcomesDiffer: boolean;
  chainFaults: number;
}

const bare = (name: string): string => name.replaceAll('-', '');

export async function quarantinedIn(db: Database): Promise<number> {
  const [row] = await db<{ count: number }[]>`select count(*)::int as count from waymark.quarantine`;
  return row?.count ?? 0;
}

/** Whether nothing waits for the relay or to be worked out again. */
async function settled(db: Database): Promise<boolean> {
  const [row] = await db<{ rows: number }[]>`
    select (select count(*) from waymark.outbox)::int + (select count(*) from waymark.cohort_change)::int as rows`;
  return row?.rows === 0;
}

/** @returns how the ledger differs from these events now */
function ledgerAgainst(db: Database, council: string, events: readonly CaseEvent[]) {
  const wanted = new Map(
    events.map((one) => [bare(one.id), contentHash('state' in one.data ? one.data.state : null)]),
  );
  return async () => {
    const rows = await db<{ id: string; state: unknown }[]>`
      select e.event_id as id, e.state from waymark.case_event e join waymark.child c using (child_key)
      join waymark.council o using (council_id) where o.code = ${council}`;
    const found = new Map(rows.map(({ id, state }) => [bare(id), contentHash(state)]));
    return {
      lost: [...wanted.keys()].filter((id) => !found.has(id)).length,
      doubled: rows.length - found.size + [...found.keys()].filter((id) => !wanted.has(id)).length,
      altered: [...found].filter(([id, hash]) => wanted.has(id) && wanted.get(id) !== hash).length,
    };
  };
}

/** @returns whether the outcomes in the store are the reference engine's now */
function outcomesAgainst(db: Database, evaluation: Evaluation, { council, messages }: Delivered) {
  const known = new Known([council]);
  for (const message of messages) known.take(JSON.stringify(message));
  const { results } = evaluate(evaluation.protocol, known, NOTHING_ALLOTTED, {
    codeVersion: 'test',
    asOf: null,
  });
  const wanted = contentHash(results);
  return async (): Promise<boolean> => {
    const { results: stored } = await resultOf(db, evaluation);
    return contentHash(stored.map(({ outcome, horizon, arms }) => ({ outcome, horizon, arms }))) === wanted;
  };
}

/** Waits until nothing waits, then compares with what was sent. */
export async function accountOf(db: Database, kafka: Kafka, delivered: Delivered): Promise<Account> {
  const evaluation = await evaluationNamed(db, delivered.slug);
  if (!evaluation) throw new Error(`no evaluation ${delivered.slug}`);
  const events = delivered.messages.filter((one): one is CaseEvent => 'subject' in one);
  const same = outcomesAgainst(db, evaluation, delivered);
  const ledger = ledgerAgainst(db, delivered.council, events);
  const stuck = () => lagOf(kafka, delivered.topic, INGEST_GROUP);
  const whole = async () =>
    (await stuck()) === 0 && (await settled(db)) && (await ledger()).lost === 0 && (await same());
  const within = LIMIT_MS + MS_AN_EVENT * events.length;
  await until('everything has arrived', whole, { within }).catch(() => {});
  return {
    ...(await ledger()),
    stuck: await stuck(),
    misplaced: Math.abs((await quarantinedIn(db)) - delivered.quarantined),
    outcomesDiffer: !(await same()),
    chainFaults: (await verifyChain(db, evaluation)).faults.length,
  };
}
