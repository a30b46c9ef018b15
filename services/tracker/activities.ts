// The workflows' hands: each activity is one question to the store, and what waiting cannot mend fails for good.
import { ApplicationFailure, Context } from '@temporalio/activity';
import type { Logger } from '../platform/log.ts';
import { concurrently } from './concurrently.ts';
import type { TrackerMetrics } from './metrics.ts';
import type { Signals } from './relay.ts';
import {
  type CohortRef,
  type CohortState,
  type FrozenMilestone,
  Gone,
  type Maturity,
  type MilestoneRef,
  type TrackerStore,
} from './store.ts';

export interface Activities {
  recomputeCohort(of: CohortRef): Promise<CohortState>;
  checkMaturity(of: MilestoneRef): Promise<Maturity>;
  freezeMilestone(of: MilestoneRef): Promise<FrozenMilestone | null>;
  draftResult(of: MilestoneRef): Promise<void>;
  remindOverdue(of: MilestoneRef, waitingFor: string[], daysOverdue: number): Promise<void>;
  feedSilent(council: string, lastHeard: string): Promise<void>;
  feedResumed(council: string, heardAt: string): Promise<void>;
  lookAtUnfinished(): Promise<number>;
}

const HEARTBEAT_EVERY = 4_000;
const LOOKS_AT_ONCE = 20;

/**
 * Runs one question. Temporal hears all the while that this process lives, so that a killed worker's work is given to
 * another within seconds. `Gone` becomes a failure that is not retried; its type is the kind: `EvaluationGone`…
 */
async function answered<Answer>(metrics: TrackerMetrics, question: () => Promise<Answer>): Promise<Answer> {
  const context = Context.current();
  const beat = setInterval(() => context.heartbeat(), HEARTBEAT_EVERY);
  try {
    return await question();
  } catch (error) {
    if (!context.cancellationSignal.aborted)
      metrics.activityFailures.inc({ activity: context.info.activityType });
    if (error instanceof Gone) throw ApplicationFailure.nonRetryable(error.message, error.kind);
    throw error;
  } finally {
    clearInterval(beat);
  }
}

/** The activities over one store; `signals` carries the daily sweep's looks. `log` gets one line a milestone frozen, overdue or drafted, and a feed silent or heard again. */
export function createActivities(
  store: TrackerStore,
  signals: Pick<Signals, 'look'>,
  log: Logger,
  metrics: TrackerMetrics,
): Activities {
  const ask = <Answer>(question: () => Promise<Answer>): Promise<Answer> => answered(metrics, question);
  return {
    async recomputeCohort(of) {
      const { cancellationSignal } = Context.current();
      const state = await ask(() => store.recomputeCohort(of, () => cancellationSignal.throwIfAborted()));
      metrics.recomputed.inc(state.recomputed);
      return state;
    },

    checkMaturity: (of) => ask(() => store.checkMaturity(of)),

    async freezeMilestone(of) {
      const frozen = await ask(() => store.freezeMilestone(of));
      if (frozen) log.info({ ...of, ...frozen }, 'milestone frozen');
      return frozen;
    },

    async draftResult(of) {
      await ask(() => store.draftResult(of));
      log.info({ ...of }, 'result drafted');
    },

    async remindOverdue(of, waitingFor, daysOverdue) {
      log.warn({ ...of, waitingFor, daysOverdue }, 'milestone overdue');
      metrics.overdue.inc({ evaluation: of.evaluation });
      await ask(() => store.noteOverdue(of, waitingFor, daysOverdue));
    },

    async feedSilent(council, lastHeard) {
      log.warn({ council, lastHeard }, 'feed silent');
      await ask(() => store.feedSilent(council, lastHeard));
    },

    async feedResumed(council, heardAt) {
      log.info({ council, heardAt }, 'feed heard again');
      await ask(() => store.feedResumed(council, heardAt));
    },

    async lookAtUnfinished() {
      const cohorts = await ask(() => store.unfinishedCohorts());
      const { cancellationSignal } = Context.current();
      await ask(() =>
        concurrently(cohorts, LOOKS_AT_ONCE, (of) => {
          cancellationSignal.throwIfAborted();
          return signals.look(of);
        }),
      );
      log.info({ cohorts: cohorts.length }, 'daily sweep: every unfinished cohort was told to look');
      return cohorts.length;
    },
  };
}
