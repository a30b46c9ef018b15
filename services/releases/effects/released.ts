// What may leave of a kept analysis. Its counts are a table like any other, judged with everything that its readers have seen;
// an effect tells of the counts that it is made of, so it leaves only where those do. What is judged by nothing stays inside:
// balance, matching, councils, sensitivity analyses, looks and costs.
import type { AnalysisRecord, AnalysisSet, Estimate, OutcomeAnalysis } from '../../../schemas/analysis.ts';
import type { ReleaseFinding } from '../../../schemas/release.ts';
import {
  type ShownEstimate,
  type ShownOutcome,
  type ShownRecord,
  type ShownSet,
  shownRecord,
} from '../../analysis/report/shown.ts';
import type { ShownSubgroup } from '../../analysis/report/shown-groups.ts';
import type { Panel } from '../../disclosure/panel.ts';
import type { ProtectedArm } from '../../disclosure/protect.ts';
import { UserError } from '../../platform/errors.ts';
import { releasedCurves } from './curves.ts';
import { hasResidualFreedom } from './degrees-of-freedom.ts';
import { PROBABILITY_PLACES, placesOf, rounded } from './rounded.ts';

/** How much the rules leave out of an analysis that they let through. */
export interface LeftOut {
  estimates: number;
  subgroups: number;
  curves: number;
}

export interface ReleasedEffects {
  effects: ShownRecord;
  leftOut: LeftOut;
}

/** Groups whose outcomes readers see rounded elsewhere: exact ones beside them would give more away. */
const ROUNDED_ELSEWHERE: readonly string[] = ['council', 'wave'];

const hasDigit = (text: string): boolean => /\d/.test(text);
const wordsAlone = (texts: readonly string[]): string[] => texts.filter((text) => !hasDigit(text));

/** Events and their absence are each nobody's or of enough children. */
const isCarried = ({ events, matured }: AnalysisSet, threshold: number): boolean =>
  threshold <= 1 || (events !== null && events >= threshold && matured - events >= threshold);

function releasedSet(set: ShownSet, judged: ProtectedArm, everybody: boolean, shown: boolean): ShownSet {
  const { notAtRisk, pending, matured, events, censored, risk } = judged;
  const nobodyLeftOut = everybody ? 0 : null;
  return {
    ...set,
    ...{ notAtRisk, pending, matured },
    events: shown ? events : null,
    censored: shown ? censored : null,
    risk: shown ? risk : null,
    straddling: nobodyLeftOut,
    missingCovariates: nobodyLeftOut,
    analysed: everybody ? matured : null,
    clusters: matured === null ? null : set.clusters,
  };
}

function releasedEstimate(row: Estimate, totals: readonly number[], ofCouncils: boolean): ShownEstimate {
  const places = placesOf(row.measure);
  const showN = totals.includes(row.n);
  return {
    ...row,
    estimate: rounded(row.estimate, places),
    standardError: rounded(row.standardError, places + 1),
    degreesOfFreedom: rounded(row.degreesOfFreedom, 1),
    lower: rounded(row.lower, places),
    upper: rounded(row.upper, places),
    p: rounded(row.p, PROBABILITY_PLACES),
    n: showN ? row.n : null,
    clusters: ofCouncils || showN ? row.clusters : null,
    warnings: wordsAlone(row.warnings),
  };
}

function releasedSubgroup(subgroup: ShownSubgroup, threshold: number): ShownSubgroup {
  const carried = ({ arms }: ShownSubgroup['levels'][number]): boolean =>
    threshold <= 1 ||
    arms.every(
      ({ n, events }) => n !== null && events !== null && events >= threshold && n - events >= threshold,
    );
  const levels = subgroup.levels.map((level) => ({
    ...level,
    effect:
      level.effect && carried(level)
        ? {
            estimate: rounded(level.effect.estimate, PROBABILITY_PLACES),
            lower: rounded(level.effect.lower, PROBABILITY_PLACES),
            upper: rounded(level.effect.upper, PROBABILITY_PLACES),
          }
        : null,
  }));
  const { interaction } = subgroup;
  const whole = levels.every(({ effect }) => effect !== null);
  return {
    ...subgroup,
    levels,
    interaction:
      interaction && whole
        ? {
            ...interaction,
            statistic: rounded(interaction.statistic, 3) ?? 0,
            denominatorDf: rounded(interaction.denominatorDf, 1),
            p: rounded(interaction.p, PROBABILITY_PLACES) ?? 0,
          }
        : null,
  };
}

class Releasing {
  readonly #record: AnalysisRecord;
  readonly #panels: readonly Panel[];
  readonly #threshold: number;
  readonly leftOut: LeftOut = { estimates: 0, subgroups: 0, curves: 0 };

  /** @param threshold of the release: no less than that of the record */
  constructor(record: AnalysisRecord, panels: readonly Panel[], threshold: number) {
    this.#record = record;
    this.#panels = panels;
    this.#threshold = threshold;
  }

  #judged(outcome: string) {
    return this.#panels.find((one) => one.outcome === outcome)?.results ?? [];
  }

  /** Curves are of every horizon: they leave where no count of any is hidden, rounded to the threshold that holds now. */
  #curves(result: OutcomeAnalysis): OutcomeAnalysis['curves'] {
    const { study } = this.#record;
    const all = this.#judged(result.outcome).flatMap(({ arms }) => arms);
    const open = all.every(({ hidden }) => !hidden.includes('risk'));
    const asRounded = study.disclosure.threshold === this.#threshold;
    const curves = open && asRounded ? releasedCurves(result.curves, study.horizons, this.#threshold) : [];
    if (curves.length === 0) this.leftOut.curves += result.curves.length;
    return curves;
  }

  #estimates(result: OutcomeAnalysis, open: boolean): ShownEstimate[] {
    const { unit, plan } = this.#record.study;
    const ofCouncils = unit === 'council' || plan.clusters === 'council';
    const sum = (of: (set: AnalysisSet) => number) => result.sets.reduce((total, set) => total + of(set), 0);
    const totals = [sum(({ matured }) => matured), sum((set) => set.enrolled - set.notAtRisk)];
    const kept = open ? result.estimates.filter((row) => hasResidualFreedom(this.#record, row)) : [];
    this.leftOut.estimates += result.estimates.length - kept.length;
    return kept.map((row) => releasedEstimate(row, totals, ofCouncils));
  }

  #subgroups(subgroups: readonly ShownSubgroup[], open: boolean): ShownSubgroup[] {
    const kept = open ? subgroups.filter(({ by }) => !ROUNDED_ELSEWHERE.includes(by)) : [];
    const released = kept.map((one) => releasedSubgroup(one, this.#threshold));
    this.leftOut.subgroups +=
      subgroups.length -
      kept.length +
      released.flatMap(({ levels }) => levels).filter(({ effect }) => !effect).length;
    return released;
  }

  outcome(shown: ShownOutcome, result: OutcomeAnalysis): ShownOutcome {
    const judged = this.#judged(result.outcome).find(({ horizon }) => horizon === result.horizon);
    if (!judged) throw new Error(`${result.outcome} at ${result.horizon} months was not judged`);
    const isShown = shown.without === null && judged.arms.every(({ hidden }) => !hidden.includes('risk'));
    const open = isShown && result.sets.every((set) => isCarried(set, this.#threshold));
    const everybody = result.sets.every(({ analysed, matured }) => analysed === matured);
    return {
      ...shown,
      sets: shown.sets.map((set) => {
        const own = judged.arms.find(({ arm }) => arm === set.arm);
        if (!own) throw new Error(`the arm ${set.arm} was not judged`);
        return releasedSet(set, own, everybody, shown.without === null);
      }),
      estimates: this.#estimates(result, open),
      adjustedP: open ? rounded(result.adjustedP, PROBABILITY_PLACES) : null,
      subgroups: this.#subgroups(shown.subgroups, open),
      curves: this.#curves(result),
      ...{ councils: [], sensitivity: [], eventStudy: null, pooled: null },
      warnings: wordsAlone(result.warnings),
      without: shown.without ?? (open ? null : 'hidden'),
    };
  }
}

/** @returns null where an arm is smaller than the threshold, which may have risen since the analysis was made */
function shownUnder(record: AnalysisRecord, threshold: number): ShownRecord | null {
  const { study } = record;
  try {
    return shownRecord({ ...record, study: { ...study, disclosure: { ...study.disclosure, threshold } } });
  } catch (error) {
    if (error instanceof UserError && error.code === 'too-small') return null;
    throw error;
  }
}

/**
 * @param panels the counts of the analysis as they may be shown, one an outcome
 * @returns null where so little may be shown that nothing is
 */
export function releasedEffects(
  record: AnalysisRecord,
  panels: readonly Panel[],
  threshold: number,
): ReleasedEffects | null {
  const rows = panels.flatMap(({ results }) => results.flatMap(({ arms }) => arms));
  const shown = rows.some(({ enrolled }) => enrolled === null) ? null : shownUnder(record, threshold);
  if (shown === null) return null;
  const releasing = new Releasing(record, panels, threshold);
  const results = shown.results.map((one, at) => {
    const result = record.results[at];
    if (!result) throw new Error('an outcome that is shown is none of the record');
    return releasing.outcome(one, result);
  });
  return {
    effects: {
      ...shown,
      results,
      ...{ balance: [], matching: null, interim: null, costs: null },
      gates: shown.gates.map((gate) => ({ ...gate, words: null })),
    },
    leftOut: releasing.leftOut,
  };
}

const finding = (
  reason: ReleaseFinding['reason'],
  what: string,
  of: Partial<Pick<ReleaseFinding, 'outcome' | 'arm' | 'horizons'>> = {},
): ReleaseFinding => ({ outcome: null, arm: null, horizons: [], ...of, what, reason });

/** What a person has to judge, whatever readers have seen. */
export function effectFindings({ results, interim, gates }: AnalysisRecord): ReleaseFinding[] {
  const leftOut = results.flatMap(({ outcome, horizon, sets }) =>
    sets.flatMap(({ arm, straddling }) =>
      straddling > 0 ? [finding('left-out', 'straddling', { outcome, arm, horizons: [horizon] })] : [],
    ),
  );
  const isLook = interim !== null && (interim.share === null || interim.share < 1);
  const texts = gates.flatMap(({ id, accepted }) =>
    accepted && hasDigit(`${accepted.reason}${accepted.by}`) ? [finding('text', id)] : [],
  );
  return [...leftOut, ...(isLook ? [finding('interim', 'interim-look')] : []), ...texts];
}
