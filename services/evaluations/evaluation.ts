// A stored evaluation, read back as its parsed protocol.
import { Protocol } from '../../schemas/protocol.ts';
import type { Queryable } from '../platform/database.ts';

export interface Evaluation {
  id: number;
  slug: string;
  protocol: Protocol;
  protocolHash: string;
}

interface Row {
  evaluation_id: number;
  slug: string;
  protocol: unknown;
  protocol_hash: string;
}

const fromRow = (row: Row): Evaluation => ({
  id: row.evaluation_id,
  slug: row.slug,
  protocol: Protocol.parse(row.protocol),
  protocolHash: row.protocol_hash,
});

export async function evaluations(db: Queryable): Promise<Evaluation[]> {
  const rows = await db<
    Row[]
  >`select evaluation_id, slug, protocol, protocol_hash from waymark.evaluation order by evaluation_id`;
  return rows.map(fromRow);
}

export async function evaluationNamed(db: Queryable, slug: string): Promise<Evaluation | null> {
  const [row] = await db<Row[]>`
    select evaluation_id, slug, protocol, protocol_hash from waymark.evaluation where slug = ${slug}`;
  return row ? fromRow(row) : null;
}
