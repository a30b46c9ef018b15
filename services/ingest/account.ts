// What was taken from a partition equals what became of it: stored, duplicate, statement or quarantined, each message once.
import type { Transaction } from '../platform/database.ts';

/** Numbers of messages; `received` is the sum of the others. */
export interface Account {
  received: number;
  stored: number;
  duplicates: number;
  statements: number;
  quarantined: number;
}

/** Where the messages of one batch stood, by what they were, each in the order in which they stood. */
export interface Offsets {
  events: readonly string[];
  statements: readonly string[];
  quarantined: readonly string[];
}

/**
 * Adds a batch to its partition's account, in the transaction that settles it. Messages that an earlier transaction
 * has accounted for (taken again because their offset was not committed) are left out.
 * @param stored events of the batch that were new to the ledger
 * @returns what was added
 */
export async function accountFor(
  tx: Transaction,
  topic: string,
  partition: number,
  offsets: Offsets,
  stored: number,
): Promise<Account> {
  const [row] = await tx<{ next_offset: bigint }[]>`
    select next_offset from waymark.intake where topic = ${topic} and partition = ${partition} for update`;
  const from = (first: bigint) => {
    const count = (of: readonly string[]): number =>
      BigInt(of[0] ?? -1) >= first ? of.length : of.filter((offset) => BigInt(offset) >= first).length;
    return {
      events: count(offsets.events),
      statements: count(offsets.statements),
      quarantined: count(offsets.quarantined),
    };
  };
  const known = row?.next_offset ?? 0n;
  // An event below a known offset stands in the ledger. One that is stored all the same says that the topic was made
  // anew and its offsets began again.
  const next = stored > from(known).events ? 0n : known;
  const { events, statements, quarantined } = from(next);
  const received = events + statements + quarantined;
  const account: Account = { received, stored, duplicates: events - stored, statements, quarantined };
  if (received === 0) return account;
  const last = Object.values(offsets).map((of) => BigInt(of.at(-1) ?? -1));
  const after = last.reduce((most, offset) => (offset >= most ? offset + 1n : most), next);
  await tx`
    insert into waymark.intake as i (topic, partition, next_offset, received, stored, duplicates, statements, quarantined)
    values (${topic}, ${partition}, ${after}, ${account.received}, ${account.stored}, ${account.duplicates},
      ${account.statements}, ${account.quarantined})
    on conflict (topic, partition) do update set next_offset = excluded.next_offset,
      received = i.received + excluded.received, stored = i.stored + excluded.stored,
      duplicates = i.duplicates + excluded.duplicates, statements = i.statements + excluded.statements,
      quarantined = i.quarantined + excluded.quarantined`;
  return account;
}
