// How workflows are found and woken: ids say which one, signals carry no data. A signal only says "look again";
// what there is to see is always read from the store, so a repeated, merged or late signal does no harm.
import { defineSignal } from '@temporalio/workflow';
import type { CohortRef, MilestoneRef } from '../services/tracker/store.ts';

/** Something about a cohort or a milestone may have changed. */
export const look = defineSignal('look');

/** A council has made a statement about its feed. */
export const heard = defineSignal('heard');

export const cohortId = (of: CohortRef): string => `cohort:${of.evaluation}:${of.wave}`;
export const milestoneId = (of: MilestoneRef): string =>
  `milestone:${of.evaluation}:${of.wave}:${of.horizon}`;
export const feedId = (council: string): string => `feed:${council}`;
export const releaseId = (id: number): string => `release:${id}`;
export const erasureId = (id: number): string => `erasure:${id}`;
