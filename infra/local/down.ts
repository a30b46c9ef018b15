// After `down` nothing of this home's stack runs, whoever started it and however that process fared.
import { homeAt } from './home.ts';
import { signalExactly } from './identity.ts';
import { lockHolder } from './lock.ts';
import { liveRecords, stopLeftovers, untilGone } from './records.ts';

const OWNER_PATIENCE_MS = 30_000;

/**
 * Asks the process that runs the stack to stop (SIGTERM) and waits until it and everything it started are gone; then stops what a
 * crash may have left. Nothing running is no error.
 * @returns the names of the processes that ran.
 */
export async function down(root: string): Promise<{ stopped: string[] }> {
  const home = homeAt(root);
  const running = liveRecords(home.run).map((record) => record.name);
  const owner = lockHolder(home);
  if (owner && owner.pid !== process.pid) {
    signalExactly(owner, 'SIGTERM');
    if (!(await untilGone(owner, OWNER_PATIENCE_MS))) signalExactly(owner, 'SIGKILL');
  }
  await stopLeftovers(home.run);
  return { stopped: running.sort() };
}
