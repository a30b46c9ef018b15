// A council's share of unusable lines by month, beside what its own past would lead to expect.
import { limitsAt } from '../page/funnel.ts';
import type { CouncilAccount, HeldCount } from './council-account.ts';

export interface QualityMonth {
  /** First day, YYYY-MM-DD. */
  month: string;
  /** Events new to the ledger. */
  events: number;
  refused: number;
  quarantined: number;
  /** Of refused and quarantined among all three, from 0 to 1; null where nothing came. */
  share: number | null;
  /** The most that chance alone would explain after the months before, from 0 to 1; null without enough of a past. */
  limit: number | null;
  /** More than that. */
  unusual: boolean;
  codes: { code: string; count: number }[];
}

/** Months that stand for the past of one. */
const PAST = 12;
const LEAST_PAST = 3;
const SHOWN = 24;
/** Three standard deviations (Shewhart's p chart). */
const Z = 3;

const following = (month: string): string => {
  const [year = 0, of = 0] = month.split('-').map(Number);
  return new Date(Date.UTC(year, of, 1)).toISOString().slice(0, 10);
};

/** Every month from the first to the last. */
export function monthsBetween(first: string, last: string): string[] {
  const months: string[] = [];
  for (let month = first; month <= last; month = following(month)) months.push(month);
  return months;
}

function byCode(held: readonly HeldCount[]): { code: string; count: number }[] {
  const counts = new Map<string, number>();
  for (const { code, count } of held) counts.set(code, (counts.get(code) ?? 0) + count);
  return [...counts]
    .map(([code, count]) => ({ code, count }))
    .sort((a, b) => b.count - a.count || a.code.localeCompare(b.code));
}

const sum = (numbers: readonly number[]): number => numbers.reduce((total, one) => total + one, 0);

/**
 * The latest two years, oldest first.
 * @param today the London day, YYYY-MM-DD
 */
export function qualityByMonth({ sent, held }: CouncilAccount, today: string): QualityMonth[] {
  const known = [...sent, ...held].map(({ month }) => month).sort();
  const [first] = known;
  if (first === undefined) return [];
  const all = monthsBetween(first, `${today.slice(0, 7)}-01`).map((month) => {
    const own = held.filter((one) => one.month === month);
    const of = (by: HeldCount['by']) => sum(own.filter((one) => one.by === by).map(({ count }) => count));
    const events = sum(sent.filter((one) => one.month === month).map((one) => one.events));
    const [refused, quarantined] = [of('gateway'), of('ingest')];
    const n = events + refused + quarantined;
    return { month, events, refused, quarantined, n, unusable: refused + quarantined, codes: byCode(own) };
  });
  return all
    .map(({ n, unusable, ...row }, at): QualityMonth => {
      const past = all.slice(Math.max(0, at - PAST), at).filter((one) => one.n > 0);
      const share = n === 0 ? null : unusable / n;
      const limit =
        past.length < LEAST_PAST || n === 0
          ? null
          : limitsAt(sum(past.map((one) => one.unusable)) / sum(past.map((one) => one.n)), n, Z).upper / 100;
      return { ...row, share, limit, unusual: share !== null && limit !== null && share > limit };
    })
    .slice(-SHOWN);
}
