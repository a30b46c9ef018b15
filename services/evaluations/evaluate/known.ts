// What the councils of one evaluation have said so far, child by child. Every line taken is accounted for exactly once:
// lines = blank + refused + otherCouncils + afterAsOf + duplicates + statements + caseEvents.
import { addDays, londonDay } from '../../../schemas/calendar.ts';
import { councilOf } from '../../../schemas/case-event.ts';
import type { FeedStatement } from '../../../schemas/feed.ts';
import { isFeedStatement, parseMessage, type Refusal } from '../../../schemas/message.ts';
import type { RecordKind } from '../../../schemas/records.ts';
import { type NewestStatements, note } from '../../outcomes/live-records.ts';
import type { FeedGap } from '../../outcomes/participant.ts';

/** A line that could not be taken, counted from 1, and why. Its content is never repeated. */
export interface RefusedLine extends Refusal {
  line: number;
}

export interface LinesTaken {
  lines: number;
  blank: number;
  refused: number;
  /** Of councils that are not the protocol's. */
  otherCouncils: number;
  /** Recorded after the day the view is taken at. */
  afterAsOf: number;
  /** Statements met before, by source and id. */
  duplicates: number;
  /** Feed statements used. */
  statements: number;
  /** Case events used, those overtaken by a newer statement about their record too. */
  caseEvents: number;
}

export interface KnownChild {
  council: string;
  child: string;
  newest: NewestStatements;
}

export interface KnownFeed {
  completeThrough: Map<RecordKind, string>;
  gaps: FeedGap[];
}

/** All that is known of some councils' children and feeds, from wherever it was read. */
export interface Knowledge {
  taken: LinesTaken;
  refusals: RefusedLine[];
  /** In order of council and pseudonym. */
  children(): KnownChild[];
  feedOf(council: string): KnownFeed;
}

interface Mark {
  time: number;
  id: string;
}

const REFUSALS_KEPT = 1_000;
const HOUR_MS = 3_600_000;

/** The instant at which a Europe/London day begins: midnight in Greenwich, or an hour before it in summer. */
export function startOfLondonDay(day: string): number {
  const midnight = Date.parse(`${day}T00:00:00Z`);
  return londonDay(new Date(midnight - HOUR_MS)) === day ? midnight - HOUR_MS : midnight;
}

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
  readonly #councils: ReadonlySet<string>;
  readonly #until: number;
  readonly #children = new Map<string, KnownChild & { ids: Set<string> }>();
  readonly #feeds = new Map<string, KnownFeed>();
  readonly #statements = new Set<string>();
  readonly #marks = new Map<string, Mark>();

  /** @param asOf the last Europe/London day whose statements are taken; null for all of them */
  constructor(councils: readonly string[], asOf: string | null = null) {
    this.#councils = new Set(councils);
    this.#until = asOf === null ? Number.POSITIVE_INFINITY : startOfLondonDay(addDays(asOf, 1));
  }

  /** The children of whom anything was said, in order of council and pseudonym. */
  children(): KnownChild[] {
    return [...this.#children.entries()].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, child]) => child);
  }

  feedOf(council: string): KnownFeed {
    const feed = this.#feeds.get(council) ?? { completeThrough: new Map(), gaps: [] };
    this.#feeds.set(council, feed);
    return feed;
  }

  /** Takes the next line of the file. */
  take(line: string): void {
    this.taken.lines += 1;
    this.taken[this.#settle(line)] += 1;
  }

  #settle(line: string): Exclude<keyof LinesTaken, 'lines'> {
    if (line.trim() === '') return 'blank';
    const parsed = parseMessage(line);
    if (!parsed.ok) {
      if (this.refusals.length < REFUSALS_KEPT)
        this.refusals.push({ line: this.taken.lines, ...parsed.refusal });
      return 'refused';
    }
    const { message } = parsed;
    const council = councilOf(message.source);
    if (!this.#councils.has(council)) return 'otherCouncils';
    if (Date.parse(message.time) >= this.#until) return 'afterAsOf';
    if (isFeedStatement(message)) return this.#heard(council, message) ? 'statements' : 'duplicates';
    const child = this.#childOf(council, message.subject);
    const id = message.id.toLowerCase();
    const met = child.ids.has(id);
    child.ids.add(id);
    note(child.newest, message);
    return met ? 'duplicates' : 'caseEvents';
  }

  #childOf(council: string, child: string) {
    const key = `${council} ${child}`;
    const known = this.#children.get(key) ?? { council, child, newest: new Map(), ids: new Set() };
    this.#children.set(key, known);
    return known;
  }

  /** Notes a feed statement. The newest about a kind's completeness stands; declared gaps add up. */
  #heard(council: string, { id: given, time: at, data }: FeedStatement): boolean {
    const id = given.toLowerCase();
    const time = Date.parse(at);
    if (this.#statements.has(`${council} ${id}`)) return false;
    this.#statements.add(`${council} ${id}`);
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
    return true;
  }
}
