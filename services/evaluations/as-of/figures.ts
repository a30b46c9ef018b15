// Figures of a stored evaluation as they were known at one instant or two, and why they differ, told as kinds of records.
// A council at a time, since no child is of two: what is held at once is one council's records, and others get their turn.
import { setImmediate as turn } from 'node:timers/promises';
import type { Arm } from '../../../schemas/protocol.ts';
import type { RecordKind } from '../../../schemas/records.ts';
import type { ArmCounts } from '../../../schemas/result.ts';
import { kindNamed } from '../../outcomes/kinds.ts';
import type { Transaction } from '../../platform/database.ts';

import { type EvaluatedParticipant, resultsOf } from '../evaluate/evaluate.ts';
import type { Evaluation } from '../evaluation.ts';
import { type Deciding, decidingOf } from '../rebuild/participants.ts';
import { type Cause, personIn, type See } from './causes.ts';
import { type Cut, compare, sightsOf } from './diff.ts';
import { allottedAsOf, knownAsOf } from './known-as-of.ts';
import { type Entries, entriesOf, takesPart } from './participants-as-of.ts';

/** `matured`: the feed became complete far enough. */
export const whys = ['late', 'corrected', 'purged', 'new', 'matured', 'gap', 'allocation'] as const;
export type Why = (typeof whys)[number];

/** How many children's outcome changed because of one kind of record. A child may count under several reasons. */
export interface Reason {
  /** Null, as horizon and arm: records that were purged between the cuts. What they had said is erased, and with it which outcomes they changed. */
  outcome: string | null;
  /** Months. */
  horizon: number | null;
  /** The arm at the later cut; of a child that left, the one before. */
  arm: Arm | null;
  why: Why;
  /** Null: no kind of record, but the allocation. */
  kind: RecordKind | null;
  children: number;
}

/** The counts of every outcome and horizon; outcomes measured in days come without their summary. */
export interface Figures {
  results: { outcome: string; horizon: number; arms: ArmCounts[] }[];
  /** The day through which every feed of every council was complete; null while one never said. */
  completeThrough: string | null;
}

/** Children looked at before others get their turn. */
const AT_ONCE = 200;

function reasonOf(cause: Cause): Pick<Reason, 'why' | 'kind'> {
  switch (cause.cause) {
    case 'record':
      return { why: cause.what, kind: cause.kind };
    case 'feed':
      return { why: 'matured', kind: cause.kind };
    case 'gap':
      return { why: 'gap', kind: cause.kind };
    case 'allocation':
      return { why: 'allocation', kind: null };
  }
}

const added = (one: ArmCounts, other: ArmCounts | undefined): ArmCounts => {
  const sum = (name: 'enrolled' | 'notAtRisk' | 'pending' | 'matured' | 'events' | 'noEvents' | 'censored') =>
    one[name] + (other?.[name] ?? 0);
  const [matured, events] = [sum('matured'), sum('events')];
  return {
    arm: one.arm,
    enrolled: sum('enrolled'),
    notAtRisk: sum('notAtRisk'),
    pending: sum('pending'),
    matured,
    events,
    noEvents: sum('noEvents'),
    censored: sum('censored'),
    risk: matured > 0 ? events / matured : null,
  };
};

/** Adds up what councils come to. */
class Sum {
  results: Figures['results'] = [];
  #through: (string | null)[] = [];

  add(evaluation: Evaluation, { known }: Cut, council: string, participants: EvaluatedParticipant[]): void {
    this.results = resultsOf(evaluation.protocol, participants).map((one, at) => ({
      ...one,
      arms: one.arms.map((counts, arm) => added(counts, this.results[at]?.arms[arm])),
    }));
    const days = [...known.feedOf(council).completeThrough.values()].sort();
    this.#through.push(days[0] ?? null);
  }

  figures(): Figures {
    const days = this.#through.flatMap((day) => day ?? []).sort();
    const all = days.length === this.#through.length;
    return { results: this.results, completeThrough: all ? (days[0] ?? null) : null };
  }
}

/** Who takes part as enrolled, whatever cut a child is seen at. */
const seeing =
  (deciding: Deciding, entries: Entries): See =>
  (sight) => {
    const person = personIn(sight);
    if (!person) return null;
    const then = { ...deciding, allotted: sight.allotted, optedOut: sight.optedOut };
    const found = takesPart({ deciding: then, entries }, person, sight.feed);
    return typeof found === 'string' ? null : found;
  };

/** Counts children by reason, each once. */
function noteReasons(reasons: Map<string, Reason>, { earlier, later, changes }: ReturnType<typeof compare>) {
  const arm = (later ?? earlier)?.arm;
  if (!arm) return;
  for (const { outcome, horizon, because } of changes) {
    const own = new Map(because.map(reasonOf).map((one) => [`${one.why} ${one.kind}`, one]));
    for (const [name, { why, kind }] of own) {
      const key = `${outcome} ${horizon} ${arm} ${name}`;
      const known = reasons.get(key);
      if (known) known.children += 1;
      else reasons.set(key, { outcome, horizon, arm, why, kind, children: 1 });
    }
  }
}

async function council(
  tx: Transaction,
  evaluation: Evaluation,
  base: Deciding,
  code: string,
  cut: Date,
): Promise<Cut> {
  return {
    known: await knownAsOf(tx, { councils: [code] }, cut),
    allotted: await allottedAsOf(tx, evaluation, cut, code),
    optedOut: base.optedOut,
  };
}

/** Participants of whom records that had been known before `day` were purged before `until`, by kind of record. */
async function purgedBetween(
  tx: Transaction,
  { id }: Evaluation,
  { day, until }: { day: Date; until: Date },
): Promise<Reason[]> {
  const rows = await tx<{ kind: number; children: number }[]>`
    select e.kind, count(distinct e.child_key)::integer as children
    from waymark.participant p join waymark.case_event e using (child_key)
    where p.evaluation_id = ${id} and e.purged and e.ledgered_at >= ${day.toISOString()}::timestamptz
      and e.ledgered_at < ${until.toISOString()}::timestamptz
      and exists (select from waymark.case_event was
        where was.child_key = e.child_key and was.kind = e.kind and was.record_id = e.record_id and not was.purged
          and was.ledgered_at < ${day.toISOString()}::timestamptz)
    group by e.kind`;
  return rows.map(({ kind, children }) => ({
    ...{ outcome: null, horizon: null, arm: null, why: 'purged' },
    ...{ kind: kindNamed(kind) ?? null, children },
  }));
}

/**
 * What was known before `cuts.day` and, where it is given, before `cuts.until`.
 * @param tx at one moment of the store (repeatable read)
 * @param progress is told after each council how many are done; it throws when the work should stop
 */
export async function figuresAsOf(
  tx: Transaction,
  evaluation: Evaluation,
  cuts: { day: Date; until: Date | null },
  progress: (done: number) => Promise<void>,
): Promise<{ day: Figures; until: Figures | null; reasons: Reason[] }> {
  const deciding = await decidingOf(tx, evaluation);
  const sums = { day: new Sum(), until: new Sum() };
  const reasons = new Map<string, Reason>();
  for (const [at, code] of evaluation.protocol.councils.entries()) {
    const before = await council(tx, evaluation, deciding, code, cuts.day);
    const after = cuts.until ? await council(tx, evaluation, deciding, code, cuts.until) : before;
    const entries: Entries = deciding.keeps ? await entriesOf(tx, evaluation, code) : new Map();
    const see = seeing(deciding, entries);
    const took: EvaluatedParticipant[] = [];
    const takes: EvaluatedParticipant[] = [];
    let looked = 0;
    for (const sights of sightsOf(before, after)) {
      const compared = cuts.until
        ? compare(see, sights.before, sights.after)
        : { earlier: see(sights.before), later: null, changes: [] };
      if (compared.earlier) took.push(compared.earlier);
      if (compared.later) takes.push(compared.later);
      noteReasons(reasons, compared);
      looked += 1;
      if (looked % AT_ONCE === 0) await turn();
    }
    sums.day.add(evaluation, before, code, took);
    sums.until.add(evaluation, after, code, takes);
    await progress(at + 1);
  }
  return {
    day: sums.day.figures(),
    until: cuts.until ? sums.until.figures() : null,
    reasons: [
      ...reasons.values(),
      ...(cuts.until ? await purgedBetween(tx, evaluation, { day: cuts.day, until: cuts.until }) : []),
    ],
  };
}
