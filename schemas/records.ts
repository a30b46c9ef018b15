// The records councils hold about a child, as strict allow-lists: a field that is not named here cannot enter.
import { z } from 'zod';
import { CivilDate, CivilMonth } from './calendar.ts';
import * as codes from './codes.ts';

export const ChildPseudonym = z
  .string()
  .regex(/^c[0-9a-f]{32}$/, 'must be a child pseudonym: c and 32 hexadecimal digits');
const FamilyPseudonym = z
  .string()
  .regex(/^f[0-9a-f]{32}$/, 'must be a family pseudonym: f and 32 hexadecimal digits');
const TeamPseudonym = z
  .string()
  .regex(/^t[0-9a-f]{32}$/, 'must be a team pseudonym: t and 32 hexadecimal digits');

/** Facts about the child. Month of birth only: the day never leaves the council. An unborn child's is the expected month. */
export const ChildState = z.strictObject({
  birthMonth: CivilMonth.optional(),
  unborn: z.boolean().optional(),
  sex: codes.Sex.optional(),
  ethnicity: codes.Ethnicity.optional(),
  disabilities: z.array(codes.Disability).max(13).optional(),
  unaccompaniedAsylumSeeker: z.boolean().optional(),
  deathMonth: CivilMonth.optional(),
  deprivationDecile: z.int().min(1).max(10).optional(),
  family: FamilyPseudonym.optional(),
});

/** CINreferralDate, ReferralSource, PrimaryNeedCode, ReferralNFA, CINclosureDate, ReasonForClosure; cine_referral_team, which no statutory return has. */
export const ReferralState = z.strictObject({
  date: CivilDate,
  source: codes.ReferralSource.optional(),
  primaryNeed: codes.PrimaryNeed.optional(),
  noFurtherAction: z.boolean().optional(),
  closedOn: CivilDate.optional(),
  closureReason: codes.ClosureReason.optional(),
  team: TeamPseudonym.optional(),
});

/** AssessmentActualStartDate, AssessmentAuthorisationDate, AssessmentFactors. */
export const AssessmentState = z.strictObject({
  started: CivilDate,
  authorised: CivilDate.optional(),
  factors: z.array(codes.AssessmentFactor).max(60).optional(),
});

/** S47ActualStartDate, DateOfInitialCPC, ICPCnotRequired. */
export const Section47State = z.strictObject({
  started: CivilDate,
  initialConference: CivilDate.optional(),
  conferenceNotRequired: z.boolean().optional(),
});

/** CINPlanStartDate, CINPlanEndDate. */
export const CinPlanState = z.strictObject({ started: CivilDate, ended: CivilDate.optional() });

/** CPPstartDate, CPPendDate, categories of abuse, NumberOfPreviousCPP, cppl_cp_plan_ola, CPPreviewDate. */
export const CpPlanState = z.strictObject({
  started: CivilDate,
  ended: CivilDate.optional(),
  initialCategory: codes.AbuseCategory.optional(),
  latestCategory: codes.AbuseCategory.optional(),
  previousPlans: z.int().min(0).max(99).optional(),
  heldForAnotherAuthority: z.boolean().optional(),
  reviews: z.array(CivilDate).max(100).optional(),
});

/** One SSDA903 episode: DECOM, RNE, LS, CIN, PLACE, DEC, REC. */
export const CareEpisodeState = z.strictObject({
  started: CivilDate,
  reasonStarted: codes.ReasonNewEpisode,
  legalStatus: codes.LegalStatus,
  need: codes.PrimaryNeed.optional(),
  placement: codes.Placement.optional(),
  ended: CivilDate.optional(),
  reasonEnded: codes.ReasonEpisodeCeased.optional(),
});

/** ssd_early_help_episodes; family help from the reforms on. */
export const EarlyHelpState = z.strictObject({
  started: CivilDate,
  ended: CivilDate.optional(),
  leadPractitioner: codes.LeadPractitioner.optional(),
  endReason: z.enum(['needs-met', 'stepped-up', 'declined', 'moved', 'other']).optional(),
});

/** A family group decision-making meeting: FGDMMeetingOffer, FGDMMeetingFac of the 2026 census. */
export const FamilyMeetingState = z.strictObject({
  offered: CivilDate.optional(),
  accepted: z.boolean().optional(),
  held: CivilDate.optional(),
  planAgreed: z.boolean().optional(),
});

/** Pre-proceedings: LBPSentDate (letter before proceedings), end, outcome, application to court. */
export const PreProceedingsState = z.strictObject({
  letterSent: CivilDate.optional(),
  ended: CivilDate.optional(),
  outcome: z.enum(['proceedings-issued', 'no-proceedings', 'extended', 'other']).optional(),
  courtApplication: CivilDate.optional(),
});

/**
 * A statement that another pseudonym of the same council is this child too (`same`), or that it is not after all. Whoever
 * is linked by statements that stand is one person; correcting one to `false`, or purging it, parts them again.
 */
export const SameChildState = z.strictObject({ other: ChildPseudonym, same: z.boolean() });

/** Every kind of record and the schema of its full state. Keys are the record part of a case event's type. */
export const recordStates = {
  child: ChildState,
  referral: ReferralState,
  assessment: AssessmentState,
  'section-47': Section47State,
  'cin-plan': CinPlanState,
  'cp-plan': CpPlanState,
  'care-episode': CareEpisodeState,
  'early-help': EarlyHelpState,
  'family-meeting': FamilyMeetingState,
  'pre-proceedings': PreProceedingsState,
  'same-child': SameChildState,
} as const;

export type RecordKind = keyof typeof recordStates;
export const recordKinds = Object.keys(recordStates) as RecordKind[];
export const RecordKindName = z.enum(recordKinds);
export type RecordState<K extends RecordKind = RecordKind> = z.infer<(typeof recordStates)[K]>;
