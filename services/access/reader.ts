// Who reads travels with the request, and every read of the portal is a transaction in that reader's name: PostgreSQL shows
// it the rows that the reader was granted, and none to nobody.
import { AsyncLocalStorage } from 'node:async_hooks';
import type { Database, Transaction } from '../platform/database.ts';
import type { PersonRole } from './roles.ts';

export interface Reader {
  /** `person:<id>` or `key:<SHA-256, hexadecimal>`. */
  id: string;
  /** The one role that is acted in. */
  role: PersonRole;
}

const readers = new AsyncLocalStorage<Reader | null>();

/** Who reads here and in which role, as a key; empty for nobody. */
export const readerKey = (): string => {
  const reader = readers.getStore();
  return reader ? `${reader.id} ${reader.role}` : '';
};

/** Runs `work`, and whatever it starts, in the reader's name. */
export const asReader = <T>(reader: Reader | null, work: () => T): T => readers.run(reader, work);

const inName = async <T>(
  db: Database,
  mode:
    | 'read only'
    | 'read write'
    | 'isolation level repeatable read read only'
    | 'isolation level repeatable read read write',
  work: (tx: Transaction) => Promise<T>,
): Promise<T> => {
  const reader = readers.getStore();
  const answer = await db.begin(mode, async (tx) => {
    // Not waited for: the connection keeps the order, and a transaction that could not be named answers nothing.
    const named =
      reader !== undefined &&
      tx`select set_config('waymark.reader', ${reader?.id ?? ''}, true),
        set_config('waymark.reader_role', ${reader?.role ?? ''}, true)`.execute();
    const [answered] = await Promise.all([work(tx), named]);
    return [answered] as const;
  });
  return answer[0] as T;
};

/** A read-only transaction in the name of the request's reader; without one the portal sees no row of any evaluation or council. */
export const readInName = <T>(db: Database, work: (tx: Transaction) => Promise<T>): Promise<T> =>
  inName(db, 'read only', work);

/** The same over several statements that all see the store as it stood at one moment. */
export const readMomentInName = <T>(db: Database, work: (tx: Transaction) => Promise<T>): Promise<T> =>
  inName(db, 'isolation level repeatable read read only', work);

/** A transaction in the reader's name that remembers something of what is read. */
export const writeInName = <T>(db: Database, work: (tx: Transaction) => Promise<T>): Promise<T> =>
  inName(db, 'read write', work);

/** The same, seeing one moment of the store from beginning to end. */
export const writeInNameAtOnce = <T>(db: Database, work: (tx: Transaction) => Promise<T>): Promise<T> =>
  inName(db, 'isolation level repeatable read read write', work);
