// The stored outcomes of each evaluation counted, beside what the set engine counts from the occurrences that stand. It finds that
// something differs, not which row, and trusts occurrences and enrolment: check.ts, which takes longer, does not.
import { countsSql, stateNumber } from '../../outcomes/set-engine.ts';
import type { Database, Transaction } from '../../platform/database.ts';
import { type Evaluation, evaluations } from '../evaluation.ts';
import { stateNamed } from '../recompute.ts';
import { asTracker } from './standing.ts';

/** Of one state of an outcome at a horizon: how many, their dates added up as days since 2000-01-01, their measures added up. */
interface Counts {
  n: number;
  days: number;
  value: number;
}

/** Of an evaluation that is blinded only at which outcome and horizon: the rest is null. */
export interface CountDifference {
  evaluation: string;
  outcome: string;
  horizon: number;
  state: string | null;
  stands: Counts | null;
  made: Counts | null;
}

export interface QuickReport {
  evaluations: number;
  participants: number;
  outcomes: number;
  /** Participants whose changes are not worked in yet, and who were left out. */
  waiting: number;
  /** Evaluations left out: paused, or closed. */
  resting: string[];
  same: boolean;
  differences: CountDifference[];
}

type Row = { outcome: number; horizon: number; state: number } & Record<keyof Counts, bigint>;

const NONE: Counts = { n: 0, days: 0, value: 0 };
const keyOf = ({ outcome, horizon, state }: Row): string => `${outcome} ${horizon} ${state}`;
const countsOf = ({ n, days, value }: Row): Counts => ({
  n: Number(n),
  days: Number(days),
  value: Number(value),
});

/** With `$1` the evaluation: its participants of whose child nothing waits. */
const CHOSEN = `
  with waiting as (
    select coalesce(m.person_key, o.child_key) as child_key
    from (select unnest(child_keys) as child_key from waymark.outbox) o left join waymark.person_member m using (child_key)
    union select child_key from waymark.cohort_change where evaluation_id = $1
  ),
  chosen as not materialized (
    select * from waymark.participant p
    where p.evaluation_id = $1 and not exists (select from waiting w where w.child_key = p.child_key)
  )`;

const { event } = stateNumber;
const STANDS = `${CHOSEN}
  select outcome::integer, horizon::integer, state::integer, count(*) as n, coalesce(sum(date - date '2000-01-01'), 0) as days,
    coalesce(sum(value) filter (where state = ${event}), 0) as value
  from waymark.outcome join chosen using (participant_key) group by outcome, horizon, state`;

const byKey = (rows: readonly Row[]): Map<string, Row> => new Map(rows.map((row) => [keyOf(row), row]));

function differencesOf(
  { slug, protocol, unblinded }: Evaluation,
  stands: ReadonlyMap<string, Row>,
  made: ReadonlyMap<string, Row>,
): CountDifference[] {
  const found = new Map<string, CountDifference>();
  for (const [key, row] of new Map([...stands, ...made])) {
    const [was, is] = [stands, made].map((side) => {
      const one = side.get(key);
      return one ? countsOf(one) : NONE;
    }) as [Counts, Counts];
    if (was.n === is.n && was.days === is.days && was.value === is.value) continue;
    const at = {
      evaluation: slug,
      outcome: protocol.outcomes[row.outcome]?.id ?? String(row.outcome),
      horizon: row.horizon,
    };
    if (unblinded) found.set(key, { ...at, state: stateNamed[row.state] ?? null, stands: was, made: is });
    else found.set(`${row.outcome} ${row.horizon}`, { ...at, state: null, stands: null, made: null });
  }
  return [...found.values()];
}

/** What differs in one evaluation, and how much was compared. */
async function compare(tx: Transaction, evaluation: Evaluation) {
  const { id, protocol } = evaluation;
  const [said] = await tx.unsafe<{ all: number; chosen: number }[]>(
    `${CHOSEN} select (select count(*) from waymark.participant where evaluation_id = $1)::integer as all,
      (select count(*) from chosen)::integer as chosen`,
    [id],
  );
  const { all = 0, chosen = 0 } = said ?? {};
  const engine = countsSql(protocol.outcomes, protocol.horizons, protocol.population.index.record);
  const stands = byKey(await tx.unsafe<Row[]>(STANDS, [id]));
  const made = byKey(await tx.unsafe<Row[]>(`${CHOSEN} ${engine}`, [id]));
  const outcomes = [...made.values()].reduce((sum, { n }) => sum + Number(n), 0);
  return {
    participants: chosen,
    waiting: all - chosen,
    outcomes,
    differences: differencesOf(evaluation, stands, made),
  };
}

/** Counts at one moment of the store and changes nothing; may run while events come in. */
export const quickCheck = (db: Database): Promise<QuickReport> =>
  db.begin('isolation level repeatable read read only', async (tx) => {
    const all = await evaluations(tx);
    const resting = all.filter(({ paused, stage }) => paused || stage === 'closed');
    const report: QuickReport = {
      evaluations: all.length - resting.length,
      participants: 0,
      outcomes: 0,
      waiting: 0,
      resting: resting.map(({ slug }) => slug),
      same: true,
      differences: [],
    };
    for (const one of all) {
      if (resting.includes(one)) continue;
      const { participants, outcomes, waiting, differences } = await asTracker(tx, () => compare(tx, one));
      report.participants += participants;
      report.outcomes += outcomes;
      report.waiting += waiting;
      report.differences.push(...differences);
    }
    report.same = report.differences.length === 0;
    return report;
  });
