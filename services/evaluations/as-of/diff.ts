// Which outcomes differ between what was known on two days, and because of what. Every outcome of every child that took part
// on either day is counted once: compared = unchanged + changed, and changed = the sum over what changed.
import { isDeepStrictEqual } from 'node:util';
import { groupsOf, linksIn, type Pseudonym } from '../../outcomes/persons.ts';
import type { Database } from '../../platform/database.ts';
import type { Allotted, OptedOut } from '../evaluate/allocation.ts';
import type { EvaluatedParticipant, KnownOutcome } from '../evaluate/evaluate.ts';
import type { Knowledge } from '../evaluate/known.ts';
import type { Evaluation } from '../evaluation.ts';
import { answerAt, type Cause, causesOf, type See, type Sight, seenBy } from './causes.ts';
import { allottedAsOf, knownAsOf, optedOutOf } from './known-as-of.ts';

/** `moved`: the same answer in another arm or from another index. The first that applies is said. */
export const changeNames = ['entered', 'left', 'state', 'date', 'matured', 'moved'] as const;
export type ChangeName = (typeof changeNames)[number];

export interface OutcomeChange {
  council: string;
  child: string;
  outcome: string;
  horizon: number;
  change: ChangeName;
  /** Null: the child did not take part. */
  before: KnownOutcome | null;
  after: KnownOutcome | null;
  because: Cause[];
}

/** What `waymark diff --json` prints. Fields are added, never renamed or removed, within one version. */
export interface DiffRecord {
  diffVersion: 1;
  evaluation: string;
  from: string;
  to: string;
  participants: { before: number; after: number; entered: number; left: number };
  outcomes: { compared: number; unchanged: number; changed: number; byChange: Record<ChangeName, number> };
  /** Statements whose content a purge has erased since: what they said can be told of neither day. */
  erasedStatements: number;
  changes: OutcomeChange[];
}

export interface Cut {
  known: Knowledge;
  allotted: Allotted;
  optedOut: OptedOut;
}

function nameChange(before: KnownOutcome | null, after: KnownOutcome | null): ChangeName {
  if (before === null) return 'entered';
  if (after === null) return 'left';
  if (before.state !== after.state) return 'state';
  if (before.date !== after.date || before.censorReason !== after.censorReason) return 'date';
  return before.matured !== after.matured ? 'matured' : 'moved';
}

const keyOf = ({ council, child }: { council: string; child: string }): string => `${council} ${child}`;

type Said = ReadonlyMap<string, Pseudonym>;

const saidAt = ({ known }: Cut): Said => new Map(known.pseudonyms().map((one) => [keyOf(one), one]));

/** A child under the pseudonyms of its group that anything was said under. */
function sightOf(
  { known, allotted, optedOut }: Cut,
  said: Said,
  key: string,
  group: readonly string[],
): Sight {
  const [council = '', child = ''] = key.split(' ');
  const own = group.flatMap((name) => said.get(name) ?? []);
  const newest = new Map(own.map((one) => [one.child, one.newest]));
  return { council, child, said: newest, feed: known.feedOf(council), allotted, optedOut };
}

/** Every child that went by its pseudonym at either cut, as it stood at both, in order of council and pseudonym. */
export function* sightsOf(before: Cut, after: Cut): Generator<{ before: Sight; after: Sight }> {
  const [earlier, later] = [saidAt(before), saidAt(after)];
  const groups = groupsOf([...linksIn(earlier.values()), ...linksIn(later.values())]);
  const children = new Set([...before.known.children(), ...after.known.children()].map(keyOf));
  for (const key of [...children].sort()) {
    const group = groups.get(key) ?? [key];
    yield { before: sightOf(before, earlier, key, group), after: sightOf(after, later, key, group) };
  }
}

/** One child's participation at both cuts, and each outcome that differs between them. */
export interface Compared {
  earlier: EvaluatedParticipant | null;
  later: EvaluatedParticipant | null;
  changes: OutcomeChange[];
}

export function compare(see: See, before: Sight, after: Sight): Compared {
  const [earlier, later] = [see(before), see(after)];
  const compared = (earlier ?? later)?.outcomes.length ?? 0;
  const positions = Array.from({ length: compared }, (_, position) => position).filter(
    (position) => !isDeepStrictEqual(answerAt(earlier, position), answerAt(later, position)),
  );
  const because = positions.length > 0 ? causesOf(see, before, after, positions) : [];
  const changes = positions.map((position, at): OutcomeChange => {
    const [was, is] = [earlier?.outcomes[position] ?? null, later?.outcomes[position] ?? null];
    const { outcome = '', horizon = 0 } = is ?? was ?? {};
    const { council, child } = after;
    const change = nameChange(was, is);
    return { council, child, outcome, horizon, change, before: was, after: is, because: because[at] ?? [] };
  });
  return { earlier, later, changes };
}

/** Compares two cuts, child by child: whoever went by its pseudonym at either. */
export function diffOf(
  { slug, protocol }: Evaluation,
  before: Cut,
  after: Cut,
  days: { from: string; to: string },
): Omit<DiffRecord, 'erasedStatements'> {
  const participants = { before: 0, after: 0, entered: 0, left: 0 };
  const changes: OutcomeChange[] = [];
  const see = seenBy(protocol);
  let compared = 0;
  for (const sights of sightsOf(before, after)) {
    const { earlier, later, changes: found } = compare(see, sights.before, sights.after);
    participants.before += Number(earlier !== null);
    participants.after += Number(later !== null);
    participants.entered += Number(!earlier && later !== null);
    participants.left += Number(earlier !== null && !later);
    compared += (earlier ?? later)?.outcomes.length ?? 0;
    changes.push(...found);
  }
  const count = (name: ChangeName) => changes.filter(({ change }) => change === name).length;
  const byChange = Object.fromEntries(changeNames.map((name) => [name, count(name)]));
  return {
    diffVersion: 1,
    evaluation: slug,
    ...days,
    participants,
    outcomes: {
      compared,
      unchanged: compared - changes.length,
      changed: changes.length,
      byChange: byChange as Record<ChangeName, number>,
    },
    changes,
  };
}

/** One moment of the store. `from` and `to` are instants to cut at; `days` is how they are named. */
export function diffBetween(
  db: Database,
  evaluation: Evaluation,
  cuts: { from: Date; to: Date },
  days: { from: string; to: string },
): Promise<DiffRecord> {
  return db.begin('isolation level repeatable read read only', async (tx) => {
    const optedOut = await optedOutOf(tx, evaluation);
    const at = async (cut: Date): Promise<Cut> => ({
      known: await knownAsOf(tx, evaluation.protocol, cut),
      allotted: await allottedAsOf(tx, evaluation, cut),
      optedOut,
    });
    const diff = diffOf(evaluation, await at(cuts.from), await at(cuts.to), days);
    const [erased] = await tx<{ count: number }[]>`
      select count(*)::integer as count from waymark.case_event e
      join waymark.child c using (child_key) join waymark.council co using (council_id)
      where co.code = any(${evaluation.protocol.councils}) and e.state is null and not e.purged
        and e.ledgered_at < ${cuts.to.toISOString()}::timestamptz`;
    return { ...diff, erasedStatements: erased?.count ?? 0 };
  });
}
