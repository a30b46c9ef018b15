// What a conversion found and refused, in words and places only: no value of a record ever stands in a report.
import { type RecordKind, recordKinds } from '../../schemas/records.ts';
import type { ErrorReport } from '../platform/errors.ts';
import type { LinkageReport } from './linkage.ts';
import { wordsOf } from './rules.ts';
import { Tally } from './tally.ts';

/** A record that was not sent, and what to mend. */
export interface RefusedRecord {
  file: string;
  line: number;
  record: string;
  rule: string;
  field: string;
  reason: string;
}

/** What is remembered of every refused record until its return is closed. */
export type Refused = Pick<RefusedRecord, 'record' | 'rule'>;

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
  /** What the feed statement says, of the kinds that are not withheld. */
  completeThrough: string;
  kinds: RecordKind[];
  /** Those of the kinds that are not stated complete, because records of them were refused and not waived. */
  withheld: RecordKind[];
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
  readonly records: Record<RecordKind, number>;
  refused: number;
  /** Why the council states its feed complete without the refused records, when it does. */
  waived?: string;
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
  readonly months: Record<string, Record<string, number>>;
  /** Of the records of a kind, how many carry a field: what is not here is missing. */
  readonly filled: Record<string, Record<string, number>>;
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

/** Gathers the report of one conversion while it runs. */
export class ReportWriter {
  readonly report: ConversionReport;
  readonly #tallies = new Map<RecordKind, Tally>();
  readonly #findings = new Map<string, Finding>();
  readonly #notCarried = new Map<string, NotCarried>();
  /** Whether somebody takes the refused records, to keep them: else they would pile up here. */
  holdsRefused = false;
  /** Kinds and rules of what was refused since a return was closed, each once. */
  #lacking = new Map<string, Refused>();
  #refused: RefusedRecord[] = [];

  constructor(council: string) {
    // No return says that two of a council's children are one: there is nothing to count.
    const counted = recordKinds.filter((kind) => kind !== 'same-child');
    const tallies = this.#tallies;
    this.report = {
      council,
      returns: [],
      children: 0,
      events: 0,
      purges: 0,
      statements: 0,
      get records() {
        const each = counted.map((kind) => [kind, tallies.get(kind)?.records ?? 0]);
        return Object.fromEntries(each) as Record<RecordKind, number>;
      },
      refused: 0,
      refusals: [],
      findings: [],
      notCarried: [],
      quarantine: [],
      get months() {
        const each = [...tallies].map(([kind, tally]) => [kind, tally.months()] as const);
        return Object.fromEntries(each.flatMap(([kind, months]) => (months ? [[kind, months]] : [])));
      },
      get filled() {
        return Object.fromEntries([...tallies].map(([kind, tally]) => [kind, tally.filled()]));
      },
    };
  }

  /** Counts a stated record by kind, month and the fields it carries. */
  record(kind: RecordKind, state: object): void {
    this.report.events += 1;
    let tally = this.#tallies.get(kind);
    if (!tally) {
      tally = new Tally();
      this.#tallies.set(kind, tally);
    }
    tally.count(state);
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
    const { record, rule } = refused;
    this.#lacking.set(`${record} ${rule}`, { record, rule });
    if (this.holdsRefused) this.#refused.push(refused);
    if (this.report.refusals.length < MOST_REFUSALS) this.report.refusals.push(refused);
  }

  /** What is lacking since the last call, which was at the end of the return before. */
  takeLacking(): Refused[] {
    const lacking = [...this.#lacking.values()];
    this.#lacking.clear();
    return lacking;
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
