// What the tracker asks of the system of record. Every method may be repeated, or run twice at once, without harm:
// Temporal retries activities, and the relay repeats itself after a crash.

/** The participants of one evaluation whose index day falls in one wave; `wave` is its first day, YYYY-MM-DD. */
export interface CohortRef {
  evaluation: string;
  wave: string;
}

/** A cohort at `horizon` months from the index day. */
export interface MilestoneRef extends CohortRef {
  horizon: number;
}

/** A council's feed: its ONS code, and the days within which a live feed says something. */
export interface FeedRef {
  council: string;
  rhythmDays: number;
}

/** What a batch of outbox rows came to once its children were screened against every evaluation. */
export interface ScreenedChanges {
  /**
   * The rows taken, to be handed back to `acknowledge`. Rows are named one by one, never "up to n": an identity is
   * drawn before its transaction commits, so a lower number may become visible after a higher one was taken.
   */
  rows: string[];
  /** Cohorts with participants that are new, changed or gone. Their children wait in `cohort_change`. */
  cohorts: CohortRef[];
  /** Councils that made a statement about their feed. */
  heard: FeedRef[];
  /** The traces that the rows were made in, as `traceparent`. */
  causes: string[];
  /** Not all that waited was taken. */
  more: boolean;
}

/** How a milestone stands in the store. */
export interface MilestoneState {
  horizon: number;
  /**
   * Every council of the wave is complete through the last index day + horizon, so that looking is worth while.
   * Whether changes still wait does not count here: the milestone asks that itself, and asks again soon when they do.
   */
  ready: boolean;
  frozen: boolean;
}

export interface CohortState {
  /** Participants whose outcomes were computed again. */
  recomputed: number;
  /** One a horizon of the protocol, in rising order. */
  milestones: MilestoneState[];
}

/** Event time only: what the feeds cover, whatever today's date is. */
export interface Maturity {
  ready: boolean;
  /** Complete, but changes the completeness rests on still wait to be screened or recomputed. `ready` is then false. */
  unsettled: boolean;
  /** The day every feed must be complete through: last index day + horizon. */
  dueOn: string;
  /** ONS codes of the councils not yet complete through `dueOn`. */
  waitingFor: string[];
}

export interface FrozenMilestone {
  hash: string;
  participants: number;
}

/** What exists no longer, so that asking again cannot help. */
export type GoneKind = 'EvaluationGone' | 'CohortGone' | 'CouncilGone';

/** Thrown by a store when the thing asked about was deleted. The activity fails for good; the workflow ends, saying so. */
export class Gone extends Error {
  readonly kind: GoneKind;

  constructor(kind: GoneKind, message: string) {
    super(message);
    this.name = 'Gone';
    this.kind = kind;
  }
}

export interface TrackerStore {
  /**
   * Takes the oldest outbox rows (at most `limit`, fewer where they hold many children, those above the row `after` when given), screens their children against all evaluations, updates the
   * participants and marks `cohort_change`, in one transaction. The rows stay until `acknowledge`.
   * `rows` is empty when there was nothing to take.
   */
  screenChanges(limit: number, after?: string): Promise<ScreenedChanges>;

  /** Deletes these outbox rows. Called once the signals they gave rise to were delivered. */
  acknowledge(rows: string[]): Promise<void>;

  /**
   * Of the cohorts these councils take part in, those with a milestone that is complete and not frozen. Asked after
   * the rows were acknowledged, so that the look finds the changes settled.
   */
  readyCohorts(councils: string[]): Promise<CohortRef[]>;

  /** Cohorts with changes left to recompute or a milestone that is complete and not frozen: looks that may have been lost. */
  unsettledCohorts(): Promise<CohortRef[]>;

  /** Cohorts with a milestone that is not frozen, ready or not, of evaluations that are neither paused nor closed. */
  unfinishedCohorts(): Promise<CohortRef[]>;

  /**
   * Recomputes the outcomes of a cohort's changed participants, in chunks that each commit, until none is left.
   * `checkpoint` is called after every chunk; it throws when the work should stop.
   * @throws Gone `EvaluationGone`
   */
  recomputeCohort(cohort: CohortRef, checkpoint: (done: number) => void): Promise<CohortState>;

  /** @throws Gone `EvaluationGone`; `CohortGone` when nobody is left in the wave: the milestone then ends unfrozen. */
  checkMaturity(milestone: MilestoneRef): Promise<Maturity>;

  /**
   * Freezes the outcomes as they are, in one transaction that checks once more that the milestone is ready.
   * Frozen already: answers with the hash of then. No longer ready: null, and nothing is frozen.
   * @throws Gone `EvaluationGone`
   */
  freezeMilestone(milestone: MilestoneRef): Promise<FrozenMilestone | null>;

  /** Analyses a frozen milestone to the locked protocol and leaves a draft. @throws Gone `EvaluationGone` */
  draftResult(milestone: MilestoneRef): Promise<void>;

  /** Steps of releases that their workflows have not been told of, oldest first, each with its row. */
  releaseSteps(): Promise<{ row: string; release: number }[]>;

  /** Deletes these rows. Called once their signals were delivered. */
  releaseStepsTold(rows: string[]): Promise<void>;

  /** Notes that a milestone is `daysOverdue` days (wall clock) past its due day for want of these councils. */
  noteOverdue(milestone: MilestoneRef, waitingFor: string[], daysOverdue: number): Promise<void>;

  /** Notes that a council was last heard at this instant (wall clock, RFC 3339) and should have spoken since. */
  feedSilent(council: string, lastHeard: string): Promise<void>;

  /** Closes the note: the council was heard again at this instant. */
  feedResumed(council: string, heardAt: string): Promise<void>;
}
