// The records under one referral of the census: each states itself and hands its dates to the rules about the referral.
import * as codes from '../../schemas/codes.ts';
import type { RecordKind } from '../../schemas/records.ts';
import { fieldsIn, Group } from './cin-group.ts';
import type { Seen } from './cin-order.ts';
import { codeSet, Reading } from './reading.ts';
import type { ReportWriter } from './report.ts';
import type { ChildScope, ReturnEvents } from './return-events.ts';
import type { XmlElement } from './xml-records.ts';

const factors = codeSet(codes.AssessmentFactor.options);
const abuseCategories = codeSet(codes.AbuseCategory.options);

/** What the rules about one referral need from a record under it. */
export interface Under {
  reading: Reading;
  start: string;
  dates: (string | undefined)[];
}

/** Where a record stands. */
export interface Place {
  file: string;
  child: ChildScope;
  events: ReturnEvents;
  writer: ReportWriter;
}

export const readingOf = (place: Place, element: XmlElement, record: RecordKind): Reading =>
  new Reading(place.writer, place.file, element.line, record);

function checkEnd(reading: Reading, start: string, end: string | undefined): void {
  if (end !== undefined && end < start) reading.finding('ends-before-start');
}

export function stateAssessment(element: XmlElement, place: Place): Under | undefined {
  const reading = readingOf(place, element, 'assessment');
  const group = new Group(element, reading);
  const started = reading.requiredDate('AssessmentActualStartDate', group.get('AssessmentActualStartDate'));
  if (started === undefined) return undefined;
  const authorised = reading.date('AssessmentAuthorisationDate', group.get('AssessmentAuthorisationDate'));
  const found = reading.codes(
    'AssessmentFactors',
    fieldsIn(element, 'FactorsIdentifiedAtAssessment', 'AssessmentFactors'),
    factors,
  );
  place.events.state(
    place.child,
    'assessment',
    started,
    { started, authorised, factors: found.length > 0 ? found : undefined },
    reading,
  );
  checkEnd(reading, started, authorised);
  return { reading, start: started, dates: [started, authorised] };
}

export function stateSection47(element: XmlElement, place: Place): Under | undefined {
  const reading = readingOf(place, element, 'section-47');
  const group = new Group(element, reading);
  const started = reading.requiredDate('S47ActualStartDate', group.get('S47ActualStartDate'));
  if (started === undefined) return undefined;
  const initialConference = reading.date('DateOfInitialCPC', group.get('DateOfInitialCPC'));
  const conferenceNotRequired = reading.flag('ICPCnotRequired', group.get('ICPCnotRequired'));
  place.events.state(
    place.child,
    'section-47',
    started,
    { started, initialConference, conferenceNotRequired },
    reading,
  );
  return { reading, start: started, dates: [started, initialConference] };
}

export function stateCinPlan(element: XmlElement, place: Place, seen: Seen): Under | undefined {
  const reading = readingOf(place, element, 'cin-plan');
  const group = new Group(element, reading);
  const started = reading.requiredDate('CINPlanStartDate', group.get('CINPlanStartDate'));
  if (started === undefined) return undefined;
  const ended = reading.date('CINPlanEndDate', group.get('CINPlanEndDate'));
  place.events.state(place.child, 'cin-plan', started, { started, ended }, reading);
  checkEnd(reading, started, ended);
  seen.cinPlans.push({ start: started, end: ended, line: element.line });
  return { reading, start: started, dates: [started, ended] };
}

export function stateCpPlan(element: XmlElement, place: Place, seen: Seen): Under | undefined {
  const reading = readingOf(place, element, 'cp-plan');
  const group = new Group(element, reading);
  const started = reading.requiredDate('CPPstartDate', group.get('CPPstartDate'));
  if (started === undefined) return undefined;
  const ended = reading.date('CPPendDate', group.get('CPPendDate'));
  const reviews = new Set<string>();
  // One wrapper of many dates, or many wrappers of one.
  for (const review of fieldsIn(element, 'Reviews', 'CPPreviewDate')) {
    const day = reading.date('CPPreviewDate', review);
    if (day !== undefined && reviews.size < 100) reviews.add(day);
  }
  place.events.state(
    place.child,
    'cp-plan',
    started,
    {
      started,
      ended,
      initialCategory: reading.code(
        'InitialCategoryOfAbuse',
        group.get('InitialCategoryOfAbuse'),
        abuseCategories,
      ),
      latestCategory: reading.code(
        'LatestCategoryOfAbuse',
        group.get('LatestCategoryOfAbuse'),
        abuseCategories,
      ),
      previousPlans: reading.wholeNumber('NumberOfPreviousCPP', group.get('NumberOfPreviousCPP'), 99),
      heldForAnotherAuthority: undefined,
      reviews: reviews.size > 0 ? [...reviews].sort() : undefined,
    },
    reading,
  );
  if (ended === started) reading.finding('8840');
  if (ended !== undefined && ended < started) reading.finding('8925');
  seen.cpPlans.push({ start: started, end: ended, line: element.line });
  return { reading, start: started, dates: [started, ended, ...reviews] };
}
