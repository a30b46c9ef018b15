// The words of every rule that a record can break.

/** Order rules of the Department's CIN census and SSDA903 validation, and ours where it has none. */
const rules: Record<string, string> = {
  '8630': 'The case closed before its referral.',
  '8805': 'A closure date without a reason for closure.',
  '8810': 'A reason for closure without a closure date.',
  '8565': 'Activity after the case was closed.',
  '8831': 'An assessment, section 47 enquiry or conference on a referral marked as no further action.',
  '8832': 'A child protection plan on a referral marked as no further action.',
  '4000': 'A child in need plan on a referral marked as no further action.',
  '4001': 'A child in need plan beside a child protection plan.',
  '8940': 'Child protection plans overlap.',
  '8840': 'A child protection plan started and ended on the same day.',
  '8925': 'A child protection plan ended before it started.',
  '8815': 'More than one open referral of the child.',
  '8816': 'An open referral is not the latest of the child.',
  '8820': 'Referrals of the child overlap.',
  '1103': 'An assessment started before the referral.',
  '1104': 'An initial conference was held before the referral.',
  '1105': 'A child protection plan started before the referral.',
  '357': 'The first episode of a period of care does not say that care started (S).',
  '433': 'An episode that goes on from another does not start the day the last one ended.',
  '388': 'An episode says that care goes on (X1), but no other starts that day.',
  'before-referral': 'A section 47 enquiry or child in need plan started before the referral.',
  'ends-before-start': 'A record ended before it started.',
  'end-reason-without-end': 'A reason for the end of an episode without an end date.',
  'end-without-reason': 'An end date of an episode without a reason.',
  'invalid-field': 'The field could not be read and was left out; the record was sent without it.',
  'old-coding': 'The field is coded as in earlier years; it was read as it was meant.',
  'repeated-field': 'The field stands more than once; the first was taken.',
  'duplicate-record': 'The same record stands twice; it was sent once.',
  'stated-and-purged': 'A record is both stated and purged; both were sent, and the purge stands.',
  'same-key-records': 'Two different records of the child have the same key dates; both were sent.',
  'rows-disagree': 'Rows about the same child disagree; the last was taken.',
  'years-overlap': 'An episode stands open in one year and ended in another; the ended one was sent.',
  'no-details-of-child': 'Episodes of a child who is not in the header table; they were sent.',
  'stated-before-reference-date':
    'The return was made before its reference date: the feed is stated complete only to the day it was made.',
  'placement-without-legal-status':
    'The feed gives placements without a legal status, so short breaks cannot be told from care entry: no care episode was made. Send SSDA903 for care.',
  'purge-without-records':
    'A child is purged without a list of its records: only the facts about the child were purged. Purge the rest with --previous and --complete.',
  'two-ids-one-child':
    'Two SSDA903 ids are one child by the crosswalk; the records of both were sent for that child.',
  'reasons-unknown-code': 'The code has no meaning that could be found; it was left out.',
};

export const wordsOf = (rule: string): string => rules[rule] ?? rule;
