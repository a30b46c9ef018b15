// Standard errors of contrasts between arms whose estimates are each a function of their own rows: Greenwood's, or the sum of
// squared parts, for independent rows; regression/influence.ts for clusters, its CR2 with Satterthwaite df when they are few.
import { type EstimateRow, waldRow, withoutInterval } from '../answer.ts';
import { type Integers, type Vector, zeros } from '../arrays.ts';
import type { Grouping } from '../data/roles.ts';
import { type OneWay, tooFewClusters } from '../regression/cluster-rules.ts';
import { clusterVariance } from '../regression/influence.ts';
import type { Spec } from '../spec.ts';
import type { FollowUp } from './follow-up.ts';

/** One arm's estimate, and what each of its rows adds to it. */
export interface ArmPart {
  readonly value: number;
  /** Variance when rows are independent and weights are counts. */
  readonly variance: number;
  readonly rows: Integers;
  /** By place among `rows`; sums to 0. */
  readonly influence: Vector;
}

export interface Contrasts {
  /** Covariance of clusters; null without them. */
  readonly vcov: string | null;
  /** The row of a combination of the arms' values, `slopes` its derivative in each. */
  row(
    parts: readonly ArmPart[],
    slopes: readonly number[],
    term: string,
    value: number,
    scale?: 'identity' | 'log',
  ): EstimateRow;
}

/** @param few whether the clusters are so few that CR2 is the default */
export function armContrasts(
  spec: Spec,
  arms: Grouping,
  clusters: OneWay | null,
  followUp: FollowUp,
  few: (clusters: OneWay) => boolean,
): Contrasts {
  const vcov = clusters ? (spec.vcov ?? (few(clusters) ? 'CR2' : 'CR0')) : null;
  const rule = spec.df ?? (vcov === 'CR2' ? 'satterthwaite' : 'normal');
  const fractional = followUp.weights?.some((w) => !Number.isInteger(w)) ?? false;
  return {
    vcov,
    row(parts, slopes, term, value, scale = 'identity') {
      if (!clusters) {
        const variance = parts.reduce(
          (s, part, g) => s + (slopes[g] ?? 0) ** 2 * rowVariance(part, fractional),
          0,
        );
        return waldRow(term, value, Math.sqrt(variance), null, spec.level, scale);
      }
      const influence = zeros(arms.code.length);
      parts.forEach(({ rows, influence: own }, g) => {
        for (let i = 0; i < rows.length; i++) influence[rows[i]] = (slopes[g] ?? 0) * own[i];
      });
      const cohorts = { cohort: arms.code, cohorts: arms.levels.length, weights: followUp.weights };
      const { plain, corrected, df } = clusterVariance({ influence, ...cohorts }, clusters.grouping);
      const se = Math.sqrt(vcov === 'CR2' ? corrected : plain);
      const used = rule === 'satterthwaite' ? df : rule === 'clusters-1' ? clusters.count - 1 : null;
      const made = waldRow(term, value, se, used, spec.level, scale);
      const unknown = rule === 'satterthwaite' && df === null;
      return unknown || tooFewClusters(clusters) ? withoutInterval(made) : made;
    },
  };
}

const rowVariance = ({ variance, influence }: ArmPart, fractional: boolean): number =>
  fractional ? influence.reduce((s, x) => s + x * x, 0) : variance;
