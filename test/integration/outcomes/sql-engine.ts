// The SQL engine on a database of its own, reached by the way every event goes: settled, screened, recomputed.
import type { FeedMessage } from '../../../schemas/message.ts';
import type { ParticipantOutcome } from '../../../schemas/outcome.ts';
import type { Protocol } from '../../../schemas/protocol.ts';
import type { ArmCounts } from '../../../schemas/result.ts';
import { resultOf } from '../../../services/analysis/result.ts';
import { evaluationNamed } from '../../../services/evaluations/evaluation.ts';
import { maturityLedger } from '../../../services/evaluations/maturing/from-store.ts';
import { censorNamed, stateNamed } from '../../../services/evaluations/recompute.ts';
import {
  type AllocatedUnit,
  createEvaluation,
  importAllocations,
  registerCouncils,
} from '../../../services/evaluations/register.ts';
import { createTrackerStore } from '../../../services/evaluations/tracker-store.ts';
import { Councils, settle } from '../../../services/ingest/settle.ts';
import type { Index } from '../../../services/outcomes/participant.ts';
import { connect } from '../../../services/platform/database.ts';
import { createLogger } from '../../../services/platform/log.ts';
import type { CohortRef } from '../../../services/tracker/store.ts';
import { type TestDatabase, testDatabase } from '../../harness/database.ts';

/** What the store holds about one participant. `outcomes` are in the protocol's order. */
export interface StoredParticipant {
  council: string;
  child: string;
  index: Index;
  arm: 'trial' | 'comparison';
  outcomes: ParticipantOutcome[];
}

export interface StoredCounts {
  outcome: string;
  horizon: number;
  arms: ArmCounts[];
}

/** @param database of the caller's own, instead of one with the newest shape */
export async function sqlEngine(given?: Pick<TestDatabase, 'databaseUrl' | 'drop'>) {
  const database = given ?? (await testDatabase());
  const db = connect(database.databaseUrl, 2, 'test-outcomes');
  const ingest = connect(database.databaseUrl, 2, 'test-outcomes-ingest', 'waymark_ingest');
  const tracker = connect(database.databaseUrl, 2, 'test-outcomes-tracker', 'waymark_tracker');
  const feed = { db: ingest, councils: new Councils(ingest), cache: new Map<string, number>() };
  const store = createTrackerStore(tracker, async () => null, createLogger('test', 'silent'));
  let offset = 0;

  const named = async (slug: string) => {
    const evaluation = await evaluationNamed(db, slug);
    if (!evaluation) throw new Error(`no evaluation ${slug}`);
    return evaluation;
  };

  return {
    db,
    databaseUrl: database.databaseUrl,

    register: (codes: readonly string[]) =>
      registerCouncils(
        db,
        codes.map((code) => ({ code, name: code, dataSource: 'simulated' as const })),
      ),

    create: (protocol: Protocol) => createEvaluation(db, protocol),

    allocate: (slug: string, units: readonly AllocatedUnit[]) => importAllocations(db, slug, units),

    /** One batch, one transaction. */
    async settle(messages: readonly FeedMessage[]) {
      const taken = messages.map((message) => {
        offset += 1;
        return { offset: String(offset), value: Buffer.from(JSON.stringify(message)) };
      });
      return settle(feed, 'case-events.v1', 0, taken);
    },

    /** Screens what waits, at most so many rows of it, and leaves the rows. */
    take: (rows: number, after?: string) => store.screenChanges(rows, after),

    /** Screens and recomputes until nothing waits. */
    async follow(): Promise<void> {
      for (;;) {
        const { rows, cohorts } = await store.screenChanges(1_000);
        if (rows.length === 0) return;
        const each = new Map<string, CohortRef>(
          cohorts.map((cohort) => [`${cohort.evaluation}/${cohort.wave}`, cohort]),
        );
        for (const cohort of each.values()) await store.recomputeCohort(cohort, () => {});
        await store.acknowledge(rows);
      }
    },

    async participants(slug: string): Promise<StoredParticipant[]> {
      const { id, protocol } = await named(slug);
      const rows = await db<
        {
          code: string;
          child: string;
          index_day: string;
          index_record: string;
          index_child: string;
          arm: number;
          outcome: number | null;
          horizon: number;
          state: number;
          date: string | null;
          censor_reason: number | null;
          value: number | null;
        }[]
      >`
        select c.code, 'c' || replace(ch.pseudonym::text, '-', '') as child, p.index_day,
          'r' || replace(p.index_record::text, '-', '') as index_record,
          'c' || replace(ic.pseudonym::text, '-', '') as index_child, p.arm,
          o.outcome, o.horizon, o.state, o.date, o.censor_reason, o.value
        from waymark.participant p
        join waymark.child ch using (child_key) join waymark.child ic on ic.child_key = p.index_child join waymark.council c on c.council_id = p.council_id
        left join waymark.outcome o using (participant_key)
        where p.evaluation_id = ${id}
        order by c.code, child, o.outcome, o.horizon`;
      const found = new Map<string, StoredParticipant>();
      for (const row of rows) {
        const key = `${row.code} ${row.child}`;
        const participant = found.get(key) ?? {
          council: row.code,
          child: row.child,
          index: {
            kind: protocol.population.index.record,
            child: row.index_child,
            recordId: row.index_record,
            day: row.index_day,
          },
          arm: row.arm === 1 ? 'trial' : 'comparison',
          outcomes: [],
        };
        found.set(key, participant);
        const definition = row.outcome === null ? undefined : protocol.outcomes[row.outcome];
        if (!definition) continue;
        participant.outcomes.push({
          outcome: definition.id,
          horizon: row.horizon,
          state: stateNamed[row.state] as ParticipantOutcome['state'],
          date: row.date,
          censorReason:
            row.censor_reason === null
              ? null
              : (censorNamed[row.censor_reason] as ParticipantOutcome['censorReason']),
          value: row.value,
        });
      }
      return [...found.values()];
    },

    async counts(slug: string): Promise<StoredCounts[]> {
      const { results } = await resultOf(db, await named(slug));
      return results.map(({ outcome, horizon, arms }) => ({ outcome, horizon, arms }));
    },

    /** As its owner can, past the chain of its life. */
    async unblind(slug: string): Promise<void> {
      await db`alter table waymark.evaluation disable trigger user`;
      await db`update waymark.evaluation set unblinded = true where slug = ${slug}`;
      await db`alter table waymark.evaluation enable trigger user`;
    },

    /** The maturity ledger, as it is told before the unblinding or after it. */
    async maturity(slug: string, unblinded: boolean) {
      return maturityLedger(db, { ...(await named(slug)), unblinded }, new Date());
    },

    async close(): Promise<void> {
      for (const pool of [db, ingest, tracker]) await pool.end();
      await database.drop();
    },
  };
}

export type SqlEngine = Awaited<ReturnType<typeof sqlEngine>>;
