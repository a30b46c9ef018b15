// Recruitment of one evaluation as its readers may see it. Page and API share it.
import { londonDay } from '../../schemas/calendar.ts';
import { type ShownRecruitment, shownRecruitment } from '../analysis/recruitment/shown-recruitment.ts';
import { monthsBetween } from './council-quality.ts';
import { findMaturity } from './evaluation-view.ts';
import { PortalProblem } from './problem.ts';
import type { EvaluationSummary, PortalStore, RecruitmentRecord } from './store.ts';

export interface RecruitmentView {
  summary: EvaluationSummary;
  record: RecruitmentRecord;
  shown: ShownRecruitment;
  nameOf: (council: string) => string;
}

const monthOf = (day: string): string => `${day.slice(0, 7)}-01`;

/** From the first day of the window until it ends or the month of `today`, and whenever else somebody came in. */
function monthsOf({ screened, protocol }: RecruitmentRecord, today: string): string[] {
  const { from, to } = protocol.population;
  const last = monthOf(to < today ? to : today);
  const known = screened.flatMap(({ month }) => month ?? []);
  const all = [monthOf(from), ...(last >= from ? [last] : []), ...known].sort();
  return monthsBetween(all[0] ?? monthOf(from), all.at(-1) ?? monthOf(from));
}

/** @throws PortalProblem 404 when the evaluation went, or was taken from the reader, while it was read */
export async function findRecruitment(
  store: PortalStore,
  summary: EvaluationSummary,
  now: Date,
): Promise<RecruitmentView> {
  const record = await store.recruitment(summary.slug);
  if (!record)
    throw new PortalProblem(404, 'unknown-evaluation', 'This evaluation is no longer here.', [
      { text: 'See all evaluations', href: '/' },
    ]);
  const maturity = await findMaturity(store, summary);
  const hiddenWaves = new Set(maturity.flatMap((row) => (row.participants === null ? [row.wave] : [])));
  const names = new Map(record.councils.map(({ code, name }) => [code, name]));
  return {
    ...{ summary, record },
    shown: shownRecruitment(
      record,
      record.protocol,
      [...names.keys()],
      monthsOf(record, londonDay(now)),
      hiddenWaves,
    ),
    nameOf: (council) => names.get(council) ?? council,
  };
}
