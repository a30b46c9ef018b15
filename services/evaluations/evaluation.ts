// A stored evaluation, read back as its parsed protocol and where it stands in its life.
import type { Deviation, LifecycleEntry, Stage } from '../../schemas/lifecycle.ts';
import { Protocol } from '../../schemas/protocol.ts';
import { audit } from '../audit/append.ts';
import type { Queryable } from '../platform/database.ts';
import { UserError } from '../platform/errors.ts';

export interface Evaluation {
  id: number;
  slug: string;
  protocol: Protocol;
  protocolHash: string;
  stage: Stage;
  paused: boolean;
  /** Nobody but what computes sees outcomes by arm before. */
  unblinded: boolean;
  /** What was changed after locking, oldest first. */
  deviations: Deviation[];
}

interface Row {
  evaluation_id: number;
  slug: string;
  protocol: unknown;
  protocol_hash: string;
  stage: Stage;
  paused: boolean;
  unblinded: boolean;
  /** Each deviation with the hash of the protocol before it. */
  deviated: { entry: Extract<LifecycleEntry, { kind: 'deviated' }>; from: string }[];
}

/** Documents that were read already, by what is stored: checking one takes far longer than comparing it. */
const parsed = new Map<string, Protocol>();
const MOST_PARSED = 1_000;

function parsedProtocol(protocol: unknown): Protocol {
  const text = JSON.stringify(protocol);
  const known = parsed.get(text) ?? Protocol.parse(protocol);
  if (parsed.size > MOST_PARSED) parsed.clear();
  parsed.set(text, known);
  return known;
}

const fromRow = (row: Row): Evaluation => ({
  id: row.evaluation_id,
  slug: row.slug,
  protocol: parsedProtocol(row.protocol),
  protocolHash: row.protocol_hash,
  stage: row.stage,
  paused: row.paused,
  unblinded: row.unblinded,
  deviations: row.deviated.map(({ entry: { at, by, label, reason, protocolHash }, from }) => ({
    at,
    by,
    label,
    reason,
    from,
    to: protocolHash,
  })),
});

const select = (db: Queryable, slug: string | null) => db<Row[]>`
  select e.evaluation_id, e.slug, e.protocol, e.protocol_hash, e.stage, e.paused, e.unblinded,
    coalesce((
      select jsonb_agg(jsonb_build_object('entry', d.entry, 'from', b.entry ->> 'protocolHash') order by d.seq)
      from waymark.lifecycle_entry d
      join waymark.lifecycle_entry b on b.evaluation_id = d.evaluation_id and b.seq = d.seq - 1
      where d.evaluation_id = e.evaluation_id and d.entry ->> 'kind' = 'deviated'), '[]') as deviated
  from waymark.evaluation e
  where ${slug}::text is null or e.slug = ${slug}
  order by e.evaluation_id`;

export async function evaluations(db: Queryable): Promise<Evaluation[]> {
  return (await select(db, null)).map(fromRow);
}

export async function evaluationNamed(db: Queryable, slug: string): Promise<Evaluation | null> {
  const [row] = await select(db, slug);
  return row ? fromRow(row) : null;
}

/**
 * An evaluation whose outcomes by arm may be seen, and are from here on: the audit log says so.
 * @throws UserError `unknown-evaluation`; `blinded`
 */
export async function unblindedNamed(db: Queryable, slug: string): Promise<Evaluation> {
  const evaluation = await evaluationNamed(db, slug);
  if (!evaluation)
    throw new UserError('unknown-evaluation', `There is no evaluation ${slug}.`, { field: 'evaluation' });
  if (evaluation.unblinded) {
    await audit(db, { kind: 'read', what: { evaluation: slug } });
    return evaluation;
  }
  throw new UserError(
    'blinded',
    `${slug} is blinded: nobody sees outcomes by arm until \`waymark evaluation unblind\` records why they may.`,
    { field: 'evaluation' },
  );
}
