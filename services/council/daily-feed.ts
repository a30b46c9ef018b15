// The Department's daily child-level feed (children's social care API, specification 0.7 to 0.9) becomes case events:
// a snapshot, then deltas, with a `purge` flag at every level.
//
// Keys: the feed gives every record an id of the case system, so a record is `feed:` and that id: a corrected start
// date stays the same record, unlike in the census. Records of the feed and of the census therefore do not meet: a
// council sends a kind of record from one of them (see docs/joining.md).
//
// Not made: care episodes. The feed's placements carry no legal status, so a short break (V3, V4) cannot be told from
// care entry; they are counted, and care must come from SSDA903. Nor primary need, categories of abuse and numbers of
// previous plans, which the feed does not carry.
import * as codes from '../../schemas/codes.ts';
import type { RecordKind } from '../../schemas/records.ts';
import { FeedObject, isObject } from './feed-object.ts';
import { codeSet, Reading } from './reading.ts';
import { code, codesOf, date, type Fields, flag, readState, requiredDate } from './record-fields.ts';
import type { ReportWriter } from './report.ts';
import type { ChildScope, ReturnEvents } from './return-events.ts';

const referralSources = codeSet(codes.ReferralSource.options);
const closureReasons = codeSet(codes.ClosureReason.options);
const factors = codeSet(codes.AssessmentFactor.options);
const ethnicities = codeSet(codes.Ethnicity.options);
const disabilities = codeSet(codes.Disability.options);
const sexes = codeSet(codes.Sex.options);

/** The kinds the feed carries whole. */
export const feedKinds: RecordKind[] = [
  'child',
  'referral',
  'assessment',
  'section-47',
  'cin-plan',
  'cp-plan',
];

/** What else the feed says of a child, which no outcome uses. */
const NOT_CARRIED = ['education_health_care_plan', 'health_and_wellbeing', 'care_leavers', 'adoption'];

interface Place {
  child: ChildScope;
  file: string;
  events: ReturnEvents;
  writer: ReportWriter;
}

/** A kind of record of the feed: where its id stands, and how its state is read. */
interface FeedKind<K extends RecordKind> {
  kind: K;
  id: string;
  fields: Fields<K, FeedObject>;
}

const feedKind = <K extends RecordKind>(of: FeedKind<K>): FeedKind<K> => of;

const referrals = feedKind({
  kind: 'referral',
  id: 'social_care_episode_id',
  fields: {
    date: requiredDate('referral_date'),
    source: code(referralSources, 'referral_source'),
    noFurtherAction: flag('referral_no_further_action_flag'),
    closedOn: date('closure_date'),
    closureReason: code(closureReasons, 'closure_reason'),
  },
});

const assessments = feedKind({
  kind: 'assessment',
  id: 'child_and_family_assessment_id',
  fields: {
    started: requiredDate('start_date'),
    authorised: date('authorisation_date'),
    factors: (value, reading) => codesOf(reading, 'factors', value.list('factors', reading), factors),
  },
});

const section47 = feedKind({
  kind: 'section-47',
  id: 'section_47_assessment_id',
  fields: {
    started: requiredDate('start_date'),
    initialConference: date('icpc_date'),
    conferenceNotRequired: (value, reading) => {
      const required = flag('icpc_required_flag')(value, reading);
      return required === undefined ? undefined : !required;
    },
  },
});

const plan = { started: requiredDate('start_date'), ended: date('end_date') };
const cinPlans = feedKind({ kind: 'cin-plan', id: 'child_in_need_plan_id', fields: plan });
const cpPlans = feedKind({ kind: 'cp-plan', id: 'child_protection_plan_id', fields: plan });

/** The lists of an episode, and the kind of record that each holds. */
const nested: readonly (readonly [list: string, kind: FeedKind<RecordKind>])[] = [
  ['child_and_family_assessments', assessments],
  ['section_47_assessments', section47],
  ['child_in_need_plans', cinPlans],
  ['child_protection_plans', cpPlans],
] as never;

const keyOf = (id: string): string => `feed:${id}`;

/**
 * States or purges one record.
 * @param gone the record above it was purged
 * @returns whether it, or the one above it, was purged
 */
function stateRecord<K extends RecordKind>(
  of: FeedKind<K>,
  value: FeedObject,
  place: Place,
  gone: boolean,
): boolean {
  const { child, events } = place;
  const reading = new Reading(place.writer, place.file, value.line, of.kind);
  const purged = gone || value.purged(reading);
  const id = value.get(of.id);
  if (!id || id.text === '') {
    reading.refuse('missing-field', of.id, 'is missing, so the record could not be corrected later');
  } else if (purged) {
    events.purge(child, of.kind, keyOf(id.text), reading);
  } else {
    const state = readState(of.fields, value, reading);
    if (state) events.state(child, of.kind, keyOf(id.text), state, reading);
  }
  return purged;
}

function stateEpisode(episode: FeedObject, place: Place, childPurged: boolean): void {
  const reading = (record: string) => new Reading(place.writer, place.file, episode.line, record);
  const gone = stateRecord(referrals, episode, place, childPurged);
  for (const [list, kind] of nested)
    for (const one of episode.objects(list, () => reading(kind.kind))) stateRecord(kind, one, place, gone);
  const placements = reading('care-episode');
  for (const _ of episode.objects('child_looked_after_placements', () => placements)) {
    placements.finding('placement-without-legal-status', 'child_looked_after_placements');
  }
}

/**
 * States every record of one child's object.
 * @returns whether there was a child to speak of
 */
export function stateFeedChild(
  text: string | undefined,
  file: string,
  line: number,
  events: ReturnEvents,
  writer: ReportWriter,
): boolean {
  const reading = new Reading(writer, file, line, 'child');
  if (text === undefined) {
    reading.refuse('too-many-elements', '', 'is larger than any child could be');
    return false;
  }
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    reading.refuse('not-json', '', 'is not JSON');
    return false;
  }
  if (!isObject(value)) {
    reading.refuse('wrong-shape', '', 'is not an object, and every child is one');
    return false;
  }
  const object = new FeedObject(value, line);
  const localId = reading.childId('la_child_id', object.get('la_child_id'));
  if (localId === undefined) return false;
  const child = events.child(localId);
  events.conversion.linkage.other(child.pseudonym);
  for (const group of NOT_CARRIED) if (object.has(group)) writer.notCarried(file, group, 1);
  const childPurged = object.purged(reading);
  const episodes = object.objects('social_care_episodes', () => new Reading(writer, file, line, 'referral'));
  const details = object.object('child_details', reading);
  if (childPurged || details?.purged(reading)) {
    events.purge(child, 'child', 'feed', reading);
    if (childPurged && episodes.length === 0) reading.finding('purge-without-records');
  } else if (details) {
    stateDetails(details, child, reading, events);
  }
  for (const episode of episodes) stateEpisode(episode, { child, file, events, writer }, childPurged);
  return true;
}

function stateDetails(details: FeedObject, child: ChildScope, reading: Reading, events: ReturnEvents): void {
  const born = reading.month('date_of_birth', details.get('date_of_birth'));
  const expected = born
    ? undefined
    : reading.month('expected_date_of_birth', details.get('expected_date_of_birth'));
  events.state(
    child,
    'child',
    'feed',
    {
      birthMonth: born ?? expected,
      unborn: expected === undefined ? undefined : true,
      sex: reading.code('sex', details.get('sex'), sexes),
      ethnicity: reading.code('ethnicity', details.get('ethnicity'), ethnicities),
      disabilities: codesOf(reading, 'disabilities', details.list('disabilities', reading), disabilities),
      unaccompaniedAsylumSeeker: reading.flag('uasc_flag', details.get('uasc_flag')),
      deathMonth: undefined,
      deprivationDecile: undefined,
      family: events.family(child.localId),
    },
    reading,
  );
}
