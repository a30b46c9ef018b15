// Analyses of a stored evaluation: made from the ledger as it was known at an instant, kept for good, and made again to check.
import { setTimeout as pause } from 'node:timers/promises';
import { AnalysisRecord, type UnitCosts } from '../../../schemas/analysis.ts';
import { Protocol } from '../../../schemas/protocol.ts';
import { participantsAsOf } from '../../evaluations/as-of/participants-as-of.ts';
import { type Evaluation, unblindedNamed } from '../../evaluations/evaluation.ts';
import type { Database, Queryable, Transaction } from '../../platform/database.ts';
import { UserError } from '../../platform/errors.ts';
import { firstDifference } from '../../platform/first-difference.ts';
import { codeVersion } from '../../platform/version.ts';
import { type ShownRecord, shownRecord } from '../report/shown.ts';
import { analyse, refuseImpossible, type Snapshot } from './analyse.ts';
import { type Acceptance, refuseStrangers } from './gates.ts';
import type { EarlierLook } from './interim.ts';
import { lookIn } from './read-earlier.ts';
import { snapshotFrom } from './snapshot.ts';

/** What an analysis is asked with. */
export interface Asked {
  evaluation: string;
  /** What was stored before it is known; null for everything that is there. */
  cut: Date | null;
  /** The day whose end `cut` is; null for an instant. */
  asOf: string | null;
  acceptances: Acceptance[];
  unitCosts: UnitCosts | null;
  /** Numbers of the analyses that were looks before this one, in their order. */
  earlier: number[];
  by: string;
}

/** A kept analysis without its record. */
export interface AnalysisOutline {
  number: number;
  evaluation: string;
  asOf: string | null;
  cut: Date;
  withheld: boolean;
  codeVersion: string;
  by: string;
  at: Date;
  /** SHA-256 of the record, hexadecimal. */
  hash: string;
}

export interface StoredAnalysis extends AnalysisOutline {
  /** One JSON document and a line feed. */
  record: string;
}

interface Row extends StoredAnalysis {
  protocol: Protocol;
  accepted: Acceptance[];
  unitCosts: UnitCosts | null;
  earlier: number[];
}

export const printed = (record: AnalysisRecord): string =>
  `${JSON.stringify(AnalysisRecord.parse(record))}\n`;

/** Null where nothing may be shown. */
function shownOf(record: AnalysisRecord): ShownRecord | null {
  try {
    return shownRecord(record);
  } catch (error) {
    if (error instanceof UserError && error.code === 'too-small') return null;
    throw error;
  }
}

async function numbered(db: Queryable, number: number): Promise<Row> {
  const [row] = await db<Row[]>`
    select a.analysis_id as number, e.slug as evaluation, a.as_of as "asOf", a.cut, a.protocol, a.accepted,
      a.unit_costs as "unitCosts", a.earlier, a.code_version as "codeVersion", a.withheld, a.record, a.record_hash as hash,
      a.made_by as by, a.made_at as at
    from waymark.analysis a join waymark.evaluation e using (evaluation_id) where a.analysis_id = ${number}`;
  if (row) return row;
  throw new UserError('unknown-analysis', `There is no analysis ${number}.`, { field: 'analysis' });
}

/** @throws UserError `unknown-analysis` of the evaluation; `no-look` for one in which none was made */
async function looksOf(
  db: Queryable,
  evaluation: string,
  numbers: readonly number[],
): Promise<EarlierLook[]> {
  const looks: EarlierLook[] = [];
  for (const number of numbers) {
    const row = await numbered(db, number);
    const refuse = (code: string, sentence: string): never => {
      throw new UserError(code, sentence, { field: 'earlier' });
    };
    if (row.evaluation !== evaluation)
      refuse('unknown-analysis', `Analysis ${number} is of ${row.evaluation}, not of ${evaluation}.`);
    const look = lookIn(AnalysisRecord.parse(JSON.parse(row.record)));
    looks.push(
      look ??
        refuse(
          'no-look',
          `No look was made in analysis ${number}: its effects were withheld, or its share of the information was not known.`,
        ),
    );
  }
  return looks;
}

export interface Made {
  protocol: Protocol;
  snapshot: Snapshot;
  record: AnalysisRecord;
}

interface Inputs extends Pick<Asked, 'asOf' | 'acceptances' | 'unitCosts'> {
  cut: Date;
  earlier: EarlierLook[];
  codeVersion: string;
}

async function make(
  tx: Transaction,
  evaluation: Evaluation,
  { cut, asOf, acceptances, unitCosts, earlier, codeVersion }: Inputs,
): Promise<Made> {
  const { protocol } = evaluation;
  const known = await participantsAsOf(tx, evaluation, cut);
  const snapshot = {
    ...snapshotFrom(protocol, { ...known, recordsOf: ({ records }) => records, asOf }),
    earlier,
  };
  const record = analyse(protocol, snapshot, acceptances, codeVersion, unitCosts);
  return { protocol, snapshot, record };
}

/** In which a transaction that has begun has written something. */
const GRACE_MS = 500;
const PATIENCE_MS = 60_000;

/**
 * An instant of which everything is stored: a statement has the time at which its transaction began, and is seen once that
 * has ended.
 * @throws UserError `store-busy` while a transaction begun before does not end
 */
async function settledNow(db: Database): Promise<Date> {
  const [clock] = await db<{ now: Date }[]>`select clock_timestamp() as now`;
  await pause(GRACE_MS);
  const [newest] = await db<{ id: string }[]>`select pg_current_xact_id()::text as id`;
  for (const until = Date.now() + PATIENCE_MS; Date.now() < until; await pause(100)) {
    const [older] = await db<{ ended: boolean }[]>`
      select pg_snapshot_xmin(pg_current_snapshot()) > ${newest?.id ?? ''}::xid8 as ended`;
    if (older?.ended && clock) return clock.now;
  }
  throw new UserError(
    'store-busy',
    'A transaction of the database goes on and on, so what is known by now cannot be told: try again, or end it (`waymark doctor`).',
    {},
    1,
  );
}

/**
 * Carries out the plan of an unblinded evaluation and keeps the record. One moment of the store is read.
 * @throws UserError `unknown-evaluation`, `blinded`; `day-not-over`, of which more could come; as `analyse` does;
 * `unknown-gate`; `unknown-analysis`, `no-look` for `earlier`; `store-busy`
 */
export async function analyseStored(
  db: Database,
  asked: Asked,
): Promise<Made & { number: number; hash: string }> {
  const { id, ...evaluation } = await unblindedNamed(db, asked.evaluation);
  refuseImpossible(evaluation.protocol);
  const now = await settledNow(db);
  return db.begin('isolation level repeatable read', async (tx) => {
    if (asked.cut && asked.cut > now)
      throw new UserError(
        'day-not-over',
        `${asked.asOf ?? asked.cut.toISOString()} is not over yet: leave --as-of out for what is known by now.`,
        { field: 'as-of' },
      );
    const cut = asked.cut ?? now;
    const earlier = await looksOf(tx, asked.evaluation, asked.earlier);
    const made = await make(tx, { id, ...evaluation }, { ...asked, cut, earlier, codeVersion });
    const { record } = made;
    refuseStrangers(asked.acceptances, record);
    const json = (value: unknown) => (value === null ? null : JSON.stringify(value));
    const [row] = await tx<{ number: number; hash: string }[]>`
      insert into waymark.analysis (evaluation_id, cut, as_of, protocol, accepted, unit_costs, earlier, code_version,
        withheld, record, shown, record_hash, made_by)
      select ${id}, ${cut.toISOString()}::timestamptz, ${asked.asOf}::date, ${json(evaluation.protocol)}::text::jsonb,
        ${json(asked.acceptances)}::text::jsonb, ${json(asked.unitCosts)}::text::jsonb, ${asked.earlier}::integer[],
        ${codeVersion}, ${record.withheld}, r.text, ${json(shownOf(record))}, encode(sha256(convert_to(r.text, 'UTF8')), 'hex'), ${asked.by}
      from (select ${printed(record)}::text as text) r
      returning analysis_id as number, record_hash as hash`;
    return { ...made, number: row?.number ?? 0, hash: row?.hash ?? '' };
  });
}

/** Those of an evaluation, oldest first. @throws UserError `unknown-evaluation`, `blinded` */
export async function storedAnalyses(db: Database, evaluation: string): Promise<AnalysisOutline[]> {
  await unblindedNamed(db, evaluation);
  return db<AnalysisOutline[]>`
    select a.analysis_id as number, e.slug as evaluation, a.as_of as "asOf", a.cut, a.code_version as "codeVersion",
      a.withheld, a.record_hash as hash, a.made_by as by, a.made_at as at
    from waymark.analysis a join waymark.evaluation e using (evaluation_id)
    where e.slug = ${evaluation} order by a.analysis_id`;
}

/** @throws UserError `unknown-analysis` */
export async function storedAnalysis(db: Database, number: number): Promise<StoredAnalysis> {
  const { evaluation } = await numbered(db, number);
  await unblindedNamed(db, evaluation);
  return numbered(db, number);
}

/**
 * Makes a kept analysis again from the ledger: the same plan, the same cut, the same reasons, by today's code.
 * @throws UserError `unknown-analysis`; `differs`, exit code 1, with the first field that comes out differently
 */
export async function verifyAnalysis(db: Database, number: number): Promise<StoredAnalysis> {
  const { evaluation: slug } = await numbered(db, number);
  const evaluation = await unblindedNamed(db, slug);
  return db.begin('isolation level repeatable read', async (tx) => {
    const row = await numbered(tx, number);
    const earlier = await looksOf(tx, slug, row.earlier);
    const then = { ...evaluation, protocol: Protocol.parse(row.protocol) };
    const { record } = await make(tx, then, { ...row, acceptances: row.accepted, earlier });
    const again = printed(record);
    if (again === row.record) return row;
    const field = firstDifference(JSON.parse(row.record), JSON.parse(again)) ?? 'its white space';
    throw new UserError('differs', `Analysis ${number} comes out differently in: ${field}.`, { field }, 1);
  });
}
