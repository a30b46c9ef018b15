// A cohort's outcomes are recomputed after every look: however many looks arrive meanwhile, one more recompute follows.
// A cohort ends when its last milestone is frozen; a later change to its children starts it again under the same id.
import { WorkflowExecutionAlreadyStartedError } from '@temporalio/common';
import {
  CancellationScope,
  condition,
  continueAsNew,
  defineQuery,
  getExternalWorkflowHandle,
  isCancellation,
  ParentClosePolicy,
  proxyActivities,
  setHandler,
  startChild,
} from '@temporalio/workflow';
import type { Activities } from '../services/tracker/activities.ts';
import type { CohortRef, CohortState, MilestoneState } from '../services/tracker/store.ts';
import { type HistoryKnobs, historyFull, historyOverfull } from './history.ts';
import { look, milestoneId } from './messages.ts';
import { type MilestoneKnobs, milestone } from './milestone.ts';
import { searchAttributesOf } from './search-attributes.ts';

// An outage is waited out, however long. What cannot be mended by waiting fails with a typed, non-retryable error.
const { recomputeCohort } = proxyActivities<Activities>({
  startToCloseTimeout: '30 minutes',
  heartbeatTimeout: '20 seconds',
  retry: { initialInterval: '1 second', backoffCoefficient: 2, maximumInterval: '1 minute' },
});

export interface CohortProgress extends CohortRef {
  /** Looks heard, recomputes seen to finish, the participants they recomputed, and runs, over the cohort's whole life. */
  looks: number;
  recomputes: number;
  participantsRecomputed: number;
  runs: number;
  /** A look has arrived that no finished recompute has answered yet. */
  behind: boolean;
  milestones: MilestoneState[];
}

export const cohortProgress = defineQuery<CohortProgress>('progress');

export interface CohortKnobs extends HistoryKnobs {
  milestones?: MilestoneKnobs;
  /** The namespace knows our search attributes, so that milestones may carry them. */
  searchable?: boolean;
}

/** What one run hands to the next. */
export type CohortCarried = Omit<CohortProgress, keyof CohortRef | 'behind'> & { looked: boolean };

const firstRun: CohortCarried = {
  looked: true,
  looks: 0,
  recomputes: 0,
  participantsRecomputed: 0,
  runs: 0,
  milestones: [],
};

/**
 * Follows one wave of one evaluation to its last horizon. Workflow id: `cohort:<evaluation>:<wave>`.
 * @throws ApplicationFailure `EvaluationGone` when the evaluation was deleted
 */
export async function cohort(
  of: CohortRef,
  knobs: CohortKnobs = {},
  carried: CohortCarried = firstRun,
): Promise<CohortProgress> {
  let { looked, ...tally } = carried;
  let recomputing = false;
  tally = { ...tally, runs: tally.runs + 1 };
  const progress = (): CohortProgress => ({ ...of, ...tally, behind: looked || recomputing });

  setHandler(look, () => {
    looked = true;
    tally.looks += 1;
  });
  setHandler(cohortProgress, progress);

  const startNewRun = () => continueAsNew<typeof cohort>(of, knobs, { ...tally, looked });
  const followed = new Set<number>();

  for (;;) {
    await condition(() => looked);
    if (historyFull(knobs) && tally.recomputes > carried.recomputes) await startNewRun();

    looked = false;
    recomputing = true;
    const found = await recomputeOrYield(of, knobs);
    recomputing = false;
    if (!found) {
      looked = true;
      await startNewRun();
      continue;
    }
    const frozenBefore = tally.milestones.filter((each) => each.frozen).length;
    tally.recomputes += 1;
    tally.participantsRecomputed += found.recomputed;
    tally.milestones = found.milestones;

    for (const { horizon, ready, frozen } of found.milestones) {
      if (frozen) continue;
      if (!followed.has(horizon)) await follow(of, horizon, knobs);
      else if (ready) await passLookOn(of, horizon, knobs);
      followed.add(horizon);
    }

    const frozen = found.milestones.filter((each) => each.frozen).length;
    if (frozen === found.milestones.length && !looked) return progress();
    if (frozen > frozenBefore) await startNewRun();
  }
}

/** The cohort after a recompute, or nothing when so many looks arrived meanwhile that the run must end first. */
async function recomputeOrYield(of: CohortRef, knobs: CohortKnobs): Promise<CohortState | undefined> {
  const scope = new CancellationScope();
  let finished = false;
  const recompute = scope
    .run(() => recomputeCohort(of))
    .finally(() => {
      finished = true;
    });
  recompute.catch(() => {});
  await condition(() => finished || historyOverfull(knobs));
  if (finished) return recompute;
  scope.cancel();
  return undefined;
}

/** Makes sure that the milestone is being followed: a new milestone looks at once, one under way is told to. */
async function follow(of: CohortRef, horizon: number, knobs: CohortKnobs): Promise<void> {
  try {
    await startChild(milestone, {
      workflowId: milestoneId({ ...of, horizon }),
      args: [{ ...of, horizon }, knobs.milestones ?? {}],
      ...(knobs.searchable && { typedSearchAttributes: searchAttributesOf({ ...of, horizon }) }),
      parentClosePolicy: ParentClosePolicy.ABANDON,
    });
  } catch (error) {
    if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
    await tellToLook(of, horizon);
  }
}

async function passLookOn(of: CohortRef, horizon: number, knobs: CohortKnobs): Promise<void> {
  if (!(await tellToLook(of, horizon))) await follow(of, horizon, knobs);
}

/** Whether there was a milestone under way to tell. */
async function tellToLook(of: CohortRef, horizon: number): Promise<boolean> {
  try {
    await getExternalWorkflowHandle(milestoneId({ ...of, horizon })).signal(look);
    return true;
  } catch (error) {
    if (isCancellation(error)) throw error;
    return false;
  }
}
