// The tables of records of the dataset: where each has its ids, and how a row becomes a record's state.
import * as codes from '../../schemas/codes.ts';
import type { RecordKind, RecordState } from '../../schemas/records.ts';
import { type Lookups, statusOn } from './dataset-lookups.ts';
import type { DatasetRow } from './dataset-row.ts';
import { codeSet, type Reading, stated } from './reading.ts';

const referralSources = codeSet(codes.ReferralSource.options);
const primaryNeeds = codeSet(codes.PrimaryNeed.options);
const closureReasons = codeSet(codes.ClosureReason.options);
const factors = codeSet(codes.AssessmentFactor.options);
const reasonsStarted = codeSet(codes.ReasonNewEpisode.options);
const legalStatuses = codeSet(codes.LegalStatus.options);
const reasonsEnded = codeSet(codes.ReasonEpisodeCeased.options);
/** Codes, and the words that systems write in their place. */
const abuseCategories: ReadonlyMap<string, (typeof codes.AbuseCategory.options)[number]> = new Map([
  ...codes.AbuseCategory.options.map((code): [string, typeof code] => [code, code]),
  ['NEGLECT', 'NEG'],
  ['PHYSICAL ABUSE', 'PHY'],
  ['SEXUAL ABUSE', 'SAB'],
  ['EMOTIONAL ABUSE', 'EMO'],
  ['MULTIPLE', 'MUL'],
]);

/** A table of records: its kind, where the ids stand, and how a row's state is read; undefined refuses it. */
export interface RecordTable<K extends RecordKind> {
  kind: K;
  person: string;
  id: string;
  read: (row: DatasetRow, reading: Reading, into: Lookups) => RecordState<K> | undefined;
}

const table = <K extends RecordKind>(of: RecordTable<K>): RecordTable<K> => of;

const referrals = table({
  kind: 'referral',
  person: 'cine_person_id',
  id: 'cine_referral_id',
  read: (row, reading) => {
    const date = reading.requiredDate('cine_referral_date', row.get('cine_referral_date'));
    if (date === undefined) return undefined;
    const closedOn = reading.date('cine_close_date', row.get('cine_close_date'));
    if (closedOn !== undefined && closedOn < date) reading.finding('8630');
    const source = row.get('cine_referral_source_code', 'cine_referral_source');
    const need = row.get('cine_cin_primary_need_code', 'cine_cin_primary_need');
    return stated({
      date,
      source: reading.code('cine_referral_source_code', source, referralSources),
      primaryNeed: reading.code('cine_cin_primary_need_code', need, primaryNeeds),
      noFurtherAction: reading.flag('cine_referral_nfa', row.get('cine_referral_nfa')),
      closedOn,
      closureReason: reading.code('cine_close_reason', row.get('cine_close_reason'), closureReasons),
    });
  },
});

const assessments = table({
  kind: 'assessment',
  person: 'cina_person_id',
  id: 'cina_assessment_id',
  read: (row, reading, into) => {
    const started = reading.requiredDate('cina_assessment_start_date', row.get('cina_assessment_start_date'));
    if (started === undefined) return undefined;
    const texts = into.factors.get(row.text('cina_assessment_id')) ?? [];
    const found = reading.codes(
      'cinf_assessment_factors_json',
      texts.map((text) => ({ text, line: row.line })),
      factors,
    );
    return stated({
      started,
      authorised: reading.date('cina_assessment_auth_date', row.get('cina_assessment_auth_date')),
      factors: found.length > 0 ? found : undefined,
    });
  },
});

const enquiries = table({
  kind: 'section-47',
  person: 's47e_person_id',
  id: 's47e_s47_enquiry_id',
  read: (row, reading, into) => {
    const started = reading.requiredDate('s47e_s47_start_date', row.get('s47e_s47_start_date'));
    if (started === undefined) return undefined;
    const conference = into.conferences.get(row.text('s47e_s47_enquiry_id'));
    const held = conference === undefined ? undefined : { text: conference, line: row.line };
    return stated<RecordState<'section-47'>>({
      started,
      initialConference: reading.date('icpc_icpc_date', held),
      conferenceNotRequired: undefined,
    });
  },
});

const cinPlans = table({
  kind: 'cin-plan',
  person: 'cinp_person_id',
  id: 'cinp_cin_plan_id',
  read: (row, reading) => {
    const started = reading.requiredDate('cinp_cin_plan_start_date', row.get('cinp_cin_plan_start_date'));
    if (started === undefined) return undefined;
    return stated({
      started,
      ended: reading.date('cinp_cin_plan_end_date', row.get('cinp_cin_plan_end_date')),
    });
  },
});

/** A plan's reviews in order; more than a hundred no plan has. */
function reviewsOf(row: DatasetRow, reading: Reading, into: Lookups): string[] | undefined {
  const texts = into.reviews.get(row.text('cppl_cp_plan_id')) ?? [];
  const days = texts.flatMap((text) => reading.date('cppr_cp_review_date', { text, line: row.line }) ?? []);
  return days.length > 0 ? [...new Set(days)].sort().slice(0, 100) : undefined;
}

const cpPlans = table({
  kind: 'cp-plan',
  person: 'cppl_person_id',
  id: 'cppl_cp_plan_id',
  read: (row, reading, into) => {
    const started = reading.requiredDate('cppl_cp_plan_start_date', row.get('cppl_cp_plan_start_date'));
    if (started === undefined) return undefined;
    const category = (name: string) => reading.code(name, row.get(name), abuseCategories);
    return stated<RecordState<'cp-plan'>>({
      started,
      ended: reading.date('cppl_cp_plan_end_date', row.get('cppl_cp_plan_end_date')),
      initialCategory: category('cppl_cp_plan_initial_category'),
      latestCategory: category('cppl_cp_plan_latest_category'),
      previousPlans: undefined,
      heldForAnotherAuthority: reading.flag('cppl_cp_plan_ola', row.get('cppl_cp_plan_ola')),
      reviews: reviewsOf(row, reading, into),
    });
  },
});

const careEpisodes = table({
  kind: 'care-episode',
  person: 'clae_person_id',
  id: 'clae_cla_episode_id',
  read: (row, reading, into) => {
    const started = reading.requiredDate(
      'clae_cla_episode_start_date',
      row.get('clae_cla_episode_start_date'),
    );
    if (started === undefined) return undefined;
    const reason = row.get('clae_cla_episode_start_reason');
    const reasonStarted = reading.requiredCode('clae_cla_episode_start_reason', reason, reasonsStarted);
    if (reasonStarted === undefined) return undefined;
    const status = statusOn(started, into.legalStatuses.get(row.text('clae_person_id')) ?? []);
    const legalStatus = reading.requiredCode(
      'lega_legal_status',
      { text: status, line: row.line },
      legalStatuses,
    );
    if (legalStatus === undefined) return undefined;
    const placement = (into.placements.get(row.text('clae_cla_placement_id')) ?? '').toUpperCase();
    const ceased = row.get('clae_cla_episode_ceased_date', 'clae_cla_episode_ceased');
    return stated<RecordState<'care-episode'>>({
      started,
      reasonStarted,
      legalStatus,
      need: reading.code('clae_cla_primary_need_code', row.get('clae_cla_primary_need_code'), primaryNeeds),
      placement: codes.Placement.safeParse(placement).success ? placement : undefined,
      ended: reading.date('clae_cla_episode_ceased_date', ceased),
      reasonEnded: reading.code(
        'clae_cla_episode_ceased_reason',
        row.get('clae_cla_episode_ceased_reason'),
        reasonsEnded,
      ),
    });
  },
});

const earlyHelp = table({
  kind: 'early-help',
  person: 'earl_person_id',
  id: 'earl_episode_id',
  read: (row, reading) => {
    const started = reading.requiredDate('earl_episode_start_date', row.get('earl_episode_start_date'));
    if (started === undefined) return undefined;
    // Reasons and organisations are free text in the dataset, so they are not carried.
    return stated<RecordState<'early-help'>>({
      started,
      ended: reading.date('earl_episode_end_date', row.get('earl_episode_end_date')),
      leadPractitioner: undefined,
      endReason: undefined,
    });
  },
});

export const recordTables = [
  referrals,
  assessments,
  enquiries,
  cinPlans,
  cpPlans,
  careEpisodes,
  earlyHelp,
] as const;
