// The compact notation of the spec tables (notation.md): one child's statements, as an evaluator writes them, become messages.
import { createHash } from 'node:crypto';
import { type CaseEvent, sourceOf } from '../../schemas/case-event.ts';
import { FEED_STATEMENT_TYPE, type FeedStatement } from '../../schemas/feed.ts';
import { type FeedMessage, parseMessage } from '../../schemas/message.ts';
import type { RecordKind } from '../../schemas/records.ts';

/** One child of one council, by one of its pseudonyms. */
export interface Writer {
  council: string;
  child: string;
}

/** Another child of the same council, of the same family if its facts say so. */
const siblingOf = ({ council, child }: Writer): Writer => ({
  council,
  child: childNamed(`sibling of ${child}`),
});

/** The same pseudonym in another council: another child, unless councils share a key and a linkage says otherwise. */
export const elsewhere = ({ council, child }: Writer): Writer => ({
  council: `E10${council.slice(3)}`,
  child,
});

const hex = (value: string | number, length: number): string =>
  (typeof value === 'number' ? value.toString(16) : createHash('sha256').update(value).digest('hex'))
    .slice(0, length)
    .padStart(length, '0');

export const childNamed = (name: string): string => `c${hex(name, 32)}`;
const familyNamed = (name: string | undefined) => (name === undefined ? undefined : `f${hex(name, 32)}`);

/** The writer's child is A; B, C and so on are other pseudonyms beside it. */
const pseudonymNamed = (letter: string | undefined, { child }: Writer): string =>
  letter === undefined || letter === 'A' ? child : childNamed(`${child} ${letter}`);

/** Records named by a letter sort by it; those without a name come after, in the order written. */
export const recordNamed = (letter: string): string => `r${hex(letter.charCodeAt(0), 32)}`;
const recordAt = (position: number): string => `r${hex(0x1000 + position, 32)}`;
const eventAt = (rank: number): string => `00000000-0000-4000-8000-${hex(rank, 12)}`;

const DAY = /^\d{4}-\d{2}-\d{2}$/;
const DAYS = /^(\d{4}-\d{2}-\d{2})(?:\.\.(\d{4}-\d{2}-\d{2}))?$/;

const kinds: Record<string, RecordKind> = {
  child: 'child',
  referral: 'referral',
  plan: 'cp-plan',
  care: 'care-episode',
  assessment: 'assessment',
  enquiry: 'section-47',
  'cin-plan': 'cin-plan',
  'early-help': 'early-help',
  meeting: 'family-meeting',
  letter: 'pre-proceedings',
  same: 'same-child',
};

/** The words of one statement, taken one by one; a word that nobody takes is a mistake of the table. */
class Words {
  readonly #words: string[];
  constructor(readonly text: string) {
    this.#words = text.trim().split(/\s+/);
  }

  take(pattern: RegExp): string | undefined {
    return pattern.test(this.#words[0] ?? '') ? this.#words.shift() : undefined;
  }

  /** A word wherever it stands. */
  pick(pattern: RegExp): string | undefined {
    const at = this.#words.findIndex((word) => pattern.test(word));
    return at < 0 ? undefined : this.#words.splice(at, 1)[0];
  }

  has(word: string): boolean {
    return this.pick(new RegExp(`^${word}$`)) !== undefined;
  }

  after(word: string, pattern: RegExp): string | undefined {
    const at = this.#words.indexOf(word);
    if (at < 0) return undefined;
    const [, value] = this.#words.splice(at, 2);
    if (!pattern.test(value ?? '')) throw new Error(`"${word}" has no value in: ${this.text}`);
    return value;
  }

  days(): { from: string; to?: string } {
    const [, from, to] = DAYS.exec(this.take(DAYS) ?? '') ?? [];
    if (!from) throw new Error(`no day in: ${this.text}`);
    return { from, ...(to && { to }) };
  }

  end(): void {
    if (this.#words.length > 0) throw new Error(`cannot read "${this.#words.join(' ')}" in: ${this.text}`);
  }
}

const without = (fields: Record<string, unknown>): Record<string, unknown> =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined && value !== false));

function stateOf(kind: RecordKind, words: Words, writer: Writer): Record<string, unknown> {
  if (kind === 'same-child') {
    return { other: pseudonymNamed(words.after('with', /^[A-Z]$/), writer), same: !words.has('not') };
  }
  if (kind === 'child') {
    return without({
      birthMonth: words.after('born', /^\d{4}-\d{2}$/),
      deathMonth: words.after('died', /^\d{4}-\d{2}$/),
      unborn: words.has('unborn'),
      unaccompaniedAsylumSeeker: words.has('asylum-seeker'),
      family: familyNamed(words.after('family', /^[a-z]+$/)),
    });
  }
  const { from, to } = words.days();
  switch (kind) {
    case 'referral':
      return without({
        date: from,
        noFurtherAction: words.has('nfa'),
        primaryNeed: words.after('need', /^N\d$/),
        source: words.after('source', /^\d+[A-F]?$/),
        closedOn: words.after('closed', DAY),
        closureReason: words.take(/^RC\d$/),
      });
    case 'cp-plan': {
      const previous = words.after('previous', /^\d+$/);
      return without({
        started: from,
        ended: to,
        previousPlans: previous === undefined ? undefined : Number(previous),
        heldForAnotherAuthority: words.has('held'),
        initialCategory: words.after('category', /^[A-Z]{3}$/),
      });
    }
    case 'care-episode':
      return without({
        started: from,
        ended: to,
        reasonStarted: words.take(/^[SLPTBU]$/),
        legalStatus: words.take(/^[CDEVJL]\d$/),
        reasonEnded: words.take(/^(X1|E\d+[AB]?)$/),
      });
    case 'assessment':
      return without({ started: from, authorised: to });
    case 'section-47':
      return without({ started: from, initialConference: to });
    case 'family-meeting':
      return { held: from };
    case 'pre-proceedings':
      return without({ letterSent: from, ended: to, courtApplication: words.after('court', DAY) });
    default:
      return without({ started: from, ended: to });
  }
}

/** Statements without a time of their own follow all that have one, a minute apart. */
const timeOf = (at: string | undefined, position: number): string => {
  if (at === undefined) return new Date(Date.UTC(2030, 0, 1, 0, position)).toISOString();
  const instant = at.slice(1);
  return DAY.test(instant) ? `${instant}T12:00:00Z` : instant;
};

function read(text: string, position: number, writer: Writer): FeedMessage {
  const words = new Words(text);
  const who = words.take(/^(sibling|elsewhere)$/);
  const about = who === undefined ? writer : who === 'sibling' ? siblingOf(writer) : elsewhere(writer);
  const { council } = about;
  const child = pseudonymNamed(words.after('under', /^[A-Z]$/), about);
  const rank = words.pick(/^#\d+$/);
  const envelope = {
    specversion: '1.0' as const,
    id: eventAt(rank ? Number(rank.slice(1)) : 0x100 + position),
    source: sourceOf(council),
    time: timeOf(words.pick(/^@/), position),
  };
  const kindOf = (word: string | undefined): RecordKind => {
    const kind = kinds[word ?? ''];
    if (!kind) throw new Error(`no kind of record in: ${text}`);
    return kind;
  };
  const verb = words.take(/^(purge|gap|complete)$/);
  const kind = kindOf(words.take(/^[a-z-]+$/));
  let message: unknown;
  if (verb === 'gap' || verb === 'complete') {
    const { from, to } = words.days();
    const data =
      verb === 'gap' ? { kinds: [kind], gap: { from, to } } : { kinds: [kind], completeThrough: from };
    message = { ...envelope, type: FEED_STATEMENT_TYPE, data } satisfies Omit<FeedStatement, 'data'> & {
      data: unknown;
    };
  } else {
    const letter = words.take(/^[a-z]$/);
    const recordId = letter ? recordNamed(letter) : recordAt(position);
    const data =
      verb === 'purge' ? { recordId, purged: true } : { recordId, state: stateOf(kind, words, writer) };
    message = { ...envelope, type: `waymark.case.${kind}.v1`, subject: child, data } as CaseEvent;
  }
  words.end();
  const parsed = parseMessage(JSON.stringify(message));
  if (!parsed.ok) throw new Error(`${parsed.refusal.field} ${parsed.refusal.reason} in: ${text}`);
  return parsed.message;
}

/** The messages a `records` cell stands for, in the order written. */
export function messagesOf(records: string, writer: Writer): FeedMessage[] {
  return records
    .split(';')
    .map((part) => part.trim())
    .filter((part) => part !== '')
    .map((part, position) => read(part, position, writer));
}
