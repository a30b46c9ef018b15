// Whether what is compared can carry the comparison: enough children after weighting or matching, councils that moved alike
// before they began, and outcomes that must not differ.
import type { Matching, OutcomeAnalysis } from '../../../../schemas/analysis.ts';
import type { Protocol } from '../../../../schemas/protocol.ts';
import { plannedEstimate } from '../estimates.ts';
import { arms, type Finding, notApplicable, pass, percent } from './finding.ts';

/** Fewer than half of the children after weighting, and the weights decide more than the records do (ours). */
const LEAST_EFFECTIVE = 0.5;

/** Of the arm that is weighted: the comparison, and the trial arm too where it is weighted. */
export function effectiveSize(matching: Matching | null, { sets }: OutcomeAnalysis): Finding {
  if (!matching) return notApplicable('The plan neither weighs nor matches.');
  const { effective, unmatched, use } = matching;
  const analysed = (arm: string) => sets.find((set) => set.arm === arm)?.analysed ?? 0;
  if (use === 'nearest') {
    const all = analysed('trial');
    const share = all === 0 ? 0 : 1 - (unmatched ?? 0) / all;
    return pass(
      share >= LEAST_EFFECTIVE,
      `${percent(share)} of the trial arm have somebody to be compared with; the limit is ${percent(LEAST_EFFECTIVE)}.`,
      [unmatched ?? 0],
    );
  }
  const shares = arms.map((arm) => effective[arm] / Math.max(1, analysed(arm)));
  const least = Math.min(...shares);
  return pass(
    least >= LEAST_EFFECTIVE,
    `Weighted, the arms are worth ${Math.round(effective.trial)} and ${Math.round(effective.comparison)} children; the limit is ${percent(LEAST_EFFECTIVE)} of those analysed.`,
  );
}

/** Whether councils moved alike before they began. */
export function preTrend({ eventStudy }: OutcomeAnalysis, { analysis }: Protocol): Finding {
  if (analysis?.model.method !== 'did') return notApplicable('The plan compares no changes.');
  const p = eventStudy?.preTrendP ?? null;
  if (p === null) return notApplicable('No two waves before a council began can be compared.');
  const alpha = analysis?.alpha ?? 0.05;
  return pass(
    p >= alpha,
    `Before councils began, changes differed from the others' with p = ${p.toPrecision(2)} (the smallest of all waves, times their number); under ${alpha} fails.`,
  );
}

export function negativeControls(
  results: readonly OutcomeAnalysis[],
  { primary, estimand, analysis }: Protocol,
): Finding {
  const controls = results.filter(
    (one) => one.role === 'negative-control' && one.horizon === primary.horizon,
  );
  if (controls.length === 0) return notApplicable('The protocol names no negative control.');
  const alpha = (analysis?.alpha ?? 0.05) / controls.length;
  // Where the planned estimate could not be made (every child of an arm had the event, say) another can still tell.
  const found = controls.map((one) => ({
    one,
    p:
      plannedEstimate(one.estimates, estimand?.summary)?.p ??
      one.estimates.find((row) => row.measure === estimand?.summary && row.p !== null)?.p ??
      null,
  }));
  const moved = found.filter(({ p }) => p !== null && p < alpha).map(({ one }) => one.outcome);
  return pass(
    moved.length === 0,
    moved.length === 0
      ? `No negative control differs between the arms at p under ${alpha.toPrecision(2)}.`
      : `The arms differ in what the intervention cannot have changed: ${moved.join(', ')}.`,
  );
}
