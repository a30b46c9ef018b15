// Waymark's own processes: killed, frozen, multiplied.
import { setTimeout as pause } from 'node:timers/promises';
import type { Fault, ProcessName, Scene } from '../scene.ts';

export const killProcess =
  (...names: ProcessName[]): Fault =>
  async ({ processes }) => {
    for (const name of names) processes[name].signal('SIGKILL');
    return 0;
  };

/** Longer than an activity may be silent. */
export const BEYOND_HEARTBEAT_MS = 30_000;

/** The tracker is frozen with activities in hand: Temporal gives them up, and then it wakes. */
export async function trackerFrozen({ processes }: Scene): Promise<number> {
  processes.tracker.signal('SIGSTOP');
  await pause(BEYOND_HEARTBEAT_MS);
  processes.tracker.signal('SIGCONT');
  return 0;
}

export async function rebalanced({ another }: Scene): Promise<number> {
  const [second, third] = await Promise.all([another('ingest'), another('ingest')]);
  await pause(1_000);
  second?.signal('SIGKILL');
  await pause(1_000);
  await Promise.all([second?.stop(), third?.stop()]);
  return 0;
}
