// Pseudonyms that standing statements call one child are one person: everything said under any of them is said of it. Who is
// one person follows from the statements that stand and nothing else, so a statement corrected or purged parts them again.
import type { CaseEvent } from '../../schemas/case-event.ts';
import type { NewestStatements } from './live-records.ts';

export type Link = readonly [string, string];

/** The names that are linked, directly or through others: from each of them to all of its group, in order. */
export function groupsOf(links: Iterable<Link>): Map<string, string[]> {
  const groups = new Map<string, string[]>();
  const groupOf = (name: string): string[] => {
    const group = groups.get(name) ?? [name];
    groups.set(name, group);
    return group;
  };
  for (const [a, b] of links) {
    const [one, other] = [groupOf(a), groupOf(b)];
    if (one === other) continue;
    const [larger, smaller] = one.length >= other.length ? [one, other] : [other, one];
    for (const name of smaller) groups.set(name, larger);
    larger.push(...smaller);
  }
  for (const group of new Set(groups.values())) group.sort();
  return groups;
}

/** The two pseudonyms that a statement calls the same child; null where it says nothing of the kind. */
function linkIn(event: CaseEvent): Link | null {
  if (event.type !== 'waymark.case.same-child.v1' || !('state' in event.data)) return null;
  return event.data.state.same ? [event.subject, event.data.state.other] : null;
}

/** What was said under one pseudonym of a council. */
export interface Pseudonym {
  council: string;
  child: string;
  newest: NewestStatements;
}

/** One child, under all its pseudonyms. */
export interface Person extends Pseudonym {
  /** The lowest of its pseudonyms: the person goes by it. */
  child: string;
  /** In order. One of them may be known by name alone, from a statement that it is the same child. */
  pseudonyms: readonly string[];
}

const nameOf = (council: string, child: string): string => `${council} ${child}`;

/** Pseudonyms linked by any of the statements, as names of a council and a pseudonym. */
export const linksIn = (said: Iterable<Pseudonym>): Link[] =>
  [...said].flatMap(({ council, newest }) =>
    [...newest.values()].flatMap((event): Link[] => {
      const link = linkIn(event);
      return link ? [[nameOf(council, link[0]), nameOf(council, link[1])]] : [];
    }),
  );

/** The children of whom anything was said, in order of council and pseudonym. */
export function personsOf(said: readonly Pseudonym[]): Person[] {
  const groups = groupsOf(linksIn(said));
  const persons = new Map<string, Person>();
  for (const { council, child, newest } of said) {
    const group = groups.get(nameOf(council, child)) ?? [nameOf(council, child)];
    const [name = ''] = group;
    const known = persons.get(name);
    if (known) for (const [record, event] of newest) known.newest.set(record, event);
    else {
      const pseudonyms = group.map((one) => one.slice(council.length + 1));
      const key = pseudonyms[0] ?? child;
      const all = group.length > 1 ? new Map(newest) : newest;
      persons.set(name, { council, child: key, pseudonyms, newest: all });
    }
  }
  return [...persons.entries()].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, person]) => person);
}
