// The limit of the store: the ledger's rows by COPY into a table that has nothing else to do.
import { rm } from 'node:fs/promises';
import type { Database } from '../../services/platform/database.ts';

/** Seconds to COPY what the ledger now holds, as text from a file of the server's, into a table without indexes. */
export async function byCopy(db: Database): Promise<number> {
  const [folder] = await db<{ data_directory: string }[]>`show data_directory`;
  const file = `${folder?.data_directory}/bench.copy`;
  const columns = 'child_key, event_id, kind, record_id, recorded_at, purged, state';
  await db.unsafe(`copy (select ${columns} from waymark.case_event) to '${file}'`);
  await db.unsafe(`create table bare as select ${columns} from waymark.case_event where false`);
  await db`checkpoint`;
  const began = performance.now();
  await db.unsafe(`copy bare from '${file}'`);
  const seconds = (performance.now() - began) / 1_000;
  await db`drop table bare`;
  await rm(file);
  return seconds;
}
