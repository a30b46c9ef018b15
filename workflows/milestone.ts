// A milestone is frozen once, when every council of the wave is complete through the last index day + horizon.
//
// Two clocks. *Event time* decides: the store compares what the feeds cover with the due day, so months of
// back-filled records can ripen a milestone in one night, and nothing ripens while a council is silent.
// *Wall-clock time* (the workflow's own clock) only decides when to look again unasked and whom to remind.
import {
  ActivityFailure,
  ApplicationFailure,
  condition,
  continueAsNew,
  defineQuery,
  getExternalWorkflowHandle,
  isCancellation,
  log,
  proxyActivities,
  setHandler,
} from '@temporalio/workflow';
import type { Activities } from '../services/tracker/activities.ts';
import type { FrozenMilestone, GoneKind, Maturity, MilestoneRef } from '../services/tracker/store.ts';
import { type HistoryKnobs, historyFull } from './history.ts';
import { cohortId, look } from './messages.ts';

const { checkMaturity, freezeMilestone, draftResult } = proxyActivities<Activities>({
  startToCloseTimeout: '10 minutes',
  heartbeatTimeout: '20 seconds',
  retry: { initialInterval: '1 second', backoffCoefficient: 2, maximumInterval: '5 minutes' },
});

// A reminder that cannot be written must not hold up the milestone.
const { remindOverdue } = proxyActivities<Activities>({
  startToCloseTimeout: '1 minute',
  heartbeatTimeout: '20 seconds',
  retry: { initialInterval: '1 second', maximumAttempts: 5 },
});

const SECOND = 1_000;
const DAY = 86_400 * SECOND;

/** Not yet due by the wall clock: look unasked once a month. Due: once a day. */
const EARLY_CHECK = 30 * DAY;
const DUE_CHECK = DAY;
/** Complete, but changes still wait to be recomputed: look again soon, then ever less often. */
const SETTLE_FIRST = 2 * SECOND;
const SETTLE_MOST = 600 * SECOND;
const GRACE_DAYS = 28;
const REMIND_EVERY = 7 * DAY;

export interface MilestoneKnobs extends HistoryKnobs {
  /** Days before anyone is reminded, from the due day or, for figures of the past, from when the milestone was first followed. */
  graceDays?: number;
}

export type MilestoneProgress = MilestoneRef & {
  /** `empty`: it ended because nobody is left in the wave. A later participant starts it again. */
  stage: 'waiting' | 'freezing' | 'drafting' | 'done' | 'empty';
  checks: number;
  reminders: number;
  runs: number;
  /** As last found. */
  dueOn: string | null;
  waitingFor: string[];
  frozen: FrozenMilestone | null;
};

export const milestoneProgress = defineQuery<MilestoneProgress>('progress');

/** What one run hands to the next. */
export interface MilestoneCarried {
  checks: number;
  reminders: number;
  runs: number;
  /** Instants are milliseconds since 1970 by the workflow's clock. */
  followedSince: number | null;
  remindedAt: number | null;
}

const firstRun: MilestoneCarried = {
  checks: 0,
  reminders: 0,
  runs: 0,
  followedSince: null,
  remindedAt: null,
};

/** Milliseconds since 1970 at which a day has ended. Taken as UTC: an hour of summer time matters to no reminder. */
const endOf = (day: string): number => Date.parse(`${day}T00:00:00Z`) + DAY;

/**
 * Waits for a milestone to mature, freezes it and has its result drafted.
 * Workflow id: `milestone:<evaluation>:<wave>:<horizon>`.
 * @throws ApplicationFailure `EvaluationGone` when the evaluation was deleted
 */
export async function milestone(
  of: MilestoneRef,
  knobs: MilestoneKnobs = {},
  carried: MilestoneCarried = firstRun,
): Promise<MilestoneProgress> {
  let looked = false;
  let settleIn = SETTLE_FIRST;
  const followedSince = carried.followedSince ?? Date.now();
  const tally = { ...carried, followedSince, runs: carried.runs + 1 };
  const seen: Pick<MilestoneProgress, 'stage' | 'dueOn' | 'waitingFor' | 'frozen'> = {
    stage: 'waiting',
    dueOn: null,
    waitingFor: [],
    frozen: null,
  };
  const progress = (): MilestoneProgress => {
    const { checks, reminders, runs } = tally;
    return { ...of, ...seen, checks, reminders, runs };
  };

  setHandler(look, () => {
    looked = true;
  });
  setHandler(milestoneProgress, progress);

  // A run begins with a check, so that a look heard while the run before it ended needs no carrying over.
  while (!seen.frozen) {
    looked = false;
    const maturity = await maturityOrEmpty(of);
    tally.checks += 1;
    if (!maturity) {
      seen.stage = 'empty';
      return progress();
    }
    seen.dueOn = maturity.dueOn;
    seen.waitingFor = maturity.waitingFor;

    if (maturity.ready) {
      seen.stage = 'freezing';
      seen.frozen = await freezeMilestone(of);
      if (seen.frozen) break;
      seen.stage = 'waiting';
    } else if (maturity.waitingFor.length > 0) {
      await remindWhenOverdue(maturity);
    }

    const unsettled = maturity.ready || maturity.unsettled;
    await condition(() => looked, unsettled ? settleIn : untilNextCheck(maturity));
    settleIn = unsettled ? Math.min(settleIn * 2, SETTLE_MOST) : SETTLE_FIRST;
    if (historyFull(knobs)) await continueAsNew<typeof milestone>(of, knobs, tally);
  }

  await tellCohort(of);
  seen.stage = 'drafting';
  await draftResult(of);
  seen.stage = 'done';
  return progress();

  async function remindWhenOverdue({ dueOn, waitingFor }: Maturity): Promise<void> {
    const graceFrom = Math.max(endOf(dueOn), followedSince);
    if (Date.now() < graceFrom + (knobs.graceDays ?? GRACE_DAYS) * DAY) return;
    if (tally.remindedAt !== null && Date.now() - tally.remindedAt < REMIND_EVERY) return;
    const daysOverdue = Math.floor((Date.now() - endOf(dueOn)) / DAY) + 1;
    try {
      await remindOverdue(of, waitingFor, daysOverdue);
      tally.reminders += 1;
    } catch (error) {
      if (isCancellation(error)) throw error;
      log.warn('An overdue milestone could not be noted', { dueOn, waitingFor });
    }
    tally.remindedAt = Date.now();
  }
}

/** The milestone's maturity, or nothing when nobody is left to follow. */
async function maturityOrEmpty(of: MilestoneRef): Promise<Maturity | undefined> {
  try {
    return await checkMaturity(of);
  } catch (error) {
    const cause = error instanceof ActivityFailure ? error.cause : undefined;
    if (cause instanceof ApplicationFailure && cause.type === ('CohortGone' satisfies GoneKind))
      return undefined;
    throw error;
  }
}

function untilNextCheck({ dueOn }: Maturity): number {
  const untilDue = endOf(dueOn) - Date.now();
  return untilDue > 0 ? Math.min(untilDue, EARLY_CHECK) : DUE_CHECK;
}

/** The cohort moves on to its next milestone. One that is no longer there needs not be told. */
async function tellCohort(of: MilestoneRef): Promise<void> {
  try {
    await getExternalWorkflowHandle(cohortId(of)).signal(look);
  } catch (error) {
    if (isCancellation(error)) throw error;
  }
}
