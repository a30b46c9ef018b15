// A message that cannot be understood is kept whole in the rejected topic; the database holds where it stood and why.
import type { Refusal } from '../../schemas/message.ts';
import type { Transaction } from '../platform/database.ts';

export interface Quarantined {
  offset: string;
  value: Buffer | null;
  council: string | null;
  refusal: Refusal;
  payloadHash: Buffer;
}

/** Idempotent: a message met twice is noted once. */
export async function quarantine(
  tx: Transaction,
  topic: string,
  partition: number,
  found: readonly Quarantined[],
): Promise<void> {
  const rows = found.map(({ offset, council, refusal, payloadHash }) => ({
    topic,
    partition,
    offset,
    council,
    code: refusal.code,
    field: refusal.field,
    reason: refusal.reason,
    payload_sha256: payloadHash,
  }));
  await tx`insert into waymark.quarantine ${tx(rows)} on conflict do nothing`;
}
