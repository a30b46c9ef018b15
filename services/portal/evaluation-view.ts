// What a reader may see of one evaluation: protected numbers, and how far each of them can be known. Pages and API share it.
import type { ProtectedOutcome, ProtectedResult } from '../disclosure/protect.ts';
import { hiddenWaves } from '../disclosure/waves.ts';
import { list, months } from '../page/words.ts';
import { PortalProblem } from './problem.ts';
import type { EvaluationSummary, MaturityRow, PlanRecord, PortalStore } from './store.ts';

/** `settled`: every wave has reached the horizon. `partly`: some children have. `not-yet`: none has. */
export type Knowledge = 'settled' | 'partly' | 'not-yet';

export interface ShownMaturityRow extends Omit<MaturityRow, 'participants'> {
  /** Null where the number is hidden. */
  participants: number | null;
}

export interface EvaluationView {
  summary: EvaluationSummary;
  result: ProtectedResult;
  maturity: ShownMaturityRow[];
  /** The Europe/London day on which the page is read, YYYY-MM-DD. */
  today: string;
}

/** Councils whose records are not there although a result is due, in alphabetical order. */
export const holdingUp = (rows: readonly ShownMaturityRow[], today: string): string[] =>
  [
    ...new Set(
      rows.filter((row) => row.frozenAt === null && row.due < today).flatMap((row) => row.waitingFor),
    ),
  ].sort();

export const outcomeTitle = (result: ProtectedResult, id: string): string =>
  result.definitions.find((definition) => definition.id === id)?.definition.title ?? id;

export const horizonsOf = (result: ProtectedResult): number[] =>
  [...new Set(result.results.map((each) => each.horizon))].sort((a, b) => a - b);

export const outcomesOf = (result: ProtectedResult): string[] => [
  ...new Set(result.results.map((each) => each.outcome)),
];

export function knowledgeOf(result: ProtectedResult, each: ProtectedOutcome): Knowledge {
  if (each.arms.every((arm) => arm.matured === 0)) return 'not-yet';
  const frozen = result.waves.frozen.find((row) => row.horizon === each.horizon)?.waves ?? 0;
  return frozen === result.waves.total && result.waves.total > 0 ? 'settled' : 'partly';
}

/** An evaluation of the catalogue. @throws PortalProblem 404 with a way on */
export async function findEvaluation(store: PortalStore, slug: string): Promise<EvaluationSummary> {
  const summary = (await store.evaluations()).find((evaluation) => evaluation.slug === slug);
  if (summary) return summary;
  throw new PortalProblem(
    404,
    'unknown-evaluation',
    'There is no evaluation at this address. It may have been renamed, or the address may have been cut short.',
    [{ text: 'See all evaluations', href: '/' }],
  );
}

/** The protected result, or null when nothing has been worked out yet. */
export async function findResult(
  store: PortalStore,
  summary: EvaluationSummary,
): Promise<ProtectedResult | null> {
  const result = await store.result(summary.slug);
  return result && store.throughGate(summary, result);
}

/** @throws PortalProblem 404 when the evaluation went, or was taken from the reader, while it was read */
export async function findPlan(store: PortalStore, { slug }: EvaluationSummary): Promise<PlanRecord> {
  const plan = await store.plan(slug);
  if (plan) return plan;
  throw new PortalProblem(404, 'unknown-evaluation', 'This evaluation is no longer here.', [
    { text: 'See all evaluations', href: '/' },
  ]);
}

export async function findMaturity(
  store: PortalStore,
  summary: EvaluationSummary,
): Promise<ShownMaturityRow[]> {
  const rows = await store.maturity(summary.slug);
  const hidden = hiddenWaves(
    rows.map((row) => ({ ...row, settled: row.frozenAt !== null })),
    { threshold: summary.disclosureThreshold },
  );
  return rows
    .map((row) => ({ ...row, participants: hidden.has(row.wave) ? null : row.participants }))
    .sort((a, b) => a.wave.localeCompare(b.wave) || a.horizon - b.horizon);
}

/** The catalogue's number of children, or null where it is hidden. */
export const shownParticipants = (summary: EvaluationSummary): number | null =>
  summary.participants > 0 && summary.participants < summary.disclosureThreshold
    ? null
    : summary.participants;

/** Which part of an evaluation a page is asked to show. */
export interface Selection {
  outcome: string | null;
  horizon: number | null;
}

/** The address of the dashboard with a selection. */
export function dashboardPath(slug: string, { outcome, horizon }: Selection): string {
  const query = new URLSearchParams();
  if (outcome !== null) query.set('outcome', outcome);
  if (horizon !== null) query.set('horizon', String(horizon));
  const text = query.toString();
  return `/evaluations/${slug}${text && `?${text}`}`;
}

/** Ways to cut the children into smaller groups that a reader may expect. */
const smallerGroups: ReadonlySet<string> = new Set(['wave', 'council', 'period', 'age', 'need', 'arm']);

/** Reads `?outcome=` and `?horizon=`. @throws PortalProblem 404 that names what there is, each with its link */
export function readSelection(result: ProtectedResult, query: Record<string, unknown>): Selection {
  const slug = result.evaluation;
  const known = ['outcome', 'horizon'];
  const stranger = Object.keys(query).find((name) => !known.includes(name));
  const all = {
    text: 'All outcomes of this evaluation',
    href: dashboardPath(slug, { outcome: null, horizon: null }),
  };
  if (stranger !== undefined) {
    throw new PortalProblem(
      404,
      'unknown-filter',
      `This page can be narrowed by outcome and by horizon, but not by “${stranger.slice(0, 40)}”. ${
        smallerGroups.has(stranger)
          ? 'Numbers of smaller groups could be subtracted from those of all children until a few children are left, so this page shows all children of the evaluation together. Rounded numbers by month of referral, council, age and need have a page of their own.'
          : 'The address may be older than this page.'
      }`,
      smallerGroups.has(stranger)
        ? [
            { text: 'Outcomes by month of referral', href: `/evaluations/${slug}/groups?by=wave` },
            { text: 'Outcomes by council', href: `/evaluations/${slug}/groups?by=council` },
            { text: 'Outcomes by age', href: `/evaluations/${slug}/groups?by=age` },
            { text: 'Outcomes by need', href: `/evaluations/${slug}/groups?by=need` },
            all,
          ]
        : [all],
    );
  }
  const outcomes = outcomesOf(result);
  const horizons = horizonsOf(result);
  const outcome = query.outcome === undefined || query.outcome === '' ? null : String(query.outcome);
  if (outcome !== null && !outcomes.includes(outcome)) {
    throw new PortalProblem(
      404,
      'unknown-outcome',
      `This evaluation has no outcome called “${outcome.slice(0, 80)}”. Its outcomes are listed below.`,
      [
        ...outcomes.map((id) => ({
          text: outcomeTitle(result, id),
          href: dashboardPath(slug, { outcome: id, horizon: null }),
        })),
        all,
      ],
    );
  }
  const horizonText = query.horizon === undefined || query.horizon === '' ? null : String(query.horizon);
  const horizon = horizonText === null ? null : Number(horizonText);
  if (horizon !== null && !horizons.includes(horizon)) {
    throw new PortalProblem(
      404,
      'unknown-horizon',
      `This evaluation follows children for ${list(horizons.map(String))} months, not for “${String(horizonText).slice(0, 20)}”.`,
      [
        ...horizons.map((each) => ({
          text: months(each),
          href: dashboardPath(slug, { outcome, horizon: each }),
        })),
        all,
      ],
    );
  }
  if (outcome !== null && horizon !== null) checkFollowed(result, outcome, horizon);
  return { outcome, horizon };
}

/** An outcome need not be followed to every horizon of its evaluation. @throws PortalProblem 404 that names its horizons */
function checkFollowed(result: ProtectedResult, outcome: string, horizon: number): void {
  const followed = result.results
    .filter((each) => each.outcome === outcome)
    .map((each) => each.horizon)
    .sort((a, b) => a - b);
  if (followed.includes(horizon)) return;
  const title = outcomeTitle(result, outcome);
  throw new PortalProblem(
    404,
    'unknown-combination',
    `“${title}” is followed for ${list(followed.map(String))} months in this evaluation, and not for ${horizon}. Other outcomes are.`,
    [
      ...followed.map((each) => ({
        text: `${title} after ${months(each)}`,
        href: dashboardPath(result.evaluation, { outcome, horizon: each }),
      })),
      {
        text: `All outcomes after ${months(horizon)}`,
        href: dashboardPath(result.evaluation, { outcome: null, horizon }),
      },
    ],
  );
}
