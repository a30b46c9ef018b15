// What a conversion found and refused, in words and places only: no value of a record ever stands in a report.
import { type RecordKind, recordKinds } from '../../schemas/records.ts';
import type { ErrorReport } from '../platform/errors.ts';
import type { LinkageReport } from './linkage.ts';
import { wordsOf } from './rules.ts';

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

export type ReturnFormat =
  | 'cin-census'
  | 'ssda903-csv'
  | 'ssda903-xml'
  | 'daily-feed'
  | 'safeguarding-dataset';

/** A part of a return that was recognised and holds no kind of record that is sent. */
export interface NotCarried {
  file: string;
  table: string;
  rows: number;
}

/** One return as it was read. */
export interface ReturnRead {
  files: string[];
  format: ReturnFormat;
  referenceDate: string;
  recordedAt: string;
  /** What the feed statement says. */
  completeThrough: string;
  kinds: RecordKind[];
  children: number;
}

export interface ConversionReport {
  council: string;
  /** Set when a return could not be read to its end: nothing was written or sent, and the counts are of what was read. */
  failed?: ErrorReport;
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
  notCarried: NotCarried[];
  /** The names of the files that hold what was refused, when they were asked for. */
  quarantine: string[];
  /** Children of the SSDA903 against those of the returns beside it, when there were both. */
  linkage?: LinkageReport;
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
  readonly #notCarried = new Map<string, NotCarried>();
  /** Whether somebody takes the refused records, to keep them: else they would pile up here. */
  holdsRefused = false;
  #refused: RefusedRecord[] = [];

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
      notCarried: [],
      quarantine: [],
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
    if (this.holdsRefused) this.#refused.push(refused);
    if (this.report.refusals.length < MOST_REFUSALS) this.report.refusals.push(refused);
  }

  /** What was refused since the last call. */
  takeRefused(): readonly RefusedRecord[] {
    const refused = this.#refused;
    if (refused.length > 0) this.#refused = [];
    return refused;
  }

  /** Counts rows of a part that is known and not carried. */
  notCarried(file: string, table: string, rows: number): void {
    const key = `${file} ${table}`;
    let known = this.#notCarried.get(key);
    if (!known) {
      known = { file, table, rows: 0 };
      this.#notCarried.set(key, known);
      this.report.notCarried.push(known);
    }
    known.rows += rows;
  }
}
