// One referral of the census (its CINdetails) with everything under it, and the rules about the referral's own dates.
import * as codes from '../../schemas/codes.ts';
import { Group } from './cin-group.ts';
import type { Seen } from './cin-order.ts';
import { statePreProceedings } from './cin-pre-proceedings.ts';
import { stateAssessment, stateCinPlan, stateCpPlan, stateSection47, type Under } from './cin-records.ts';
import { codeSet, Reading } from './reading.ts';
import type { ReportWriter } from './report.ts';
import type { ChildScope, ReturnEvents } from './return-events.ts';
import type { XmlElement } from './xml-records.ts';

const referralSources = codeSet(codes.ReferralSource.options);
const primaryNeeds = codeSet(codes.PrimaryNeed.options);
const closureReasons = codeSet(codes.ClosureReason.options);

/** Flags a record under a referral that has a date after the case was closed. */
function flagLate(under: Under, closedOn: string | undefined): void {
  if (closedOn === undefined) return;
  for (const day of under.dates) {
    if (day === undefined || day <= closedOn) continue;
    under.reading.finding('8565');
    return;
  }
}

/** Flags a record under a referral that started before it. */
function flagEarly(under: Under, referral: string | undefined, rule: string): void {
  if (referral !== undefined && under.start < referral) under.reading.finding(rule);
}

export function stateReferral(
  details: XmlElement,
  file: string,
  child: ChildScope,
  events: ReturnEvents,
  writer: ReportWriter,
  seen: Seen,
): void {
  const reading = new Reading(writer, file, details.line, 'referral');
  const group = new Group(details, reading);
  const date = reading.requiredDate('CINreferralDate', group.get('CINreferralDate'));
  const conference = reading.date('DateOfInitialCPC', group.get('DateOfInitialCPC'));
  let noFurtherAction: boolean | undefined;
  let closedOn: string | undefined;
  if (date !== undefined) {
    noFurtherAction = reading.flag('ReferralNFA', group.get('ReferralNFA'));
    const closure = group.get('CINclosureDate');
    const reason = group.get('ReasonForClosure');
    closedOn = reading.date('CINclosureDate', closure);
    const closureReason = reading.code('ReasonForClosure', reason, closureReasons);
    events.state(
      child,
      'referral',
      date,
      {
        date,
        source: reading.code('ReferralSource', group.get('ReferralSource'), referralSources),
        primaryNeed: reading.code('PrimaryNeedCode', group.get('PrimaryNeedCode'), primaryNeeds),
        noFurtherAction,
        closedOn,
        closureReason,
      },
      reading,
    );
    if (closedOn !== undefined && closedOn < date) reading.finding('8630');
    if (closure?.text && !reason?.text) reading.finding('8805');
    if (reason?.text && !closure?.text) reading.finding('8810');
    seen.referrals.push({
      start: date,
      end: closedOn,
      line: details.line,
      noFurtherAction: noFurtherAction === true,
    });
  }

  const nfa = noFurtherAction === true;
  const place = { file, child, events, writer };
  let activity = conference !== undefined;
  if (closedOn !== undefined && conference !== undefined && conference > closedOn) reading.finding('8565');
  if (date !== undefined && conference !== undefined && conference < date) reading.finding('1104');

  for (const element of details.children) {
    switch (element.name) {
      case 'Assessments': {
        activity = true;
        const under = stateAssessment(element, place);
        if (!under) break;
        flagEarly(under, date, '1103');
        flagLate(under, closedOn);
        break;
      }
      case 'Section47': {
        activity = true;
        const under = stateSection47(element, place);
        if (!under) break;
        flagEarly(under, date, 'before-referral');
        const held = under.dates[1];
        if (date !== undefined && held !== undefined && held < date) under.reading.finding('1104');
        flagLate(under, closedOn);
        break;
      }
      case 'CINPlanDates': {
        const under = stateCinPlan(element, place, seen);
        if (!under) break;
        if (nfa) under.reading.finding('4000');
        flagEarly(under, date, 'before-referral');
        flagLate(under, closedOn);
        break;
      }
      case 'ChildProtectionPlans': {
        const under = stateCpPlan(element, place, seen);
        if (!under) break;
        if (nfa) under.reading.finding('8832');
        flagEarly(under, date, '1105');
        flagLate(under, closedOn);
        break;
      }
      case 'PreProceedingsandFGDM':
        statePreProceedings(element, place, date);
        break;
    }
  }
  if (nfa && activity) reading.finding('8831');
}
