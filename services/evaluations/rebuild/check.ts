// `waymark rebuild --check`: everything derived is made again from the ledger alone and compared with what stands. Records,
// persons, periods and facts in SQL; who takes part and every outcome by the reference engine. Nothing is changed.
import { compareRows, type Difference, Differences } from '../../ledger/differences.ts';
import { type RebuiltPersons, rebuildPersons, rebuildRecords } from '../../ledger/rebuild.ts';
import { type Person, personsOf } from '../../outcomes/persons.ts';
import type { Database, Transaction } from '../../platform/database.ts';
import { feedsAt, saidUntil } from '../as-of/known-as-of.ts';
import type { KnownFeed } from '../evaluate/known.ts';
import { evaluations } from '../evaluation.ts';
import { compareEvaluation } from './compare.ts';
import { type Deciding, decidingOf, NOW } from './participants.ts';

const CHILDREN_AT_ONCE = 10_000;

/** What a rebuild came to. Counts are of what was compared. */
export interface RebuildReport {
  records: number;
  children: number;
  participants: number;
  outcomes: number;
  /** Children and participants left out, once an evaluation, because their changes are not worked in yet. */
  waiting: number;
  /** Evaluations left out: paused, or closed, so that what stands may lag behind the ledger. */
  resting: string[];
  same: boolean;
  /** Rows that stand differently, by table; 0 where the table agrees. */
  differing: Record<string, number>;
  /** The first hundred of them. */
  differences: Difference[];
}

interface KnownPseudonym {
  child_key: number;
  council: string;
  child: string;
}

/** Keys in parts that hold every pseudonym of each of their persons. */
function parts(all: readonly number[], persons: RebuiltPersons): number[][] {
  const rank = (key: number): number => persons.get(key) ?? key;
  const inOrder = [...all].sort((a, b) => rank(a) - rank(b) || a - b);
  const cut: number[][] = [];
  for (const key of inOrder) {
    const last = cut.at(-1);
    const before = last?.at(-1);
    if (last && (last.length < CHILDREN_AT_ONCE || (before !== undefined && rank(before) === rank(key))))
      last.push(key);
    else cut.push([key]);
  }
  return cut;
}

/** Rows of children that the store does not know at all. */
async function compareStrays(tx: Transaction, differences: Differences): Promise<void> {
  for (const table of ['occurrence', 'child_fact', 'referral_team']) {
    const strays = tx`select t.child_key, t.record_id from waymark.${tx(table)} t
      where not exists (select from waymark.child c where c.child_key = t.child_key)`;
    await compareRows(tx, differences, table, ['child_key', 'record_id'], {
      rebuilt: tx`select 0 as child_key, null::uuid as record_id limit 0`,
      stands: strays,
    });
  }
}

/**
 * Rebuilds and compares, in a transaction that changes nothing and sees one moment of the store, so that it may run while
 * events come in. Works through the children in parts, so that memory does not grow with their number.
 * @param afterPart the children compared so far
 */
export async function checkRebuild(
  db: Database,
  afterPart: (children: number) => void = () => {},
): Promise<RebuildReport> {
  return db.begin('isolation level repeatable read', async (tx) => {
    const differences = new Differences();
    const all = await evaluations(tx);
    const resting = all.filter(({ paused, stage }) => paused || stage === 'closed');
    const deciding: Deciding[] = [];
    for (const one of all) if (!resting.includes(one)) deciding.push(await decidingOf(tx, one));
    const children = await tx<KnownPseudonym[]>`
      select c.child_key, co.code as council, 'c' || replace(c.pseudonym::text, '-', '') as child
      from waymark.child c join waymark.council co using (council_id)`;
    const waiting = await tx<
      { child_key: number }[]
    >`select distinct unnest(child_keys) as child_key from waymark.outbox`;
    const nameOf = new Map(
      children.map(({ child_key, council, child }) => [child_key, `${council} ${child}`]),
    );
    const waitingNames = new Set(waiting.map(({ child_key }) => nameOf.get(child_key)));
    const councils = [...new Set(children.map(({ council }) => council))];
    const { feeds } = await feedsAt(tx, councils, NOW);
    const silent: KnownFeed = { completeThrough: new Map(), gaps: [] };

    const report = { records: 0, children: 0, participants: 0, outcomes: 0, waiting: 0 };
    await compareStrays(tx, differences);
    const persons = await rebuildPersons(tx, differences);
    for (const keys of parts([...nameOf.keys()], persons)) {
      report.records += await rebuildRecords(tx, differences, persons, keys);
      const { said } = deciding.length > 0 ? await saidUntil(tx, councils, NOW, keys) : { said: [] };
      const people = personsOf(said);
      for (const one of deciding) {
        const compared = await compareEvaluation(tx, differences, {
          deciding: one,
          persons: people.filter(({ council }) => one.evaluation.protocol.councils.includes(council)),
          keys,
          waits: ({ council, pseudonyms }: Person) =>
            pseudonyms.some((name) => waitingNames.has(`${council} ${name}`)),
          feedOf: (council) => feeds.get(council) ?? silent,
        });
        report.participants += compared.participants;
        report.outcomes += compared.outcomes;
        report.waiting += compared.waiting;
      }
      report.children += keys.length;
      afterPart(report.children);
    }
    return {
      ...report,
      resting: resting.map(({ slug }) => slug),
      same: differences.total === 0,
      differing: differences.byTable,
      differences: differences.located,
    };
  });
}
