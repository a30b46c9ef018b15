// Pre-proceedings and family group decision-making, which the census carries from 2026 on.
import { Group } from './cin-group.ts';
import { type Place, readingOf } from './cin-records.ts';
import type { XmlElement } from './xml-records.ts';

/**
 * Pre-proceedings, and the family group decision-making meeting of the same letter. The census says whether the
 * letter before proceedings offered a meeting and whether one was facilitated: the offer is dated by the letter
 * (rules 9007, 9010Q), the meeting has no date. PPOutcome's codes were not found in any published guide, so it is
 * left out and counted; an application to court says that proceedings were issued.
 */
export function statePreProceedings(element: XmlElement, place: Place, referral: string | undefined): void {
  const reading = readingOf(place, element, 'pre-proceedings');
  const group = new Group(element, reading);
  const started = reading.date('PPStartDate', group.get('PPStartDate'));
  const letterSent = reading.date('LBPSentDate', group.get('LBPSentDate'));
  const key = started ?? letterSent ?? referral;
  if (key === undefined) {
    reading.refuse(
      'missing-field',
      'PPStartDate',
      'is missing, and no other date tells this record from another',
    );
    return;
  }
  const courtApplication = reading.date('CourtAppDate', group.get('CourtAppDate'));
  const outcome = group.get('PPOutcome');
  if (outcome && outcome.text !== '') reading.finding('reasons-unknown-code', 'PPOutcome', outcome.line);
  place.events.state(
    place.child,
    'pre-proceedings',
    key,
    {
      letterSent,
      ended: reading.date('StepDecisionDate', group.get('StepDecisionDate')),
      outcome: courtApplication === undefined ? undefined : ('proceedings-issued' as const),
      courtApplication,
    },
    reading,
  );
  const offer = reading.flag('FGDMMeetingOffer', group.get('FGDMMeetingOffer'));
  const facilitated = reading.flag('FGDMMeetingFac', group.get('FGDMMeetingFac'));
  if (offer !== true && facilitated !== true) return;
  const meeting = readingOf(place, element, 'family-meeting');
  place.events.state(
    place.child,
    'family-meeting',
    key,
    {
      offered: offer ? letterSent : undefined,
      accepted: facilitated ? true : undefined,
      held: undefined,
      planAgreed: undefined,
    },
    meeting,
  );
}
