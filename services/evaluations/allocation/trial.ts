// A trial whose arms are drawn here: opened once, under a commitment; closed for good when its seed is revealed.
import { Allocation, type Concealed, type CouncilDraw } from '../../../schemas/protocol/allocation.ts';
import type { Database, Queryable, Transaction } from '../../platform/database.ts';
import { UserError } from '../../platform/errors.ts';
import { type Evaluation, evaluationNamed } from '../evaluation.ts';
import { drawCouncils } from './councils.ts';
import { type Entry, type EntryBody, hashOf, type Logged } from './entry.ts';
import { armGiven, Chain } from './replay.ts';
import { commitmentTo, newSecret, Revealed, revealed, seal, unseal } from './secret.ts';
import type { Secret } from './sequence.ts';

/** The stages of an evaluation's life in which units are allocated. */
const RECRUITS: readonly string[] = ['locked', 'recruiting'];

export interface Trial {
  evaluation: Evaluation;
  draw: Concealed | CouncilDraw;
  commitment: string;
  openedAt: Date;
  revealed: Revealed | null;
}

const unknownEvaluation = (slug: string) =>
  new UserError('unknown-evaluation', `There is no evaluation ${slug}.`, { field: 'evaluation' });

function drawOf(slug: string, allocation: Allocation | undefined): Concealed | CouncilDraw {
  switch (allocation?.method) {
    case 'concealed':
    case 'constrained':
    case 'stepped-wedge':
      return allocation;
    default:
      throw new UserError(
        'not-drawn-here',
        `The arms of ${slug} are not drawn by the allocation service: its protocol allocates ${allocation ? allocation.method : 'by exposure'}.`,
        { field: 'allocation.method' },
      );
  }
}

/** @throws UserError `unknown-evaluation`, `not-drawn-here` or `not-open` */
export async function trialNamed(db: Queryable, slug: string): Promise<Trial> {
  const evaluation = await evaluationNamed(db, slug);
  if (!evaluation) throw unknownEvaluation(slug);
  drawOf(slug, evaluation.protocol.allocation);
  const [row] = await db<{ design: unknown; commitment: string; opened_at: Date; revealed: unknown }[]>`
    select design, commitment, opened_at, revealed from waymark.allocation_trial where evaluation_id = ${evaluation.id}`;
  if (!row) {
    throw new UserError(
      'not-open',
      `Allocation of ${slug} is not open: open it with waymark allocation open.`,
      {
        field: 'evaluation',
      },
    );
  }
  return {
    evaluation,
    draw: drawOf(slug, Allocation.parse(row.design)),
    commitment: row.commitment,
    openedAt: row.opened_at,
    revealed: row.revealed === null ? null : Revealed.parse(row.revealed),
  };
}

export async function secretOfTrial(db: Queryable, { evaluation }: Trial, key: Uint8Array): Promise<Secret> {
  const [row] = await db<{ sealed: Buffer }[]>`
    select sealed from waymark.allocation_trial where evaluation_id = ${evaluation.id}`;
  if (!row) throw unknownEvaluation(evaluation.slug);
  return unseal(row.sealed, key, evaluation.slug);
}

/** The trial's row is held until the transaction ends: allocations of one trial happen one after another. */
export async function hold(tx: Transaction, { evaluation: { id, slug } }: Trial): Promise<void> {
  const [row] = await tx<{ revealed_at: Date | null; stage: string; paused: boolean }[]>`
    select t.revealed_at, e.stage, e.paused from waymark.allocation_trial t join waymark.evaluation e using (evaluation_id)
    where t.evaluation_id = ${id} for update of t`;
  if (row?.paused) throw new UserError('paused', `${slug} is paused: nobody is allocated until it resumes.`);
  if (row && !RECRUITS.includes(row.stage))
    throw new UserError('not-recruiting', `${slug} is ${row.stage}: nobody is allocated any more.`);
  if (row?.revealed_at) {
    throw new UserError('closed', `Allocation of ${slug} is closed: its seed has been revealed.`, {
      field: 'evaluation',
    });
  }
}

/** Entries after `sequence`, in order. */
export async function entriesAfter(
  db: Queryable,
  { evaluation }: Trial,
  sequence: number,
): Promise<Logged[]> {
  const rows = await db<{ entry: Entry; hash: string }[]>`
    select entry, hash from waymark.allocation_log
    where evaluation_id = ${evaluation.id} and sequence > ${sequence} order by sequence`;
  return rows.map(({ entry, hash }) => ({ ...entry, hash }));
}

/** A trial's log as it is handed out: with what it can be verified against. */
export async function printedLog(db: Queryable, slug: string) {
  const trial = await trialNamed(db, slug);
  const { commitment, openedAt, revealed, draw: design } = trial;
  const entries = await entriesAfter(db, trial, 0);
  return { evaluation: slug, commitment, openedAt: openedAt.toISOString(), design, revealed, entries };
}

/** Appends to the log, gives the unit its arm, and has its children screened. The trial must be held. */
export async function append(
  tx: Transaction,
  { evaluation: { id, slug } }: Trial,
  after: { last: number; hash: string },
  made: { at: Date; by: string; body: EntryBody },
): Promise<Logged> {
  const { body, by } = made;
  const entry: Entry = { evaluation: slug, sequence: after.last + 1, at: made.at.toISOString(), by, body };
  const hash = hashOf(after.hash, entry);
  const given = armGiven(body);
  const unit = given ? given.unit.slice(1) : null;
  const arm = given ? Number(given.arm === 'trial') : null;
  await tx`
    with c as (select council_id from waymark.council where code = ${body.council}),
    logged as (
      insert into waymark.allocation_log (evaluation_id, sequence, council_id, unit, arm, entry, hash)
      select ${id}, ${entry.sequence}, council_id, ${unit}::uuid, ${arm}::smallint,
        ${JSON.stringify(entry)}::text::jsonb, ${hash} from c
    ),
    given as (
      insert into waymark.allocation (evaluation_id, council_id, unit, arm, allocated_at)
      select ${id}, council_id, ${unit}::uuid, ${arm}::smallint, ${made.at} from c where ${unit}::uuid is not null
    )
    insert into waymark.outbox (child_keys, council_ids)
    select array_agg(child_key), '{}' from (
      select h.child_key from waymark.child h join c using (council_id) where h.pseudonym = ${unit}::uuid
      union
      select f.child_key from waymark.child_fact f join waymark.child h using (child_key) join c using (council_id)
      where f.family = ${unit}::uuid
      union
      select r.child_key from waymark.referral_team r join waymark.child h using (child_key) join c using (council_id)
      where r.team = ${unit}::uuid
    ) of_unit having count(*) > 0`;
  return { ...entry, hash };
}

export interface Opened {
  evaluation: string;
  commitment: string;
  opened: boolean;
}

async function logCouncils(tx: Transaction, trial: Trial, draw: CouncilDraw, secret: Secret, by: string) {
  const { id, protocol } = trial.evaluation;
  const chain = new Chain(trial.commitment);
  const drawn = drawCouncils(draw, protocol.councils, secret.seed);
  for (const { council, trialFrom } of drawn) {
    const body: EntryBody = { kind: 'council', council, trialFrom };
    chain.follow(await append(tx, trial, chain, { at: trial.openedAt, by, body }));
    await tx`insert into waymark.allocated_council (evaluation_id, council_id, trial_from)
      select ${id}, council_id, ${trialFrom}::date from waymark.council where code = ${council}`;
  }
  await tx`insert into waymark.outbox (child_keys, council_ids)
    select array_agg(child_key), '{}' from waymark.child join waymark.evaluation_council using (council_id)
    where evaluation_id = ${id} group by child_key / 5000`;
}

/**
 * Opens a trial: draws a seed, seals it and publishes the commitment. Councils are drawn at once. Opening again changes nothing.
 * @throws UserError `unknown-evaluation` or `not-drawn-here`
 */
export async function openTrial(
  db: Database,
  slug: string,
  key: Uint8Array,
  { by, at }: { by: string; at: Date },
): Promise<Opened> {
  const evaluation = await evaluationNamed(db, slug);
  if (!evaluation) throw unknownEvaluation(slug);
  const draw = drawOf(slug, evaluation.protocol.allocation);
  const secret = newSecret();
  const commitment = commitmentTo(slug, draw, secret);
  return db.begin(async (tx) => {
    const [now] = await tx<{ stage: string }[]>`
      select stage from waymark.evaluation where evaluation_id = ${evaluation.id}`;
    if (now && !RECRUITS.includes(now.stage)) {
      throw new UserError(
        'not-locked',
        `${slug} is ${now.stage}: allocation opens once its protocol is locked, and before following ends recruitment.`,
        { field: 'evaluation' },
      );
    }
    const added = await tx`
      insert into waymark.allocation_trial (evaluation_id, design, sealed, commitment, opened_at)
      values (${evaluation.id}, ${JSON.stringify(draw)}::text::jsonb, ${seal(secret, key, slug)}, ${commitment}, ${at}) on conflict do nothing`;
    const trial = await trialNamed(tx, slug);
    const opened = added.count === 1;
    if (opened && draw.method !== 'concealed') await logCouncils(tx, trial, draw, secret, by);
    return { evaluation: slug, commitment: trial.commitment, opened };
  });
}

/** Ends allocation for good and makes the seed public, so that everybody can remake every arm. */
export async function revealTrial(db: Database, slug: string, key: Uint8Array, at: Date): Promise<Revealed> {
  const trial = await trialNamed(db, slug);
  if (trial.revealed) return trial.revealed;
  const opened = revealed(await secretOfTrial(db, trial, key));
  await db`update waymark.allocation_trial set revealed = ${JSON.stringify(opened)}::text::jsonb, revealed_at = ${at}
    where evaluation_id = ${trial.evaluation.id} and revealed is null`;
  return opened;
}
