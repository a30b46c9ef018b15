// What a conversion found and refused, in words and places only: no value of a record ever stands in a report.
import { type RecordKind, recordKinds } from '../../schemas/records.ts';

/** A record that was not sent, and what to mend. */
export interface RefusedRecord {
  file: string;
  line: number;
  record: string;
  rule: string;
  field: string;
  reason: string;
}

/** A doubt about records that were sent (or about a field that was left out of one), with the first places where it arose. */
export interface Finding {
  rule: string;
  field: string;
  words: string;
  count: number;
  places: { file: string; line: number }[];
}

/** One return as it was read. */
export interface ReturnRead {
  files: string[];
  format: 'cin-census' | 'ssda903-csv' | 'ssda903-xml' | 'daily-feed' | 'safeguarding-dataset';
  referenceDate: string;
  recordedAt: string;
  /** What the feed statement says. */
  completeThrough: string;
  kinds: RecordKind[];
  children: number;
}

export interface ConversionReport {
  council: string;
  returns: ReturnRead[];
  children: number;
  events: number;
  purges: number;
  statements: number;
  records: Record<RecordKind, number>;
  refused: number;
  /** The first thousand of them. */
  refusals: RefusedRecord[];
  findings: Finding[];
  /** These returns against what was last sent of them, when that was given. */
  againstLast?: AgainstLast;
  /** Records by kind and the month of their start or date, YYYY-MM. */
  months: Record<string, Record<string, number>>;
  /** Of the records of a kind, how many carry a field: what is not here is missing. */
  filled: Record<string, Record<string, number>>;
}

/** Counts of records. `purged` is `gone` or 0. */
export interface AgainstLast {
  file: string;
  new: number;
  corrected: number;
  same: number;
  gone: number;
  purged: number;
}

const MOST_REFUSALS = 1_000;
const MOST_PLACES = 10;

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
  'reasons-unknown-code': 'The code has no meaning that could be found; it was left out.',
};

export const wordsOf = (rule: string): string => rules[rule] ?? rule;

/** The day a record is about, for counting by month. */
function startOf(state: {
  date?: string;
  started?: string;
  offered?: string;
  letterSent?: string;
}): string | undefined {
  return state.date ?? state.started ?? state.offered ?? state.letterSent;
}

/** Gathers the report of one conversion while it runs. */
export class ReportWriter {
  readonly report: ConversionReport;
  readonly #findings = new Map<string, Finding>();

  constructor(council: string) {
    const records = Object.fromEntries(recordKinds.map((kind) => [kind, 0])) as Record<RecordKind, number>;
    this.report = {
      council,
      returns: [],
      children: 0,
      events: 0,
      purges: 0,
      statements: 0,
      records,
      refused: 0,
      refusals: [],
      findings: [],
      months: {},
      filled: {},
    };
  }

  /** Counts a stated record by kind, month and the fields it carries. */
  record(kind: RecordKind, state: object): void {
    const { report } = this;
    report.events += 1;
    report.records[kind] += 1;
    report.filled[kind] ??= {};
    const filled = report.filled[kind];
    for (const field in state) filled[field] = (filled[field] ?? 0) + 1;
    const day = startOf(state);
    if (day === undefined) return;
    report.months[kind] ??= {};
    const months = report.months[kind];
    const month = day.slice(0, 7);
    months[month] = (months[month] ?? 0) + 1;
  }

  finding(rule: string, file: string, line: number, field = ''): void {
    const key = `${rule} ${field}`;
    let finding = this.#findings.get(key);
    if (!finding) {
      finding = { rule, field, words: wordsOf(rule), count: 0, places: [] };
      this.#findings.set(key, finding);
      this.report.findings.push(finding);
    }
    finding.count += 1;
    if (finding.places.length < MOST_PLACES) finding.places.push({ file, line });
  }

  refuse(refused: RefusedRecord): void {
    this.report.refused += 1;
    if (this.report.refusals.length < MOST_REFUSALS) this.report.refusals.push(refused);
  }
}
