// The Department's daily child-level feed (children's social care API, specification 0.7 to 0.9) becomes case events:
// a snapshot, then deltas, with a `purge` flag at every level.
//
// Keys: the feed gives every record an id of the case system, so a record is `feed:` and that id: a corrected start
// date stays the same record, unlike in the census. Records of the feed and of the census therefore do not meet: a
// council sends a kind of record from one of them (see docs/joining-as-a-council.md).
//
// Not made: care episodes. The feed's placements carry no legal status, so a short break (V3, V4) cannot be told from
// care entry; they are counted, and care must come from SSDA903. Nor primary need, categories of abuse and numbers of
// previous plans, which the feed does not carry.
import * as codes from '../../schemas/codes.ts';
import type { RecordKind, RecordState } from '../../schemas/records.ts';
import { codeSet, type Raw, type RawField, Reading, stated } from './reading.ts';
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

type Json = Record<string, unknown>;

const isObject = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const objectsAt = (value: Json, name: string): Json[] => {
  const list = value[name];
  return Array.isArray(list) ? list.filter(isObject) : [];
};

/** A field as text: the feed writes booleans and numbers as they are. */
function rawAt(value: Json, name: string, line: number): Raw {
  const field = value[name];
  if (field === undefined || field === null || typeof field === 'object') return undefined;
  return { text: String(field).trim(), line };
}

const listAt = (value: Json, name: string, line: number): RawField[] => {
  const list = value[name];
  return Array.isArray(list)
    ? list.flatMap((one) => (typeof one === 'string' ? [{ text: one.trim(), line }] : []))
    : [];
};

const purged = (value: Json): boolean =>
  value.purge === true || /^(true|1)$/i.test(String(value.purge ?? ''));

interface Place {
  child: ChildScope;
  line: number;
  file: string;
  events: ReturnEvents;
  writer: ReportWriter;
}

/** What one kind of the feed's nested records is called, and how its state is read; undefined refuses the record. */
interface NestedKind<K extends RecordKind> {
  list: string;
  id: string;
  kind: K;
  read: (value: Json, reading: Reading, line: number) => RecordState<K> | undefined;
}

const nested = <K extends RecordKind>(kind: NestedKind<K>): NestedKind<K> => kind;

const assessments = nested({
  list: 'child_and_family_assessments',
  id: 'child_and_family_assessment_id',
  kind: 'assessment',
  read: (value, reading, line) => {
    const started = reading.requiredDate('start_date', rawAt(value, 'start_date', line));
    if (started === undefined) return undefined;
    const found = reading.codes('factors', listAt(value, 'factors', line), factors);
    return stated({
      started,
      authorised: reading.date('authorisation_date', rawAt(value, 'authorisation_date', line)),
      factors: found.length > 0 ? found : undefined,
    });
  },
});

const section47 = nested({
  list: 'section_47_assessments',
  id: 'section_47_assessment_id',
  kind: 'section-47',
  read: (value, reading, line) => {
    const started = reading.requiredDate('start_date', rawAt(value, 'start_date', line));
    if (started === undefined) return undefined;
    const required = reading.flag('icpc_required_flag', rawAt(value, 'icpc_required_flag', line));
    return stated({
      started,
      initialConference: reading.date('icpc_date', rawAt(value, 'icpc_date', line)),
      conferenceNotRequired: required === undefined ? undefined : !required,
    });
  },
});

const cinPlans = nested({
  list: 'child_in_need_plans',
  id: 'child_in_need_plan_id',
  kind: 'cin-plan',
  read: (value, reading, line) => {
    const started = reading.requiredDate('start_date', rawAt(value, 'start_date', line));
    if (started === undefined) return undefined;
    return stated({ started, ended: reading.date('end_date', rawAt(value, 'end_date', line)) });
  },
});

const cpPlans = nested({
  list: 'child_protection_plans',
  id: 'child_protection_plan_id',
  kind: 'cp-plan',
  read: (value, reading, line) => {
    const started = reading.requiredDate('start_date', rawAt(value, 'start_date', line));
    if (started === undefined) return undefined;
    return stated<RecordState<'cp-plan'>>({
      started,
      ended: reading.date('end_date', rawAt(value, 'end_date', line)),
      initialCategory: undefined,
      latestCategory: undefined,
      previousPlans: undefined,
      heldForAnotherAuthority: undefined,
      reviews: undefined,
    });
  },
});

const keyOf = (id: string): string => `feed:${id}`;

/** States or purges one nested record; `withParent`: the record above it was purged. */
function stateNested<K extends RecordKind>(
  of: NestedKind<K>,
  value: Json,
  place: Place,
  withParent: boolean,
): void {
  const reading = new Reading(place.writer, place.file, place.line, of.kind);
  const id = rawAt(value, of.id, place.line);
  if (!id || id.text === '') {
    reading.refuse('missing-field', of.id, 'is missing, so the record could not be corrected later');
    return;
  }
  if (withParent || purged(value)) {
    place.events.purge(place.child, of.kind, keyOf(id.text), reading);
    return;
  }
  const state = of.read(value, reading, place.line);
  if (state) place.events.state(place.child, of.kind, keyOf(id.text), state, reading);
}

function stateEpisode(episode: Json, place: Place, childPurged: boolean): void {
  const reading = new Reading(place.writer, place.file, place.line, 'referral');
  const raw = (name: string) => rawAt(episode, name, place.line);
  const id = raw('social_care_episode_id');
  const gone = childPurged || purged(episode);
  if (!id || id.text === '') {
    reading.refuse(
      'missing-field',
      'social_care_episode_id',
      'is missing, so the record could not be corrected later',
    );
  } else if (gone) {
    place.events.purge(place.child, 'referral', keyOf(id.text), reading);
  } else {
    const date = reading.requiredDate('referral_date', raw('referral_date'));
    if (date !== undefined) {
      const closedOn = reading.date('closure_date', raw('closure_date'));
      const state = stated<RecordState<'referral'>>({
        date,
        source: reading.code('referral_source', raw('referral_source'), referralSources),
        primaryNeed: undefined,
        noFurtherAction: reading.flag(
          'referral_no_further_action_flag',
          raw('referral_no_further_action_flag'),
        ),
        closedOn,
        closureReason: reading.code('closure_reason', raw('closure_reason'), closureReasons),
      });
      place.events.state(place.child, 'referral', keyOf(id.text), state, reading);
      if (closedOn !== undefined && closedOn < date) reading.finding('8630');
    }
  }
  for (const one of objectsAt(episode, assessments.list)) stateNested(assessments, one, place, gone);
  for (const one of objectsAt(episode, section47.list)) stateNested(section47, one, place, gone);
  for (const one of objectsAt(episode, cinPlans.list)) stateNested(cinPlans, one, place, gone);
  for (const one of objectsAt(episode, cpPlans.list)) stateNested(cpPlans, one, place, gone);
  for (const _ of objectsAt(episode, 'child_looked_after_placements')) {
    reading.finding('placement-without-legal-status', 'child_looked_after_placements');
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
  if (!isObject(value)) return false;
  const localId = reading.childId('la_child_id', rawAt(value, 'la_child_id', line));
  if (localId === undefined) return false;
  const child = events.child(localId);
  events.conversion.linkage.other(child.pseudonym);
  for (const group of NOT_CARRIED) if (value[group] !== undefined) writer.notCarried(file, group, 1);
  const details = value.child_details;
  const childPurged = purged(value);
  if (childPurged || (isObject(details) && purged(details))) {
    events.purge(child, 'child', 'feed', reading);
    if (childPurged && objectsAt(value, 'social_care_episodes').length === 0)
      reading.finding('purge-without-records');
  } else if (isObject(details)) {
    stateDetails(details, child, line, reading, events);
  }
  const place = { child, line, file, events, writer };
  for (const episode of objectsAt(value, 'social_care_episodes')) stateEpisode(episode, place, childPurged);
  return true;
}

function stateDetails(
  details: Json,
  child: ChildScope,
  line: number,
  reading: Reading,
  events: ReturnEvents,
): void {
  const raw = (name: string) => rawAt(details, name, line);
  const born = reading.month('date_of_birth', raw('date_of_birth'));
  const expected = born ? undefined : reading.month('expected_date_of_birth', raw('expected_date_of_birth'));
  const disabled = reading.codes('disabilities', listAt(details, 'disabilities', line), disabilities);
  events.state(
    child,
    'child',
    'feed',
    stated<RecordState<'child'>>({
      birthMonth: born ?? expected,
      unborn: expected === undefined ? undefined : true,
      sex: reading.code('sex', raw('sex'), sexes),
      ethnicity: reading.code('ethnicity', raw('ethnicity'), ethnicities),
      disabilities: disabled.length > 0 ? disabled : undefined,
      unaccompaniedAsylumSeeker: reading.flag('uasc_flag', raw('uasc_flag')),
      deathMonth: undefined,
      deprivationDecile: undefined,
      family: events.family(child.localId),
    }),
    reading,
  );
}
