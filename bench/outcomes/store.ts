// PostgreSQL by itself, with the settings that the local stack gives it but for memory: nothing else of the stack is asked here.
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { emptyData, homeAt, makeHome } from '../../infra/local/home.ts';
import type { Guarded } from '../../infra/local/index.ts';
import { choosePorts } from '../../infra/local/ports.ts';
import { startPostgres } from '../../infra/local/postgres.ts';
import { migrate } from '../../services/platform/migrate.ts';
import type { Progress } from '../../services/platform/progress.ts';

const root = fileURLToPath(new URL('../../.waymark/bench-outcomes', import.meta.url));

/** What a machine for the whole of England would give it: a million participants' occurrences and facts are 3 GB. */
const SHARED_BUFFERS = '4GB';

/**
 * A migrated store: empty and gone when `work` has ended, or as it was left and left as it is.
 * @param name of the store among those that are kept
 */
export async function withStore<T>(
  progress: Progress,
  { name, kept }: { name: string; kept: boolean },
  work: (databaseUrl: string) => Promise<T>,
): Promise<T> {
  const home = homeAt(join(root, name), { cacheDir: join(root, '..', 'cache') });
  await makeHome(home);
  if (!kept) await emptyData(home);
  const parts: Guarded[] = [];
  try {
    const starting = {
      home,
      ports: await choosePorts({}, {}),
      progress,
      signal: new AbortController().signal,
      track: (process: Guarded) => parts.push(process),
    };
    const { databaseUrl } = await startPostgres(starting, { shared_buffers: SHARED_BUFFERS });
    await migrate(databaseUrl);
    return await work(databaseUrl);
  } finally {
    for (const part of parts) await part.stop();
    if (!kept) await emptyData(home);
  }
}
