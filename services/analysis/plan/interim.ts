// Looks before the end. Only children followed to the horizon are information; what a look may spend follows the plan's
// function of the share there was when it was made (Lan and DeMets 1983, Biometrika 70:659), and how alike looks are follows
// the children themselves: the two part where more or fewer come than the study was for (Lan and DeMets 1989, Statist. Med. 8:1191).
import type { Estimate, InterimLook, InterimState, OutcomeAnalysis } from '../../../schemas/analysis.ts';
import type { OutcomeDefinition } from '../../../schemas/outcome.ts';
import type { AnalysisPlan } from '../../../schemas/protocol/analysis-plan.ts';
import type { Protocol } from '../../../schemas/protocol.ts';
import { UserError } from '../../platform/errors.ts';
import { normalQuantile, tQuantile } from '../../statistics/distributions.ts';
import { estimate } from '../../statistics/estimate.ts';
import type { LastDay } from './follow-up.ts';
import { type Finding, notApplicable, pass, percent } from './gates/finding.ts';
import type { AnalysisParticipant } from './participant.ts';

type Plan = NonNullable<AnalysisPlan['interim']>;

/** Shares closer than this are the same. */
const SAME = 1e-9;

/** A look made before: the share of the information as it was reckoned then, and the children followed by then. */
export interface EarlierLook {
  share: number;
  followed: number;
}

export interface Timing extends Pick<InterimState, 'followed' | 'final' | 'share' | 'due'> {
  /** Looks made before, in their order. */
  earlier: readonly EarlierLook[];
}

/** Whether every participant's council has told of the whole window of recruitment. */
const isRecruited = (
  { population }: Protocol,
  participants: readonly AnalysisParticipant[],
  definition: OutcomeDefinition,
  lastDay: LastDay,
): boolean => participants.every((one) => (lastDay(one, definition) ?? '') >= population.to);

/** The first planned share beyond the last look; undefined when none is. */
const nextOf = ({ information }: Plan, earlier: readonly EarlierLook[]): number | undefined =>
  information.find((at) => at > (earlier.at(-1)?.share ?? 0) + SAME);

/**
 * How much is known and whether a look is due; null for a plan without looks.
 * @param earlier looks made before, in their order
 * @throws UserError `earlier-looks` when their children do not rise, or are not fewer than now
 */
export function timingOf(
  protocol: Protocol,
  participants: readonly AnalysisParticipant[],
  headline: OutcomeAnalysis | undefined,
  lastDay: LastDay,
  earlier: readonly EarlierLook[],
): Timing | null {
  const interim = protocol.analysis?.interim;
  const definition = protocol.outcomes.find(({ id }) => id === protocol.primary.outcome);
  if (!interim || !headline || !definition) return null;
  const sum = (of: 'matured' | 'pending') => headline.sets.reduce((total, set) => total + set[of], 0);
  const [followed, atRisk] = [sum('matured'), sum('matured') + sum('pending')];
  const over = isRecruited(protocol, participants, definition, lastDay);
  const planned = interim.participants === undefined ? null : Math.max(interim.participants, atRisk);
  const final = over ? atRisk : planned;
  const share = final === null || final === 0 ? null : followed / final;
  const counts = [0, ...earlier.map((look) => look.followed), followed];
  const isInOrder =
    counts.slice(1).every((count, place) => count > (counts[place] ?? 0)) &&
    earlier.every((look, place) => look.share >= (earlier[place - 1]?.share ?? 0));
  if (earlier.length > 0 && !isInOrder)
    throw new UserError(
      'earlier-looks',
      'The looks made before must be given in their order, and each with fewer children followed than now.',
      { field: 'earlier' },
    );
  const next = nextOf(interim, earlier);
  return {
    followed,
    final,
    share,
    due: share !== null && next !== undefined && next <= share + SAME,
    earlier,
  };
}

/** Effects are looked at when a look is due, and at no other time. */
export function interimLook({ analysis }: Protocol, timing: Timing | null): Finding {
  const interim = analysis?.interim;
  if (!interim || !timing) return notApplicable('The plan has no looks before the end.');
  const { followed, final, share, due, earlier } = timing;
  if (final === null || share === null)
    return pass(
      false,
      'Recruitment is not over and the plan does not say how many children it is for: how much of the information is there is not known.',
    );
  const known = `${percent(share)} of the information is there (${followed} of ${final} children followed to the end)`;
  const next = nextOf(interim, earlier);
  const planned =
    next === undefined
      ? 'every look of the plan was made'
      : `look ${interim.information.indexOf(next) + 1} of ${interim.information.length} is planned at ${percent(next)}`;
  return pass(due, `${known}; ${planned}.`, [followed, final - followed]);
}

type Placed = Pick<InterimLook, 'state' | 'information' | 'time' | 'followed'>;

/** Every look made, made now and to come. */
function placedLooks(
  shares: readonly number[],
  { earlier, final, share, followed }: Timing,
  isLook: boolean,
): Placed[] {
  const before = earlier.at(-1);
  const whole = final ?? (before ? before.followed / before.share : 1);
  const past = earlier.map(
    (look): Placed => ({
      state: 'made',
      information: look.followed / whole,
      time: look.share,
      followed: look.followed,
    }),
  );
  if (isLook && share !== null)
    past.push({ state: 'now', information: share, time: Math.max(share, before?.share ?? 0), followed });
  const last = past.at(-1);
  const passed = last ? Math.max(last.information, last.time) : 0;
  const toCome = shares.filter((at) => at > passed + SAME);
  return [
    ...past,
    ...toCome.map((at): Placed => ({ state: 'to-come', information: at, time: at, followed: null })),
  ];
}

/** Boundaries of looks, the last of them at all of the information. */
const boundariesAt = (
  looks: readonly Placed[],
  spend: Pick<Plan, 'spending' | 'gamma'>,
  alpha: number,
  sided: 1 | 2,
): { z: number[]; p: number[]; spent: number[] } => {
  const { z, p, spent } = estimate(
    {
      method: 'group-sequential',
      level: 0.95,
      information: looks.map(({ information }) => information),
      spendingTime: looks.map(({ time }) => time),
      alpha,
      sided,
      spending: spend.spending,
      ...(spend.gamma !== undefined && { gamma: spend.gamma }),
    },
    null,
  );
  return { z: z as number[], p: p as number[], spent: spent as number[] };
};

/** A p and the sign of its effect as a standard normal; above 0 is more events in the trial arm, or less time without one. */
function statisticOf({ measure, estimate: at, p }: Estimate): number | null {
  if (at === null || p === null) return null;
  const isMore =
    measure === 'restricted-mean-difference' ? at < 0 : measure === 'risk-difference' ? at > 0 : at > 1;
  // The smallest p a double holds is 38.5 standard deviations away.
  const size = -normalQuantile(Math.max(p / 2, Number.MIN_VALUE));
  return isMore ? size : -size;
}

/** An interval at the level of the look's own boundary (Jennison and Turnbull 1989, JRSS B 51:305). */
function repeatedInterval(row: Estimate, p: number): { lower: number; upper: number } | null {
  const { measure, estimate: at, standardError, degreesOfFreedom } = row;
  const isDifference = measure === 'risk-difference' || measure === 'restricted-mean-difference';
  if (!isDifference || at === null || standardError === null) return null;
  const half = -tQuantile(p / 2, degreesOfFreedom ?? Number.POSITIVE_INFINITY) * standardError;
  return Number.isFinite(half) ? { lower: at - half, upper: at + half } : null;
}

/** @param planned the planned estimate of the primary outcome; null while effects are withheld */
export function interimOf(
  { alpha, interim }: AnalysisPlan,
  timing: Timing | null,
  planned: Estimate | null,
  withheld: boolean,
): InterimState | null {
  if (!interim || !timing) return null;
  const { earlier, share } = timing;
  const isLook = !withheld && share !== null && share > 0;
  const looks = placedLooks(interim.information, timing, isLook);
  const { z, p, spent } = boundariesAt(looks, interim, alpha, 2);
  const at = earlier.length;
  const statistic = isLook && planned ? statisticOf(planned) : null;
  const [boundary, nominal] = [z[at] ?? Number.POSITIVE_INFINITY, p[at] ?? 0];
  const harmAt = interim.harm
    ? (boundariesAt(looks, interim.harm, interim.harm.alpha, 1).z[at] ?? Number.POSITIVE_INFINITY)
    : null;
  return {
    followed: timing.followed,
    final: timing.final,
    share,
    due: timing.due,
    looks: looks.map((look, place) => ({
      ...look,
      boundary: z[place] ?? 0,
      p: p[place] ?? 0,
      spent: Math.min(1, spent[place] ?? 0),
    })),
    now:
      statistic === null || !planned
        ? null
        : {
            statistic,
            crossed: Math.abs(statistic) < boundary ? 'none' : statistic > 0 ? 'more-events' : 'fewer-events',
            interval: repeatedInterval(planned, nominal),
            harm: harmAt === null ? null : { boundary: harmAt, crossed: statistic >= harmAt },
          },
  };
}
