// One child of the children in need census becomes its case events, and the order of its records is checked.
//
// Keys (what makes a record the same one in the next year's return; the census carries no record ids):
//   referral: CINreferralDate · assessment: AssessmentActualStartDate · section 47: S47ActualStartDate ·
//   CIN plan: CINPlanStartDate · CP plan: CPPstartDate · pre-proceedings and its family meeting: PPStartDate,
//   else LBPSentDate, else the referral's date. The start date is the one field every later return repeats while
//   closures, outcomes and codes are filled in and corrected, so a later return corrects the record and an open one
//   is closed. A corrected start date makes a new record; the old one is purged by a conversion with `complete`.
//
// Field names and rule codes: Department for Education, Children in need census guides 2016-17 to 2025-26.
import * as codes from '../../schemas/codes.ts';
import type { RecordKind } from '../../schemas/records.ts';
import { fieldsInWrappers, Group, onlyOne } from './cin-group.ts';
import { checkAcross, type Seen } from './cin-order.ts';
import { stateReferral } from './cin-referral.ts';
import { codeSet, Reading } from './reading.ts';
import type { ReportWriter } from './report.ts';
import type { ChildScope, ReturnEvents } from './return-events.ts';
import type { XmlElement } from './xml-records.ts';

const ethnicities = codeSet(codes.Ethnicity.options);
const disabilities = codeSet(codes.Disability.options);

/** GenderCurrent of the returns to 2024, which some still send in the Sex of 2025. */
const genders = codeSet(['0', '1', '2', '9']);
const sexOfGender = { '0': 'U', '1': 'M', '2': 'F', '9': 'U' } as const;
const sexes = codeSet(codes.Sex.options);

/** The record kinds a census of that year carries whole. CIN plan dates came in 2022, pre-proceedings in 2026. */
export function kindsOfCensus(year: number): RecordKind[] {
  return [
    'child',
    'referral',
    'assessment',
    'section-47',
    ...(year >= 2022 ? (['cin-plan'] as const) : []),
    'cp-plan',
    ...(year >= 2026 ? (['family-meeting', 'pre-proceedings'] as const) : []),
  ];
}

/** States every record of one `Child` element. */
export function stateCensusChild(
  element: XmlElement,
  file: string,
  events: ReturnEvents,
  writer: ReportWriter,
): boolean {
  const reading = new Reading(writer, file, element.line, 'child');
  if (element.overflowed) {
    reading.refuse('too-many-elements', 'Child', 'holds more elements than any child could have');
    return false;
  }
  const identifiers = new Group(onlyOne(element, 'ChildIdentifiers', reading), reading);
  const localId = reading.childId('LAchildID', identifiers.get('LAchildID'));
  if (localId === undefined) return false;
  const child = events.child(localId);
  events.conversion.linkage.other(child.pseudonym);
  stateChild(element, identifiers, reading, child, events);
  const seen: Seen = { referrals: [], cpPlans: [], cinPlans: [] };
  for (const details of element.children) {
    if (details.name === 'CINdetails') stateReferral(details, file, child, events, writer, seen);
  }
  checkAcross(seen, file, writer);
  return true;
}

function sexOf(reading: Reading, identifiers: Group): 'M' | 'F' | 'U' | undefined {
  const sex = identifiers.get('Sex');
  if (sex && sex.text !== '' && !genders.has(sex.text)) return reading.code('Sex', sex, sexes);
  const gender = sex && sex.text !== '' ? sex : identifiers.get('GenderCurrent');
  if (gender === sex && sex) reading.finding('old-coding', 'Sex', sex.line);
  const letter = gender && sexes.get(gender.text.toUpperCase());
  const code = letter
    ? undefined
    : reading.code('GenderCurrent', gender, genders as ReadonlyMap<string, '0'>);
  return letter ?? (code === undefined ? undefined : sexOfGender[code]);
}

function stateChild(
  element: XmlElement,
  identifiers: Group,
  reading: Reading,
  child: ChildScope,
  events: ReturnEvents,
): void {
  const characteristics = onlyOne(element, 'ChildCharacteristics', reading);
  const facts = new Group(characteristics, reading);
  const born = reading.month('PersonBirthDate', identifiers.get('PersonBirthDate'));
  const expected = born
    ? undefined
    : reading.month('ExpectedPersonBirthDate', identifiers.get('ExpectedPersonBirthDate'));
  const disabled = characteristics ? fieldsInWrappers(characteristics, 'Disabilities', 'Disability') : [];
  const { unaccompanied } = events.conversion;
  const foundDisabilities = reading.codes('Disability', disabled, disabilities);
  events.state(
    child,
    'child',
    'cin-census',
    {
      birthMonth: born ?? expected,
      unborn: expected === undefined ? undefined : true,
      sex: sexOf(reading, identifiers),
      ethnicity: reading.code('Ethnicity', facts.get('Ethnicity'), ethnicities),
      disabilities: foundDisabilities.length > 0 ? foundDisabilities : undefined,
      unaccompaniedAsylumSeeker: unaccompanied.has(child.localId) ? true : undefined,
      deathMonth: reading.month('PersonDeathDate', identifiers.get('PersonDeathDate')),
      deprivationDecile: undefined,
      family: events.family(child.localId),
    },
    reading,
  );
}
