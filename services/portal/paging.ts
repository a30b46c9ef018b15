// Lists that can grow are read page by page: `limit` items after the one named by `after`, which the address of the next
// page names for whoever follows it.
import { PortalProblem } from './problem.ts';

export const MOST = 200;

/**
 * One page of a list.
 * @param nameOf what an item is called in `after`; no two items share it
 * @param url of this page, as it was asked for
 * @throws PortalProblem 400 `bad-page`
 */
export function pageOf<Item>(
  all: readonly Item[],
  nameOf: (item: Item) => string,
  url: string,
  query: Record<string, unknown>,
): { items: Item[]; next: string | null } {
  const stranger = Object.keys(query).find((name) => name !== 'limit' && name !== 'after');
  const limit = query.limit === undefined ? MOST : Number(query.limit);
  const start = query.after === undefined ? 0 : all.findIndex((item) => nameOf(item) === query.after) + 1;
  const sentence =
    stranger !== undefined
      ? `There is no parameter “${stranger.slice(0, 40)}”: give limit and after, or neither.`
      : !Number.isInteger(limit) || limit < 1 || limit > MOST
        ? `limit is a whole number from 1 to ${MOST}.`
        : query.after !== undefined && start === 0
          ? 'The item named by after is not in the list any more: begin anew without it.'
          : null;
  if (sentence !== null) throw new PortalProblem(400, 'bad-page', sentence);
  const items = all.slice(start, start + limit);
  const last = items.at(-1);
  if (last === undefined || start + limit >= all.length) return { items, next: null };
  const path = url.split('?')[0];
  return { items, next: `${path}?${new URLSearchParams({ limit: String(limit), after: nameOf(last) })}` };
}
