// Which table of groups an address asks for, and the table with its names. Pages and API share it.
import type { ProtectedResult } from '../disclosure/protect.ts';
import { list, month, months } from '../page/words.ts';
import { Grouping, type GroupsAsked, type ShownGroups } from '../releases/groups.ts';
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
      `Outcomes are shown by month of referral or by council, and not by “${(stranger ?? String(query.by)).slice(0, 40)}”. Other groups would be too small, or could be subtracted from one another.`,
      [to('By month of referral', {}), to('By council', { by: 'council' })],
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
  const { names, ...shown } = found;
  const title = outcomeTitle(result, asked.outcome);
  const nameOf = (group: string) => (asked.by === 'wave' ? month(group) : (names.get(group) ?? group));
  return { summary, result, asked, shown, title, nameOf };
}
