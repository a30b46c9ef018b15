// What truly happens to a child, in days: the clean history from which records are written and outcomes are known.
import type { RecordState } from '../../schemas/records.ts';
import type { Day } from './days.ts';

export type ReferralState = RecordState<'referral'>;
type CpState = RecordState<'cp-plan'>;
type CareState = RecordState<'care-episode'>;
type Defined<T> = NonNullable<T>;

export interface Span {
  started: Day;
  ended: Day;
}

export interface Assessment {
  started: Day;
  /** Null when the case ended before the assessment was authorised. */
  authorised: Day | null;
  factors: Defined<RecordState<'assessment'>['factors']>;
}

export interface Section47 {
  started: Day;
  /** Null when a conference was not required. */
  conference: Day | null;
}

export interface CpPlan extends Span {
  initial: Defined<CpState['initialCategory']>;
  latest: Defined<CpState['latestCategory']>;
  previousPlans: number;
  heldForAnotherAuthority: boolean;
}

export interface PreProceedings extends Span {
  courtApplication: Day | null;
}

/** One referral and the work that it opened. */
export interface Involvement {
  incident: number;
  day: Day;
  source: Defined<ReferralState['source']>;
  need: Defined<ReferralState['primaryNeed']>;
  nfa: boolean;
  closed: Day;
  closureReason: Defined<ReferralState['closureReason']>;
  assessment: Assessment | null;
  section47: Section47 | null;
  cinPlans: Span[];
  cpPlan: CpPlan | null;
  preProceedings: PreProceedings | null;
}

export interface CareEpisode extends Span {
  reasonStarted: CareState['reasonStarted'];
  legalStatus: CareState['legalStatus'];
  need: Defined<CareState['need']>;
  placement: Defined<CareState['placement']>;
  reasonEnded: Defined<CareState['reasonEnded']>;
}

/** Consecutive episodes: S first, each but the last ended by X1 on the day the next begins. */
export interface CarePeriod extends Span {
  shortBreak: boolean;
  episodes: CareEpisode[];
}

export interface EarlyHelp extends Span {
  endReason: Defined<RecordState<'early-help'>['endReason']>;
  lead: Defined<RecordState<'early-help'>['leadPractitioner']>;
}

export interface FamilyMeeting {
  offered: Day;
  accepted: boolean;
  answered: Day;
  held: Day | null;
  planAgreed: boolean;
}

/** Everything that happens to one child. Days after the end of the data are simply not recorded yet. */
export interface History {
  involvements: Involvement[];
  care: CarePeriod[];
  earlyHelp: EarlyHelp[];
  meeting: FamilyMeeting | null;
  /** The first referral in the recruitment window: null for a child who is not in the evaluation. */
  index: Day | null;
  /** When this council stops knowing the child: 18, death, a move or adoption. */
  exit: Day;
}
