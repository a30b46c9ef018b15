// One council's feed: a snapshot, then deltas in the order the council sends them, each closed by a feed statement.
// Statements are planned as small objects; identifiers and messages are made only as each delivery is read.
import { createHash } from 'node:crypto';
import type { FeedMessage } from '../../schemas/message.ts';
import { recordKinds } from '../../schemas/records.ts';
import { feedStatement, purgeEvent, recordEvent } from '../council/case-event.ts';
import { type Pseudonymiser, pseudonymiser } from '../council/pseudonym.ts';
import { type Day, dayOf, text } from './days.ts';
import type { History } from './facts.ts';
import type { Child, Family } from './family.ts';
import { noCounts } from './feed-counts.ts';
import type { Random } from './random.ts';
import {
  DAY_SECONDS,
  dayOfSecond,
  enteredInError,
  type Habits,
  LONGEST_DELAY,
  record,
  type Second,
  type StatedRecord,
  type Statement,
} from './recording.ts';
import { childRecord, recordsOf } from './records.ts';
import type { CouncilProfile, World } from './world.ts';

/** What a council sends on one day. The feed statement is the last message. */
export interface Delivery {
  council: string;
  /** YYYY-MM-DD */
  day: string;
  messages: FeedMessage[];
}

/** A child of the council's system: a true one, or one entered twice and purged. */
interface Subject {
  localId: string;
  pseudonym: string | null;
  records: SentRecord[];
}

/** Its pseudonym is made when it is first written, not when it is planned. */
interface SentRecord {
  stated: StatedRecord;
  recordId: string | null;
}

interface Planned {
  statement: Statement;
  subject: Subject;
  record: SentRecord;
  /** Sent before, word for word. */
  again: boolean;
  /** The feed had already said it was complete through the day of this fact. */
  late: boolean;
}

/** The key that a simulated council uses. It guards nothing: the children are invented. */
export function simulatedPseudonyms(world: World, council: CouncilProfile): Pseudonymiser {
  const words = ['waymark simulated council', world.plan.name, world.plan.seed, council.planned.code];
  return pseudonymiser(createHash('sha256').update(JSON.stringify(words)).digest());
}

export interface LivedChild {
  family: Family;
  child: Child;
  history: History;
}

/** The days on which a council sends, snapshot first; the last is complete through the plan's end unless it goes silent. */
function deliveryDays(world: World, council: CouncilProfile): Day[] {
  const { rhythmDays, reportingLagDays, silentAfter } = council.planned;
  const end = dayOf(world.plan.completeThrough) + reportingLagDays;
  const days: Day[] = [];
  for (let day = dayOf(world.plan.feedFrom); day < end; day += rhythmDays) days.push(day);
  days.push(end);
  const silent = silentAfter === null ? Number.POSITIVE_INFINITY : dayOf(silentAfter);
  return days.filter((day) => day <= silent);
}

/** Everything that one council will send, planned but not yet written. */
export class Feed {
  private readonly plannedByDay = new Map<Day, Planned[]>();
  private readonly days: Day[];
  private readonly habits: Habits;
  private readonly random: Random;
  private readonly pseudonyms: Pseudonymiser;
  readonly counts = noCounts();

  constructor(
    private readonly world: World,
    private readonly council: CouncilProfile,
    lived: Iterable<LivedChild>,
  ) {
    this.days = deliveryDays(world, council);
    this.random = world.random.fork(9, council.at);
    const feedFrom = dayOf(world.plan.feedFrom);
    this.habits = {
      council,
      defects: world.plan.defects,
      feedFrom,
      lastDelivery: this.days.at(-1) ?? feedFrom,
    };
    this.pseudonyms = simulatedPseudonyms(world, council);
    let lastFamily = -1;
    for (const one of lived) {
      if (!this.admit(one) || one.family.at === lastFamily) continue;
      lastFamily = one.family.at;
      this.counts.families++;
    }
    this.plantDuplicates();
    for (const day of this.days) this.settle(day);
  }

  *deliveries(): Generator<Delivery> {
    const { code, reportingLagDays } = this.council.planned;
    for (const day of this.days) {
      const messages: FeedMessage[] = (this.plannedByDay.get(day) ?? []).map((planned) =>
        this.message(planned),
      );
      const completeThrough = text(day - reportingLagDays);
      messages.push(
        feedStatement(code, instant(day * DAY_SECONDS + 22 * 3600), { kinds: recordKinds, completeThrough }),
      );
      yield { council: code, day: text(day), messages };
    }
  }

  private message({ subject, record, statement }: Planned): FeedMessage {
    const { stated } = record;
    record.recordId ??= this.pseudonyms.record(subject.localId, stated.kind, stated.localId);
    subject.pseudonym ??= this.pseudonyms.child(subject.localId);
    const about = {
      council: this.council.planned.code,
      child: subject.pseudonym,
      recordId: record.recordId,
      recordedAt: instant(statement.recordedAt),
    };
    return statement.state
      ? recordEvent(about, stated.kind, statement.state)
      : purgeEvent(about, stated.kind);
  }

  /** Plans one child's statements. False when nothing about the child is ever sent. */
  private admit({ family, child, history }: LivedChild): boolean {
    const random = this.random.fork(family.at, child.at);
    if (lastWork(history) < this.habits.feedFrom - this.world.plan.snapshotLookbackDays - LONGEST_DELAY)
      return false;
    const kept = recordsOf(history, this.world.historyFrom, this.habits.lastDelivery);
    if (kept.length === 0) return false;
    const stated = kept.map((one, at) => record(one, this.habits, random.fork(1, at)));
    const firstSaid = Math.min(...stated.flatMap((one) => one.statements.map((said) => said.recordedAt)));
    const about = childRecord(
      family,
      child,
      dayOfSecond(firstSaid),
      history.exit,
      this.pseudonyms.family(family.localId),
    );
    const [entered, ...later] = record(about, this.habits, random.fork(2)).statements;
    if (entered) {
      // The child is entered just before the first work; whatever the first state came to be, it is said then.
      stated.unshift({
        kind: 'child',
        localId: 'child',
        statements: [{ ...entered, recordedAt: firstSaid - 60 }, ...later],
      });
    }
    if (history.index !== null && random.chance(this.habits.defects.purged)) {
      const phantom = enteredInError(history.index, this.habits, random.fork(3), 0);
      if (phantom) stated.push(phantom);
    }
    const sent = this.plan(this.subject(child.localId, stated));
    if (sent) this.counts.children++;
    if (sent && history.index !== null && random.chance(this.habits.defects.purged / 12)) {
      this.enterTwice(family, child, history.index, random.fork(4));
    }
    return sent;
  }

  /** The same child opened under a second number on the day of the index referral; both records are purged later. */
  private enterTwice(family: Family, child: Child, index: Day, random: Random): void {
    const recordedAt = index * DAY_SECONDS + 10 * 3600 + random.whole(0, 3600);
    const purgedAt = recordedAt + DAY_SECONDS * (1 + Math.floor(random.exponential(9)));
    if (index <= this.habits.feedFrom || dayOfSecond(purgedAt) > this.habits.lastDelivery - 7) return;
    const known = childRecord(
      family,
      child,
      index,
      Number.POSITIVE_INFINITY,
      this.pseudonyms.family(family.localId),
    );
    const twice = (kind: 'child' | 'referral', state: Statement['state'], seconds: number): StatedRecord => ({
      kind,
      localId: kind,
      statements: [
        { recordedAt: recordedAt + seconds, state, on: index, nature: 'fact' },
        { recordedAt: purgedAt + seconds, state: null, on: dayOfSecond(purgedAt), nature: 'purge' },
      ],
    });
    const records = [
      twice('child', known.versions[0]?.state ?? {}, 0),
      twice('referral', { date: text(index), noFurtherAction: false }, 60),
    ];
    if (this.plan(this.subject(`${child.localId}-again`, records))) {
      this.counts.children++;
      this.counts.childrenEnteredTwice++;
    }
  }

  private subject(localId: string, stated: StatedRecord[]): Subject {
    return { localId, pseudonym: null, records: stated.map((one) => ({ stated: one, recordId: null })) };
  }

  /**
   * The snapshot holds the newest state of each record of children with open or recent work. Another child's old records come
   * with the first change after it. From then on every statement goes with the next delivery.
   */
  private plan(subject: Subject): boolean {
    const { feedFrom } = this.habits;
    const recently = feedFrom - this.world.plan.snapshotLookbackDays;
    let recent = false;
    let next = Number.POSITIVE_INFINITY;
    for (const { stated } of subject.records) {
      for (const { recordedAt } of stated.statements) {
        const day = dayOfSecond(recordedAt);
        if (day > feedFrom) next = Math.min(next, day);
        else recent ||= day > recently;
      }
    }
    const firstDelivery = recent ? feedFrom : this.nextDelivery(next);
    if (firstDelivery === null) return false;
    for (const record of subject.records) {
      let old: Statement | null = null;
      for (const statement of record.stated.statements) {
        const day = dayOfSecond(statement.recordedAt);
        if (day <= feedFrom) {
          old = statement;
          continue;
        }
        const delivered = this.nextDelivery(day);
        if (delivered === null) break;
        const late = statement.nature === 'fact' && statement.on <= this.saidCompleteBefore(delivered);
        this.put(delivered, { subject, record, statement, again: false, late });
      }
      if (old) this.put(firstDelivery, { subject, record, statement: old, again: false, late: false });
    }
    return true;
  }

  private put(delivered: Day, planned: Planned): void {
    const onDay = this.plannedByDay.get(delivered);
    if (onDay) onDay.push(planned);
    else this.plannedByDay.set(delivered, [planned]);
  }

  /** The first delivery that holds what was recorded on `day`; null when the feed ends first. */
  private nextDelivery(day: Day): Day | null {
    const { rhythmDays } = this.council.planned;
    const { feedFrom, lastDelivery } = this.habits;
    if (!(day <= lastDelivery)) return null;
    const due = feedFrom + Math.max(0, Math.ceil((day - feedFrom) / rhythmDays)) * rhythmDays;
    return Math.min(due, lastDelivery);
  }

  /** The day through which the feed had said it was complete, before the delivery of `day`. */
  private saidCompleteBefore(day: Day): Day {
    const { rhythmDays, reportingLagDays } = this.council.planned;
    const { feedFrom, lastDelivery } = this.habits;
    const last = Math.ceil((day - feedFrom) / rhythmDays) - 1;
    return Math.min(feedFrom + last * rhythmDays, lastDelivery) - reportingLagDays;
  }

  private plantDuplicates(): void {
    const random = this.random.fork(-2);
    const { duplicated } = this.habits.defects;
    for (const day of this.days) {
      for (const planned of this.plannedByDay.get(day)?.filter((one) => !one.again) ?? []) {
        if (!random.chance(duplicated)) continue;
        const wait = random.chance(0.5) ? 0 : random.whole(1, 14);
        this.put(this.nextDelivery(day + wait) ?? day, { ...planned, again: true, late: false });
      }
    }
  }

  /** Puts a delivery in the order it is sent and counts it. */
  private settle(day: Day): void {
    const { counts } = this;
    const onDay = this.plannedByDay.get(day) ?? [];
    onDay.sort((a, b) => a.statement.recordedAt - b.statement.recordedAt);
    const random = this.random.fork(-3, day);
    if (onDay.length > 1 && random.chance(this.habits.defects.shuffled)) {
      random.shuffle(onDay);
      counts.shuffledDeliveries++;
    }
    const records = new Set<SentRecord>();
    for (const planned of onDay) {
      if (planned.again) counts.duplicates++;
      else counts.events++;
      if (planned.again) continue;
      if (planned.statement.nature === 'correction') counts.corrections++;
      if (planned.statement.nature === 'purge') counts.purges++;
      if (planned.late) counts.late++;
      records.add(planned.record);
    }
    for (const one of records) this.seen.add(one);
    counts.records = this.seen.size;
    counts.deliveries++;
    counts.feedStatements++;
    counts.messages += onDay.length + 1;
  }

  private readonly seen = new Set<SentRecord>();
}

/** The last day on which anything was still being done for the child. */
const lastWork = ({ involvements, care, earlyHelp }: History): Day =>
  Math.max(
    involvements.at(-1)?.closed ?? Number.NEGATIVE_INFINITY,
    care.at(-1)?.ended ?? Number.NEGATIVE_INFINITY,
    earlyHelp.at(-1)?.ended ?? Number.NEGATIVE_INFINITY,
  );

/** RFC 3339 in UTC, whole seconds. */
const instant = (at: Second): string => {
  const seconds = at % DAY_SECONDS;
  const two = (value: number) => String(Math.floor(value)).padStart(2, '0');
  return `${text(dayOfSecond(at))}T${two(seconds / 3600)}:${two((seconds % 3600) / 60)}:${two(seconds % 60)}Z`;
};
