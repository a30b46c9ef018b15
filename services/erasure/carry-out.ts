// Carrying out an erasure, step by step; each may be repeated. The certificate says what went, what is left and until when.
import { createHash } from 'node:crypto';
import type { Queryable } from '../platform/database.ts';

/** What stays of a published release is its bytes: counts of many children, under disclosure control. */
const FROZEN_RULE =
  'Frozen figures keep their counts and hashes as they were; the rows of the erased children are gone from them, so a hash cannot be worked out again. Figures that are not released are drawn up again without them. Published releases stay as they are, hold counts alone, and are listed so that a person may supersede them.';

export interface Certificate {
  certificateVersion: 1;
  erasure: number;
  scope: 'child' | 'council' | 'evaluation';
  /** Null for an evaluation, which is named instead. */
  council: string | null;
  evaluation?: string;
  reason: string;
  by: string;
  orderedAt: string;
  completedAt: string;
  /** Rows removed, by table. */
  removed: Record<string, number>;
  /** Tables in which a pseudonym still stands, with the rows it stands in. The tombstone is what keeps it from coming back. */
  remains: Record<string, number>;
  waves: { evaluation: string; wave: string }[];
  milestones: { evaluation: string; wave: string; horizon: number; hash: string }[];
  /** Published while the child, or children of the council, took part. */
  releases: { release: number; title: string; audience: string; permalink: string; hash: string }[];
  frozenRule: string;
  /** Messages taken before stand in Kafka until its retention has passed, and are passed over should they be read again. */
  kafka: { topic: string; goneBy: string | null }[];
  notReached: string[];
}

const NOT_REACHED = [
  'What the council keeps itself: its returns, and the spool of its own machine.',
  'Backups made before: no file of theirs is changed. waymark restore erases again by the list of erasures before anything can read them; destroy them on their day.',
  'Space of the database’s files that the rows have left, and its write-ahead log, until PostgreSQL writes over them: disks are to be encrypted.',
  'Files that commands wrote for somebody, such as the rows of waymark analyse for R, which hold no pseudonym: draw them up again.',
  'Published releases, as the rule above says.',
  'The log of a concealed allocation, whose chain proves how arms were given: it may name the unit.',
];

/** Topics and how long each keeps its messages, in milliseconds; null: for ever. */
export type Retentions = readonly { topic: string; retention: number | null }[];

export async function eraseSome(db: Queryable, id: number, most: number): Promise<number> {
  const [row] = await db<{ erased: number }[]>`select waymark.erase_some(${id}, ${most}) as erased`;
  if (row?.erased === 0) await db`select waymark.erase_refused(${id})`;
  return row?.erased ?? 0;
}

interface StoreRows {
  store: string;
  rows: bigint;
}

const byStore = (rows: readonly StoreRows[]): Record<string, number> =>
  Object.fromEntries(rows.map(({ store, rows: many }) => [store, Number(many)]));

const removedRows = (db: Queryable, id: number) => db<StoreRows[]>`
  select store, rows from waymark.erasure_count where erasure_id = ${id} order by store`;
const remainingRows = (db: Queryable, id: number) => db<StoreRows[]>`
  select store, left_over as rows from waymark.erasure_remains(${id}) order by store`;

/**
 * Searches the whole database for what should be gone, and keeps the certificate; the first one given stands.
 * @throws Error when something is left beside the tombstone and the log of an allocation
 */
export async function certify(
  db: Queryable,
  id: number,
  retentions: Retentions,
): Promise<{ certificate: Certificate; hash: string }> {
  const [known] = await db<{ certificate: string; hash: string }[]>`
    select certificate, hash from waymark.erasure_certificate where erasure_id = ${id}`;
  if (known) return { certificate: JSON.parse(known.certificate), hash: known.hash };
  const [order] = await db<
    (Pick<Certificate, 'scope' | 'council' | 'reason' | 'by'> & { destroyed: string | null; ordered: Date })[]
  >`
    select e.scope, c.code as council, v.slug as destroyed, e.reason, e.by, e.ordered_at as ordered
    from waymark.erasure e left join waymark.council c using (council_id) left join waymark.evaluation v using (evaluation_id)
    where e.erasure_id = ${id}`;
  if (!order) throw new Error(`erasure ${id} was never ordered`);
  await db`select waymark.erase_statistics(${id})`;
  const remains = byStore(await remainingRows(db, id));
  const left = Object.keys(remains).filter((store) => !['tombstone', 'allocation_log'].includes(store));
  if (left.length > 0) throw new Error(`erasure ${id} is not complete: ${left.join(', ')}`);
  const { ordered, destroyed, ...said } = order;
  const certificate: Certificate = {
    ...{ certificateVersion: 1, erasure: id, ...said, ...(destroyed !== null && { evaluation: destroyed }) },
    orderedAt: ordered.toISOString(),
    completedAt: new Date().toISOString(),
    removed: byStore(await removedRows(db, id)),
    remains,
    waves: [
      ...(await db<Certificate['waves']>`
        select e.slug as evaluation, w.wave from waymark.erasure_wave w join waymark.evaluation e using (evaluation_id)
        where w.erasure_id = ${id} order by 1, 2`),
    ],
    milestones: [
      ...(await db<Certificate['milestones']>`
        select e.slug as evaluation, m.wave, m.horizon, m.outcome_hash as hash
        from waymark.erasure_wave w join waymark.milestone m using (evaluation_id, wave)
        join waymark.evaluation e using (evaluation_id) where w.erasure_id = ${id} order by 1, 2, 3`),
    ],
    releases: [
      ...(await db<Certificate['releases']>`
        select r.release_id as release, r.title, r.audience, s.detail ->> 'permalink' as permalink, s.detail ->> 'hash' as hash
        from waymark.release r join waymark.release_step s using (release_id)
        where s.step = 'published' and r.evaluation_id in (
          select w.evaluation_id from waymark.erasure_wave w where w.erasure_id = ${id}
          union select e.evaluation_id from waymark.erasure e where e.erasure_id = ${id})
        order by 1`),
    ],
    frozenRule: FROZEN_RULE,
    kafka: retentions.map(({ topic, retention }) => ({
      topic,
      goneBy: retention === null ? null : new Date(ordered.getTime() + retention).toISOString(),
    })),
    notReached: NOT_REACHED,
  };
  const text = JSON.stringify(certificate);
  const hash = createHash('sha256').update(text).digest('hex');
  await db`insert into waymark.erasure_certificate (erasure_id, certificate, hash) values (${id}, ${text}, ${hash})
    on conflict do nothing`;
  return certify(db, id, retentions);
}

/** The frozen milestones that lost a participant. */
export async function touchedMilestones(db: Queryable, id: number) {
  return db<{ evaluation: string; wave: string; horizon: number }[]>`
    select e.slug as evaluation, m.wave, m.horizon from waymark.erasure_wave w
    join waymark.milestone m using (evaluation_id, wave) join waymark.evaluation e using (evaluation_id)
    where w.erasure_id = ${id} order by 1, 2, 3`;
}

/** The cohorts that lost a participant. */
export async function touchedCohorts(db: Queryable, id: number) {
  return db<{ evaluation: string; wave: string }[]>`
    select e.slug as evaluation, w.wave from waymark.erasure_wave w join waymark.evaluation e using (evaluation_id)
    where w.erasure_id = ${id} order by 1, 2`;
}
