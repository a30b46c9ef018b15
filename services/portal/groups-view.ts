// Which table of groups an address asks for, and the table with its names. Pages and API share it.
import type { ProtectedResult } from '../disclosure/protect.ts';
import { needWords } from '../outcomes/code-words.ts';
import { list, month, months, sentence } from '../page/words.ts';
import { ageBands, Grouping, NOT_KNOWN, needs } from '../releases/groupings.ts';
import type { GroupsAsked, ShownGroups } from '../releases/groups.ts';
import { horizonsOf, outcomesOf, outcomeTitle } from './evaluation-view.ts';
import { PortalProblem } from './problem.ts';
import type { EvaluationSummary, PortalStore } from './store.ts';

export interface GroupsView {
  summary: EvaluationSummary;
  result: ProtectedResult;
  asked: GroupsAsked;
  shown: ShownGroups;
  /** Of the outcome. */
  title: string;
  nameOf: (group: string) => string;
}

export const groupsPath = (slug: string, { outcome, horizon, by }: GroupsAsked): string =>
  `/evaluations/${slug}/groups?${new URLSearchParams({ outcome, horizon: String(horizon), by })}`;

export const groupingWords: Readonly<Record<Grouping, string>> = {
  wave: 'month of referral',
  council: 'council',
  age: 'age',
  need: 'need',
};

const ageWords: Readonly<Record<string, string>> = {
  'under-1': 'Under 1, or not yet born',
  '1-to-4': '1 to 4',
  '5-to-9': '5 to 9',
  '10-to-15': '10 to 15',
  '16-or-over': '16 or over',
};

/** Why there is no table by that. */
function unknownFilter(asked: string): string {
  const ways = list(Grouping.options.map((by) => groupingWords[by])).replace(' and ', ' or ');
  if (['period', 'year', 'quarter'].includes(asked))
    return `Outcomes are shown by ${ways}, one of them at a time. Months of referral are the only calendar periods: longer ones are sums of months, and could be subtracted from them.`;
  return `Outcomes are shown by ${ways}, one of them at a time, and not by “${asked}”. Other groups, or several together, would be too small, or could be subtracted from one another.`;
}

/** Waves and councils by their names; ages and needs from the youngest and from the first code on, not known last. */
export function groupName(by: Grouping, group: string, councils: ReadonlyMap<string, string>): string {
  if (by === 'wave') return month(group);
  if (by === 'council') return councils.get(group) ?? group;
  if (group === NOT_KNOWN) return by === 'age' ? 'Age not known' : 'No need recorded';
  if (by === 'age') return ageWords[group] ?? group;
  return sentence(needWords[group as keyof typeof needWords] ?? group);
}

/** What fits beside a chart on a narrow screen; the table below it has the names. */
const shortNames: Readonly<Record<string, string>> = {
  'under-1': 'Under 1',
  [NOT_KNOWN]: 'Not known',
  N1: 'Abuse, neglect',
  N2: 'Child’s illness',
  N3: 'Parent’s illness',
  N4: 'Acute stress',
  N5: 'Dysfunction',
  N6: 'Behaviour',
  N8: 'Absent parents',
  N9: 'Other',
};

/** @param name the group's own */
export const nameOnChart = (by: Grouping, group: string, name: string): string =>
  by === 'age' || by === 'need' ? (shortNames[group] ?? name) : name;

const places: Partial<Record<Grouping, readonly string[]>> = { age: ageBands, need: needs };

/** Groups in the order in which a reader looks for them. */
export function inOrder<Of extends { group: string }>(by: Grouping, groups: readonly Of[]): Of[] {
  const order = places[by];
  if (!order) return [...groups];
  const place = ({ group }: Of) => (order.indexOf(group) + order.length + 1) % (order.length + 1);
  return [...groups].sort((a, b) => place(a) - place(b));
}

const given = (value: unknown): string | null => (value === undefined || value === '' ? null : String(value));

/** Reads `outcome`, `horizon` and `by`; the main question by wave unless told. @throws PortalProblem 404 with ways on */
export function readGroups(
  { primary, slug }: EvaluationSummary,
  result: ProtectedResult,
  query: Record<string, unknown>,
): GroupsAsked {
  const start: GroupsAsked = { ...primary, by: 'wave' };
  const to = (text: string, asked: Partial<GroupsAsked>) => ({
    text,
    href: groupsPath(slug, { ...start, ...asked }),
  });
  const stranger = Object.keys(query).find((name) => !['outcome', 'horizon', 'by'].includes(name));
  const grouping = Grouping.safeParse(given(query.by) ?? 'wave');
  if (stranger !== undefined || !grouping.success)
    throw new PortalProblem(
      404,
      'unknown-filter',
      unknownFilter((stranger ?? String(query.by)).slice(0, 40)),
      Grouping.options.map((by) => to(sentence(`by ${groupingWords[by]}`), { by })),
    );
  const by = grouping.data;
  const outcome = given(query.outcome) ?? primary.outcome;
  const horizon = Number(given(query.horizon) ?? primary.horizon);
  const followed = result.results.filter((one) => one.outcome === outcome).map((one) => one.horizon);
  if (followed.length === 0)
    throw new PortalProblem(
      404,
      'unknown-outcome',
      `This evaluation has no outcome called “${outcome.slice(0, 80)}”. Its outcomes are listed below.`,
      outcomesOf(result).map((id) => to(outcomeTitle(result, id), { outcome: id, by })),
    );
  if (!followed.includes(horizon))
    throw new PortalProblem(
      404,
      horizonsOf(result).includes(horizon) ? 'unknown-combination' : 'unknown-horizon',
      `“${outcomeTitle(result, outcome)}” is followed for ${list(followed.map(String))} months in this evaluation, not for “${String(query.horizon).slice(0, 20)}”.`,
      followed.map((each) => to(months(each), { outcome, horizon: each, by })),
    );
  return { outcome, horizon, by };
}

/** @throws PortalProblem 404 when the evaluation went while it was read */
export async function findGroups(
  store: PortalStore,
  summary: EvaluationSummary,
  result: ProtectedResult,
  asked: GroupsAsked,
): Promise<GroupsView> {
  const found = await store.groups(summary.slug, asked);
  if (!found)
    throw new PortalProblem(404, 'unknown-evaluation', 'This evaluation is no longer here.', [
      { text: 'See all evaluations', href: '/' },
    ]);
  const { names, ...rest } = found;
  const shown = { ...rest, groups: inOrder(asked.by, rest.groups) };
  const title = outcomeTitle(result, asked.outcome);
  const nameOf = (group: string) => groupName(asked.by, group, names);
  return { summary, result, asked, shown, title, nameOf };
}
