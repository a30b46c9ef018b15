// What the councils of one evaluation have said so far, child by child. Every line taken is accounted for exactly once:
// lines = blank + refused + otherCouncils + afterAsOf + duplicates + statements + caseEvents.
import { createHash } from 'node:crypto';
import { addDays, londonDay } from '../../../schemas/calendar.ts';
import { type CaseEvent, councilOf } from '../../../schemas/case-event.ts';
import type { FeedStatement } from '../../../schemas/feed.ts';
import {
  type FeedMessage,
  isFeedStatement,
  MAX_LINE_BYTES,
  parseMessage,
  type Refusal,
} from '../../../schemas/message.ts';
import type { RecordKind } from '../../../schemas/records.ts';
import { note } from '../../outcomes/live-records.ts';
import type { FeedGap } from '../../outcomes/participant.ts';
import { type Person, type Pseudonym, personsOf } from '../../outcomes/persons.ts';
import type { EventLine } from './event-lines.ts';

/** A line that could not be taken, counted from 1, and why. Its content is never repeated. */
export interface RefusedLine extends Omit<Refusal, 'code'> {
  line: number;
  code: Refusal['code'] | 'line-too-long' | 'not-utf-8' | 'id-used-twice';
}

/** How many lines were refused for one reason. */
export interface RefusedFor {
  code: RefusedLine['code'];
  lines: number;
}

/** Lines of a council that is not the protocol's. */
export interface OtherCouncil {
  council: string;
  lines: number;
  firstLine: number;
}

export interface LinesTaken {
  lines: number;
  blank: number;
  refused: number;
  /** Of councils that are not the protocol's. */
  otherCouncils: number;
  /** Recorded after the day the view is taken at. */
  afterAsOf: number;
  /** Statements met before, by source and id, and saying the same. */
  duplicates: number;
  /** Feed statements used. */
  statements: number;
  /** Case events used, those overtaken by a newer statement about their record too. */
  caseEvents: number;
}

export interface KnownFeed {
  completeThrough: Map<RecordKind, string>;
  gaps: FeedGap[];
}

/** All that is known of some councils' children and feeds, from wherever it was read. */
export interface Knowledge {
  taken: LinesTaken;
  refusals: RefusedLine[];
  /** All of them by reason, in order of code; they come to `taken.refused`. */
  refusedFor: RefusedFor[];
  councilsLeftOut: OtherCouncil[];
  /** Each child once, whatever its pseudonyms, in order of council and pseudonym. */
  children(): Person[];
  /** What was said under each pseudonym, in order of council and pseudonym. */
  pseudonyms(): Pseudonym[];
  feedOf(council: string): KnownFeed;
}

const unreadable = {
  'line-too-long': `is longer than ${MAX_LINE_BYTES} bytes`,
  'not-utf-8': 'is not UTF-8',
};

/** What a statement says, whatever order its fields came in and however its time was written. */
function digestOf({ type, time, data, ...message }: FeedMessage): string {
  const subject = 'subject' in message ? message.subject : '';
  return createHash('sha1')
    .update(JSON.stringify([type, subject, Date.parse(time), data]))
    .digest('base64');
}

interface Mark {
  time: number;
  id: string;
}

const LISTED = 1_000;
const HOUR_MS = 3_600_000;

/** The instant at which a Europe/London day begins: midnight in Greenwich, or an hour before it in summer. */
export function startOfLondonDay(day: string): number {
  const midnight = Date.parse(`${day}T00:00:00Z`);
  return londonDay(new Date(midnight - HOUR_MS)) === day ? midnight - HOUR_MS : midnight;
}

/** The instant at which it is over. */
export const endOfLondonDay = (day: string): number => startOfLondonDay(addDays(day, 1));

export class Known implements Knowledge {
  readonly taken: LinesTaken = {
    lines: 0,
    blank: 0,
    refused: 0,
    otherCouncils: 0,
    afterAsOf: 0,
    duplicates: 0,
    statements: 0,
    caseEvents: 0,
  };
  /** The first thousand. */
  readonly refusals: RefusedLine[] = [];
  readonly #refused = new Map<RefusedLine['code'], number>();
  readonly #others = new Map<string, OtherCouncil>();
  readonly #councils: ReadonlySet<string>;
  readonly #until: number;
  readonly #children = new Map<string, Pseudonym & { ids: Map<string, string> }>();
  readonly #feeds = new Map<string, KnownFeed>();
  readonly #statements = new Map<string, string>();
  readonly #marks = new Map<string, Mark>();

  /**
   * @param asOf the last Europe/London day whose statements are taken; null for all of them
   * @param heard is told each case event that is used, and its line
   */
  constructor(
    councils: readonly string[],
    asOf: string | null = null,
    readonly heard: (event: CaseEvent, line: number) => void = () => {},
  ) {
    this.#councils = new Set(councils);
    this.#until = asOf === null ? Number.POSITIVE_INFINITY : endOfLondonDay(asOf);
  }

  children(): Person[] {
    return personsOf(this.pseudonyms());
  }

  pseudonyms(): Pseudonym[] {
    return [...this.#children.entries()].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, child]) => child);
  }

  feedOf(council: string): KnownFeed {
    const feed = this.#feeds.get(council) ?? { completeThrough: new Map(), gaps: [] };
    this.#feeds.set(council, feed);
    return feed;
  }

  get refusedFor(): RefusedFor[] {
    return [...this.#refused]
      .map(([code, lines]) => ({ code, lines }))
      .sort((a, b) => (a.code < b.code ? -1 : 1));
  }

  /** The first thousand, in order of their code. */
  get councilsLeftOut(): OtherCouncil[] {
    return [...this.#others.values()].sort((a, b) => (a.council < b.council ? -1 : 1)).slice(0, LISTED);
  }

  /** Takes the next line of the file. */
  take(line: string | EventLine): void {
    this.taken.lines += 1;
    const read = typeof line === 'string' ? { text: line } : line;
    const became =
      'text' in read
        ? this.#settle(read.text)
        : this.#refuse({ code: read.unreadable, field: '', reason: unreadable[read.unreadable] });
    this.taken[became] += 1;
  }

  #refuse(refusal: Omit<RefusedLine, 'line'>): 'refused' {
    this.#refused.set(refusal.code, (this.#refused.get(refusal.code) ?? 0) + 1);
    if (this.refusals.length < LISTED) this.refusals.push({ line: this.taken.lines, ...refusal });
    return 'refused';
  }

  #settle(line: string): Exclude<keyof LinesTaken, 'lines'> {
    if (line.trim() === '') return 'blank';
    const parsed = parseMessage(line);
    if (!parsed.ok) return this.#refuse(parsed.refusal);
    const { message } = parsed;
    const council = councilOf(message.source);
    if (!this.#councils.has(council)) return this.#ofAnother(council);
    if (Date.parse(message.time) >= this.#until) return 'afterAsOf';
    if (isFeedStatement(message)) {
      const met = this.#isMet(this.#statements, `${council} ${message.id.toLowerCase()}`, message);
      if (met === null) this.#notes(council, message);
      return met ?? 'statements';
    }
    const child = this.#childOf(council, message.subject);
    const met = this.#isMet(child.ids, message.id.toLowerCase(), message);
    if (met !== null) return met;
    note(child.newest, message);
    this.heard(message, this.taken.lines);
    return 'caseEvents';
  }

  /** An id names one statement: the first that used it stands, as in the ledger, and another that uses it is refused. */
  #isMet(ids: Map<string, string>, id: string, message: FeedMessage): 'duplicates' | 'refused' | null {
    const digest = digestOf(message);
    const known = ids.get(id);
    if (known === undefined) {
      ids.set(id, digest);
      return null;
    }
    if (known === digest) return 'duplicates';
    return this.#refuse({
      code: 'id-used-twice',
      field: 'id',
      reason: 'is the id of an earlier line that says something else: give each statement an id of its own',
    });
  }

  #ofAnother(council: string): 'otherCouncils' {
    const other = this.#others.get(council) ?? { council, lines: 0, firstLine: this.taken.lines };
    other.lines += 1;
    this.#others.set(council, other);
    return 'otherCouncils';
  }

  #childOf(council: string, child: string) {
    const key = `${council} ${child}`;
    const known = this.#children.get(key) ?? { council, child, newest: new Map(), ids: new Map() };
    this.#children.set(key, known);
    return known;
  }

  /** Notes a feed statement. The newest about a kind's completeness stands; declared gaps add up. */
  #notes(council: string, { id: given, time: at, data }: FeedStatement): void {
    const id = given.toLowerCase();
    const time = Date.parse(at);
    const feed = this.feedOf(council);
    for (const kind of data.kinds) {
      if ('gap' in data) {
        feed.gaps.push({ kind, ...data.gap });
        continue;
      }
      const last = this.#marks.get(`${council} ${kind}`);
      if (last && (last.time > time || (last.time === time && last.id > id))) continue;
      this.#marks.set(`${council} ${kind}`, { time, id });
      feed.completeThrough.set(kind, data.completeThrough);
    }
  }
}
