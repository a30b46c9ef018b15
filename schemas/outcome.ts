// An outcome is defined as data: every choice that could change a number is a field here, and its hash travels with results.
// The language only grows by fields that may be absent, and an absent field means what was meant before it existed:
// a definition stored long ago keeps its hash and its results.
import { z } from 'zod';
import { CivilDate } from './calendar.ts';
import {
  AbuseCategory,
  ClosureReason,
  LegalStatus,
  PrimaryNeed,
  ReasonEpisodeCeased,
  ReferralSource,
} from './codes.ts';

export const Slug = z
  .string()
  .regex(/^[a-z][a-z0-9-]{1,62}[a-z0-9]$/, 'must be lower-case words joined by dashes');

/** Codes of a set, each named once. */
const someOf = <T extends z.ZodType>(code: T) =>
  z
    .array(code)
    .min(1)
    .refine((codes) => new Set(codes).size === codes.length, {
      message: 'must not name a code twice',
      params: { betweenFields: true },
    });

const CeasedReason = ReasonEpisodeCeased.exclude(['X1']);
/** V3 and V4 are short breaks, which are never care. */
const CareStatus = LegalStatus.exclude(['V3', 'V4']);

/** A further referral of the child. The DfE counts those that led to no further action. */
const ReferralEvent = z.strictObject({
  record: z.literal('referral'),
  countNoFurtherAction: z.boolean(),
  /** Only referrals with one of these needs, or sources; absent: any, those that state none too. */
  primaryNeeds: someOf(PrimaryNeed).optional(),
  sources: someOf(ReferralSource).optional(),
});

/** A child protection plan starts and the child had one before. */
const RepeatPlanEvent = z.strictObject({
  record: z.literal('cp-plan'),
  /** `ever`, or only plans that ended (or were still open) within so many months before the new one's start. */
  earlierPlan: z.union([z.literal('ever'), z.strictObject({ endedWithinMonths: z.int().min(1).max(240) })]),
  /** `ledger`: an earlier plan among the records; `reported`: NumberOfPreviousCPP above 0; `either`. */
  evidence: z.enum(['ledger', 'reported', 'either']),
  countHeldForAnotherAuthority: z.boolean(),
});

/** A child protection plan starts, the first or a further one. */
const PlanStartEvent = z.strictObject({
  record: z.literal('cp-plan-start'),
  countHeldForAnotherAuthority: z.boolean(),
  /** Only plans whose initial category is one of these; absent: any. */
  initialCategories: someOf(AbuseCategory).optional(),
});

/** A period of care starts: consecutive episodes other than short breaks (V3, V4) make one period. */
const CareEntryEvent = z.strictObject({
  record: z.literal('care-period'),
  countUnaccompaniedAsylumSeekers: z.boolean(),
  /** Only periods whose first episode is under one of these legal statuses; absent: any but short breaks. */
  legalStatuses: someOf(CareStatus).optional(),
});

/** A period of care ends, on the day on which one of the child's episodes ended for one of these reasons. */
const CareEndEvent = z.strictObject({
  record: z.literal('care-period-end'),
  reasons: someOf(CeasedReason),
  countUnaccompaniedAsylumSeekers: z.boolean(),
});

/** The index referral is closed. A closure without a stated reason counts. */
const ClosureEvent = z.strictObject({
  record: z.literal('index-closure'),
  exceptReasons: z.array(ClosureReason),
});

/** An application to court within pre-proceedings. */
const ProceedingsEvent = z.strictObject({ record: z.literal('court-application') });

/** The child's first assessment is completed (authorised). */
const AssessmentEvent = z.strictObject({ record: z.literal('assessment') });

/** What must hold of a child on the day the clock starts, for it to be at risk. Plans held for another council are not plans here. */
export const RiskCondition = z.enum(['in-care', 'never-in-care', 'on-cp-plan', 'not-on-cp-plan']);
export type RiskCondition = z.infer<typeof RiskCondition>;

const withinMonths = z.int().min(1).max(60);

/**
 * When time starts for a participant. Other than from the index day, the clock starts on the first such day within
 * `withinMonths` of the index day (its last day included), and a participant for whom it does not is not at risk.
 */
export const Clock = z.discriminatedUnion('from', [
  z.strictObject({ from: z.literal('index') }),
  /** The index referral is closed, other than for these reasons (Hood et al.; Goldacre et al.). */
  z.strictObject({
    from: z.literal('index-closure'),
    withinMonths,
    exceptReasons: z.array(ClosureReason),
  }),
  /** A period of care starts. */
  z.strictObject({ from: z.literal('care-start'), withinMonths }),
  /** A period of care ends, other than for these reasons. */
  z.strictObject({ from: z.literal('care-end'), withinMonths, exceptReasons: z.array(CeasedReason) }),
]);
export type Clock = z.infer<typeof Clock>;

/**
 * `first-event`: did it happen, and when first. `state-at-horizon`: is the child in care on the horizon's day.
 * `days-in-window`: whole days in care (the day care ends is none). `duration`: days from the record's start to its end.
 */
export const Measure = z.enum(['first-event', 'state-at-horizon', 'days-in-window', 'duration']);
export type Measure = z.infer<typeof Measure>;

export const CensorReason = z.enum([
  'eighteenth-birthday',
  'death',
  'moved-to-another-council',
  'declared-gap',
]);
export type CensorReason = z.infer<typeof CensorReason>;

const censoringFields = {
  'eighteenth-birthday': 'eighteenthBirthday',
  death: 'death',
  'moved-to-another-council': 'movedToAnotherCouncil',
  'declared-gap': 'declaredGap',
} as const;

/** The measure of an event, where it does not leave the choice open. */
const measuresOf = (record: string): readonly Measure[] =>
  record === 'assessment'
    ? ['duration']
    : record === 'care-period'
      ? ['first-event', 'state-at-horizon', 'days-in-window']
      : ['first-event'];

export const OutcomeDefinition = z
  .strictObject({
    id: Slug,
    version: z.int().min(1),
    title: z.string().min(1).max(80),
    /** What is counted, in words for a reader who knows no code. */
    words: z.string().min(1).max(800),
    source: z.string().min(1).max(400),
    event: z.discriminatedUnion('record', [
      ReferralEvent,
      RepeatPlanEvent,
      PlanStartEvent,
      CareEntryEvent,
      CareEndEvent,
      ClosureEvent,
      ProceedingsEvent,
      AssessmentEvent,
    ]),
    /** Absent: from the index day. */
    clock: Clock.optional(),
    /** Absent: `first-event`. */
    measure: Measure.optional(),
    /** Whether an event dated on the day the clock starts counts. The index record itself never does. */
    indexDay: z.enum(['counts', 'does-not-count']),
    /** Events up to and including so many days after the clock's first day do not count. Absent: none. */
    washoutDays: z.int().min(1).max(3_650).optional(),
    /** Whether an event exactly `h` months after the clock's first day counts. Absent: it counts. */
    lastDay: z.enum(['counts', 'does-not-count']).optional(),
    riskSet: z.strictObject({
      excludeInCareAtIndex: z.boolean(),
      /** All of these must hold on the day the clock starts. Absent: nothing more is asked. */
      only: someOf(RiskCondition).optional(),
    }),
    censoring: z.strictObject({
      eighteenthBirthday: z.boolean(),
      /** `true`: by the month of death reported. `any-evidence`: where none is, by a closure (RC2) or end of care (E2) as died too. */
      death: z.union([z.boolean(), z.literal('any-evidence')]),
      movedToAnotherCouncil: z.boolean(),
      declaredGap: z.boolean(),
    }),
    /** Ends of observation after which the event cannot happen: they leave `no-event`, not `censored`. Absent: none. */
    competing: someOf(z.enum(['eighteenth-birthday', 'death'])).optional(),
  })
  .superRefine((definition, context) => {
    const { event, measure = 'first-event', riskSet, competing = [] } = definition;
    const problem = (path: (string | number)[], message: string) =>
      context.addIssue({ code: 'custom', path, message, params: { betweenFields: true } });
    if (!measuresOf(event.record).includes(measure)) {
      problem(['measure'], `must be ${measuresOf(event.record).join(' or ')} for ${event.record}`);
    }
    if (measure !== 'first-event' && event.record === 'care-period' && event.legalStatuses) {
      problem(['event', 'legalStatuses'], `cannot be asked of ${measure}: a period has many legal statuses`);
    }
    if (measure === 'state-at-horizon') {
      if (definition.lastDay === 'does-not-count')
        problem(['lastDay'], 'must count where the state on that day is asked');
      if (definition.washoutDays !== undefined)
        problem(['washoutDays'], 'has no meaning for the state on one day');
    }
    const { only = [] } = riskSet;
    const against = (a: RiskCondition, b: RiskCondition) => only.includes(a) && only.includes(b);
    if (against('in-care', 'never-in-care') || against('on-cp-plan', 'not-on-cp-plan')) {
      problem(['riskSet', 'only'], 'asks for what cannot hold together');
    }
    if (riskSet.excludeInCareAtIndex && only.includes('in-care')) {
      problem(['riskSet', 'only'], 'must not ask for children in care while they are left out');
    }
    if (event.record === 'index-closure' && definition.clock?.from === 'index-closure') {
      problem(['clock', 'from'], 'cannot be the closure that is the event');
    }
    if (measure === 'days-in-window' && competing.length > 0) {
      problem(['competing'], 'has no meaning for days in a window: they are known of a whole window only');
    }
    competing.forEach((reason, at) => {
      if (definition.censoring[censoringFields[reason]] === false) {
        problem(['competing', at], `must end observation: set censoring.${censoringFields[reason]}`);
      }
    });
  });
export type OutcomeDefinition = z.infer<typeof OutcomeDefinition>;
export type OutcomeEvent = OutcomeDefinition['event'];

/** Whether its participants' outcomes carry a value in days. */
export const isMeasuredInDays = ({ measure }: Pick<OutcomeDefinition, 'measure'>): boolean =>
  measure === 'days-in-window' || measure === 'duration';

export const OutcomeStateName = z.enum(['event', 'no-event', 'censored', 'not-at-risk']);
export type OutcomeStateName = z.infer<typeof OutcomeStateName>;

/** One participant, one outcome, one horizon (months). `date` is the event's day, or the last day observed when censored. */
export const ParticipantOutcome = z.strictObject({
  outcome: Slug,
  horizon: z.int().min(1).max(120),
  state: OutcomeStateName,
  date: CivilDate.nullable(),
  censorReason: CensorReason.nullable(),
  /** Whole days, of a definition that measures them: null otherwise, and where they are not known. */
  value: z.int().min(0).nullable(),
});
export type ParticipantOutcome = z.infer<typeof ParticipantOutcome>;
