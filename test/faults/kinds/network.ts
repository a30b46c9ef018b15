// The network to a server: half-open, slow.
import { setTimeout as pause } from 'node:timers/promises';
import type { Fault } from '../scene.ts';
import { HELD_MS } from './held.ts';

type Way = 'toPostgres' | 'toTemporal';

/** Connections stay and carry nothing; then they are cut. */
export const halfOpen =
  (way: Way): Fault =>
  async ({ [way]: network }) => {
    network.halfOpen(true);
    await pause(HELD_MS);
    network.halfOpen(false);
    return 0;
  };

/** @param ms each way */
export const slow =
  (way: Way, ms: number): Fault =>
  async ({ [way]: network }) => {
    network.slow(ms);
    await pause(HELD_MS);
    network.slow(0);
    return 0;
  };
