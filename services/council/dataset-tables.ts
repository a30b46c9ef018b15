// The tables of records of the dataset: where each has its ids, and the columns that a record's state is read from.
import * as codes from '../../schemas/codes.ts';
import type { RecordKind } from '../../schemas/records.ts';
import { statusOn } from './dataset-lookups.ts';
import type { DatasetRow } from './dataset-row.ts';
import { codeSet, type Reading } from './reading.ts';
import { code, codesOf, date, type Fields, flag, requiredCode, requiredDate } from './record-fields.ts';

const referralSources = codeSet(codes.ReferralSource.options);
const primaryNeeds = codeSet(codes.PrimaryNeed.options);
const closureReasons = codeSet(codes.ClosureReason.options);
const factors = codeSet(codes.AssessmentFactor.options);
const reasonsStarted = codeSet(codes.ReasonNewEpisode.options);
const legalStatuses = codeSet(codes.LegalStatus.options);
const reasonsEnded = codeSet(codes.ReasonEpisodeCeased.options);
/** Codes, and the words that systems write in their place. */
const abuseCategories: ReadonlyMap<string, (typeof codes.AbuseCategory.options)[number]> = new Map([
  ...codes.AbuseCategory.options.map((one): [string, typeof one] => [one, one]),
  ['NEGLECT', 'NEG'],
  ['PHYSICAL ABUSE', 'PHY'],
  ['SEXUAL ABUSE', 'SAB'],
  ['EMOTIONAL ABUSE', 'EMO'],
  ['MULTIPLE', 'MUL'],
]);

/** A table of records: its kind, where the ids stand, and how a row's state is read. */
export interface RecordTable<K extends RecordKind> {
  kind: K;
  person: string;
  id: string;
  fields: Fields<K, DatasetRow>;
}

const table = <K extends RecordKind>(of: RecordTable<K>): RecordTable<K> => of;

/** A plan's reviews in order; more than a hundred no plan has. */
function reviewsOf(row: DatasetRow, reading: Reading): string[] | undefined {
  const texts = row.into.reviews.get(row.text('cppl_cp_plan_id')) ?? [];
  const days = texts.flatMap((text) => reading.date('cppr_cp_review_date', { text, line: row.line }) ?? []);
  return days.length > 0 ? [...new Set(days)].sort().slice(0, 100) : undefined;
}

function factorsOf(row: DatasetRow, reading: Reading) {
  const texts = row.into.factors.get(row.text('cina_assessment_id')) ?? [];
  const raws = texts.map((text) => ({ text, line: row.line }));
  return codesOf(reading, 'cinf_assessment_factors_json', raws, factors);
}

function conferenceOf(row: DatasetRow, reading: Reading): string | undefined {
  const text = row.into.conferences.get(row.text('s47e_s47_enquiry_id'));
  return text === undefined ? undefined : reading.date('icpc_icpc_date', { text, line: row.line });
}

const EPISODE_STARTED = 'clae_cla_episode_start_date';

function legalStatusOf(row: DatasetRow, reading: Reading) {
  const started = reading.requiredDate(EPISODE_STARTED, row.get(EPISODE_STARTED));
  const text = statusOn(started, row.into.legalStatuses.get(row.text('clae_person_id')) ?? []);
  return reading.requiredCode('lega_legal_status', { text, line: row.line }, legalStatuses);
}

function placementOf(row: DatasetRow, reading: Reading): string | undefined {
  const text = (row.into.placements.get(row.text('clae_cla_placement_id')) ?? '').toUpperCase();
  if (text === '') return undefined;
  if (codes.Placement.safeParse(text).success) return text;
  reading.finding('invalid-field', 'clap_cla_placement_type');
  return undefined;
}

/** The team's id or name as the case system has it: it never leaves the council. */
function teamOf(row: DatasetRow): string | undefined {
  const id = row.text('cine_referral_team').trim();
  return id === '' ? undefined : row.into.teamNamed(id);
}

export const recordTables = [
  table({
    kind: 'referral',
    person: 'cine_person_id',
    id: 'cine_referral_id',
    fields: {
      date: requiredDate('cine_referral_date'),
      source: code(referralSources, 'cine_referral_source_code', 'cine_referral_source'),
      primaryNeed: code(primaryNeeds, 'cine_cin_primary_need_code', 'cine_cin_primary_need'),
      noFurtherAction: flag('cine_referral_nfa'),
      closedOn: date('cine_close_date'),
      closureReason: code(closureReasons, 'cine_close_reason'),
      team: teamOf,
    },
  }),
  table({
    kind: 'assessment',
    person: 'cina_person_id',
    id: 'cina_assessment_id',
    fields: {
      started: requiredDate('cina_assessment_start_date'),
      authorised: date('cina_assessment_auth_date'),
      factors: factorsOf,
    },
  }),
  table({
    kind: 'section-47',
    person: 's47e_person_id',
    id: 's47e_s47_enquiry_id',
    fields: { started: requiredDate('s47e_s47_start_date'), initialConference: conferenceOf },
  }),
  table({
    kind: 'cin-plan',
    person: 'cinp_person_id',
    id: 'cinp_cin_plan_id',
    fields: { started: requiredDate('cinp_cin_plan_start_date'), ended: date('cinp_cin_plan_end_date') },
  }),
  table({
    kind: 'cp-plan',
    person: 'cppl_person_id',
    id: 'cppl_cp_plan_id',
    fields: {
      started: requiredDate('cppl_cp_plan_start_date'),
      ended: date('cppl_cp_plan_end_date'),
      initialCategory: code(abuseCategories, 'cppl_cp_plan_initial_category'),
      latestCategory: code(abuseCategories, 'cppl_cp_plan_latest_category'),
      heldForAnotherAuthority: flag('cppl_cp_plan_ola'),
      reviews: reviewsOf,
    },
  }),
  table({
    kind: 'care-episode',
    person: 'clae_person_id',
    id: 'clae_cla_episode_id',
    fields: {
      started: requiredDate(EPISODE_STARTED),
      reasonStarted: requiredCode(reasonsStarted, 'clae_cla_episode_start_reason'),
      legalStatus: legalStatusOf,
      need: code(primaryNeeds, 'clae_cla_primary_need_code'),
      placement: placementOf,
      ended: date('clae_cla_episode_ceased_date', 'clae_cla_episode_ceased'),
      reasonEnded: code(reasonsEnded, 'clae_cla_episode_ceased_reason'),
    },
  }),
  // Reasons and organisations of early help are free text in the dataset, so they are not carried.
  table({
    kind: 'early-help',
    person: 'earl_person_id',
    id: 'earl_episode_id',
    fields: { started: requiredDate('earl_episode_start_date'), ended: date('earl_episode_end_date') },
  }),
] as const;
