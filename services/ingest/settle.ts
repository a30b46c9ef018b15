// Every message taken from Kafka ends in exactly one of two places: the ledger, or quarantine with its reason.
// A bug or a lost database is neither: it throws, the offset stays, and the message comes again.
import { createHash } from 'node:crypto';
import { councilOf } from '../../schemas/case-event.ts';
import type { FeedStatement } from '../../schemas/feed.ts';
import { isFeedStatement, parseMessage, type Refusal } from '../../schemas/message.ts';
import { append } from '../ledger/append.ts';
import { type ChildCache, remember } from '../ledger/children.ts';
import { type Entry, entryOf } from '../ledger/entry.ts';
import type { Expected } from '../ledger/expected.ts';
import { plainColumn } from '../platform/columns.ts';
import { type Database, transact } from '../platform/database.ts';
import type { Taken } from '../platform/kafka.ts';
import { traceparent } from '../platform/tracing/span.ts';
import { type Account, accountFor, type Offsets } from './account.ts';
import { withoutErased } from './erased.ts';
import { noteHeard, noteStatements } from './feed-marks.ts';
import { type Quarantined, quarantine } from './quarantine.ts';

export interface Settled {
  /** Messages that no earlier transaction had accounted for, and what became of them. */
  account: Account;
  quarantined: Quarantined[];
}

interface Sorted {
  entries: Entry[];
  statements: FeedStatement[];
  quarantined: Quarantined[];
  offsets: { [Which in keyof Offsets]: string[] };
}

const unknownCouncil: Refusal = {
  code: 'bad-field',
  field: 'source',
  reason: 'is a council that is not registered here: register it, then send the message again',
};

/** The council a message claims to come from, when that much can be read. */
function claimedCouncil(text: string): string | null {
  return /"source"\s*:\s*"\/councils\/(E\d{8})"/.exec(text)?.[1] ?? null;
}

function sort(messages: readonly Taken[], councils: ReadonlyMap<string, number>): Sorted {
  const sorted: Sorted = {
    entries: [],
    statements: [],
    quarantined: [],
    offsets: { events: [], statements: [], quarantined: [] },
  };
  for (const { offset, value } of messages) {
    const text = value?.toString('utf8') ?? '';
    const parsed = parseMessage(text);
    const refusal = parsed.ok
      ? councils.has(councilOf(parsed.message.source))
        ? null
        : unknownCouncil
      : parsed.refusal;
    if (refusal) {
      const payloadHash = createHash('sha256').update(text).digest();
      sorted.offsets.quarantined.push(offset);
      sorted.quarantined.push({ offset, value, council: claimedCouncil(text), refusal, payloadHash });
    } else if (parsed.ok) {
      if (isFeedStatement(parsed.message)) {
        sorted.offsets.statements.push(offset);
        sorted.statements.push(parsed.message);
      } else {
        sorted.offsets.events.push(offset);
        sorted.entries.push(entryOf(parsed.message));
      }
    }
  }
  return sorted;
}

/** Councils that may send, by code. Read again when an unknown one turns up. */
export class Councils {
  readonly ids = new Map<string, number>();
  readonly #db: Database;

  constructor(db: Database) {
    this.#db = db;
  }

  async refresh(): Promise<void> {
    const rows = await this.#db<
      { code: string; council_id: number }[]
    >`select code, council_id from waymark.council`;
    for (const row of rows) this.ids.set(row.code, row.council_id);
  }
}

export interface SettleDependencies {
  db: Database;
  councils: Councils;
  cache: ChildCache;
  expected?: Expected;
}

/** Settles the messages of one partition in one transaction. */
export async function settle(
  { db, councils, cache, expected }: SettleDependencies,
  topic: string,
  partition: number,
  messages: readonly Taken[],
): Promise<Settled> {
  let sorted = sort(messages, councils.ids);
  if (sorted.quarantined.some((one) => one.refusal === unknownCouncil)) {
    await councils.refresh();
    sorted = sort(messages, councils.ids);
  }
  const { entries, statements, quarantined } = sorted;
  const { met, account } = await transact(db, async (tx) => {
    const result = await append(
      tx,
      await withoutErased(tx, entries, councils.ids),
      councils.ids,
      cache,
      expected,
    );
    const noted = await noteStatements(tx, partition, statements, councils.ids);
    if (quarantined.length > 0) await quarantine(tx, topic, partition, quarantined);
    const senders = new Set([
      ...entries.map((entry) => entry.council),
      ...statements.map(({ source }) => councilOf(source)),
    ]);
    await noteHeard(
      tx,
      partition,
      [...senders].map((code) => councils.ids.get(code) ?? 0),
    );
    const changed = [...result.changed, ...noted.children];
    if (changed.length > 0 || noted.moved.length > 0) {
      await tx`insert into waymark.outbox (child_keys, council_ids, traceparent)
        values (${plainColumn(changed)}::integer[], ${noted.moved}::smallint[], ${traceparent()})`;
    }
    const account = await accountFor(tx, topic, partition, sorted.offsets, result.stored);
    return { met: result.met, account };
  });
  remember(cache, met);
  return { account, quarantined };
}
