// What each arm cost, by unit costs given as data: quantities and costs a child, with intervals by drawing whole clusters
// with replacement within each arm (Davison and Hinkley, 1997, sec. 3.8), so that children of one cluster stay together.
import type { CostConsequence, UnitCosts } from '../../../schemas/analysis.ts';
import { isMeasuredInDays } from '../../../schemas/outcome.ts';
import type { AnalysisPlan } from '../../../schemas/protocol/analysis-plan.ts';
import type { Arm, Protocol } from '../../../schemas/protocol.ts';
import { contentHash } from '../../platform/content-hash.ts';
import { UserError } from '../../platform/errors.ts';
import { random } from '../../statistics/random.ts';
import { TOO_FEW_CLUSTERS_PER_ARM } from '../../statistics/regression/cluster-rules.ts';
import type { AnalysedOutcome, AnalysisParticipant } from './participant.ts';
import { clusterOf, isAnalysed } from './sets.ts';
import { isStraddling } from './straddling.ts';

const DRAWS = 2000;
const SEED = 1;
const ARMS: readonly Arm[] = ['trial', 'comparison'];

type Compared = CostConsequence['total'];

interface Item {
  given: UnitCosts['items'][number];
  per: 'event' | 'day';
  at: number;
}

/** @throws UserError `unknown-outcome` or `unknown-horizon`, naming the item or the horizon */
function itemsOf(protocol: Protocol, costs: UnitCosts): Item[] {
  const h = protocol.horizons.indexOf(costs.horizon);
  if (h < 0)
    throw new UserError(
      'unknown-horizon',
      `Costs are asked for at ${costs.horizon} months: the protocol has ${protocol.horizons.join(', ')}.`,
      { field: 'horizon' },
    );
  return costs.items.map((given, place) => {
    const o = protocol.outcomes.findIndex(({ id }) => id === given.outcome);
    const definition = protocol.outcomes[o];
    if (!definition)
      throw new UserError(
        'unknown-outcome',
        `The protocol has no outcome ${given.outcome}: ${protocol.outcomes.map(({ id }) => id).join(', ')}.`,
        { field: `items.${place}.outcome` },
      );
    return {
      given,
      per: isMeasuredInDays(definition) ? 'day' : 'event',
      at: o * protocol.horizons.length + h,
    };
  });
}

/** Null where it is not known to the horizon. */
function quantityOf({ per, at }: Item, one: AnalysisParticipant, protocol: Protocol): number | null {
  const outcome = one.outcomes[at] as AnalysedOutcome;
  if (outcome.state === 'not-at-risk' && outcome.matured) return 0;
  if (!isAnalysed(outcome) || outcome.state === 'censored' || isStraddling(protocol, one, outcome))
    return null;
  return per === 'day' ? outcome.value : Number(outcome.state === 'event');
}

/** Children, and sums of quantities by item, of the clusters of one arm: cluster by cluster. */
interface Clusters {
  n: number[];
  sums: Float64Array[];
}

function clustersOf(
  arm: Arm,
  protocol: Protocol,
  plan: AnalysisPlan,
  items: readonly Item[],
  participants: readonly AnalysisParticipant[],
): Clusters {
  const place = new Map<string, number>();
  const n: number[] = [];
  const sums: Float64Array[] = [];
  for (const one of participants) {
    if (one.arm !== arm) continue;
    const quantities = items.map((item) => quantityOf(item, one, protocol));
    if (quantities.includes(null)) continue;
    const key = clusterOf(one, plan);
    const at = place.get(key) ?? n.length;
    if (at === n.length) {
      place.set(key, at);
      n.push(0);
      sums.push(new Float64Array(items.length));
    }
    n[at] = (n[at] ?? 0) + 1;
    const own = sums[at] as Float64Array;
    quantities.forEach((quantity, i) => {
      own[i] = (own[i] ?? 0) + (quantity ?? 0);
    });
  }
  return { n, sums };
}

/** Means a child over some clusters, given by place and repeated as often as drawn. */
function means({ n, sums }: Clusters, drawn: ArrayLike<number>, items: number): Float64Array {
  const out = new Float64Array(items);
  let children = 0;
  for (let k = 0; k < drawn.length; k++) {
    const c = drawn[k] ?? 0;
    children += n[c] ?? 0;
    const own = sums[c] as Float64Array;
    for (let i = 0; i < items; i++) out[i] = (out[i] ?? 0) + (own[i] ?? 0);
  }
  return out.map((sum) => sum / children);
}

const every = ({ n }: Clusters): number[] => n.map((_, at) => at);

/** Differences of means in each draw, by item. */
function draws(clusters: Record<Arm, Clusters>, items: number): Float64Array[] {
  const source = random(SEED);
  const out = Array.from({ length: items }, () => new Float64Array(DRAWS));
  const chosen = {
    trial: new Int32Array(clusters.trial.n.length),
    comparison: new Int32Array(clusters.comparison.n.length),
  };
  for (let draw = 0; draw < DRAWS; draw++) {
    const [trial, comparison] = ARMS.map((arm) => {
      const own = chosen[arm];
      for (let k = 0; k < own.length; k++) own[k] = source.below(own.length);
      return means(clusters[arm], own, items);
    }) as [Float64Array, Float64Array];
    for (let i = 0; i < items; i++) (out[i] as Float64Array)[draw] = (trial[i] ?? 0) - (comparison[i] ?? 0);
  }
  return out;
}

/** The order statistic at a share of the draws (Davison and Hinkley, 1997, eq. 5.6). */
const quantile = (sorted: Float64Array, share: number): number =>
  sorted[Math.min(sorted.length - 1, Math.max(0, Math.round((sorted.length + 1) * share) - 1))] ?? 0;

function compared(trial: number, comparison: number, drawn: Float64Array | null, alpha: number): Compared {
  const sorted = drawn ? Float64Array.from(drawn).sort() : null;
  return {
    trial,
    comparison,
    difference: trial - comparison,
    lower: sorted ? quantile(sorted, alpha / 2) : null,
    upper: sorted ? quantile(sorted, 1 - alpha / 2) : null,
  };
}

const sum = (numbers: readonly number[]): number => numbers.reduce((total, one) => total + one, 0);

/**
 * @returns null where an arm has nobody of whom everything that costs is known; intervals are null under 4 clusters an arm
 * @throws UserError as `itemsOf` does
 */
export function costsOf(
  protocol: Protocol,
  plan: AnalysisPlan,
  participants: readonly AnalysisParticipant[],
  costs: UnitCosts,
): CostConsequence | null {
  const items = itemsOf(protocol, costs);
  const of = (arm: Arm) => clustersOf(arm, protocol, plan, items, participants);
  const clusters = { trial: of('trial'), comparison: of('comparison') };
  const fewest = Math.min(clusters.trial.n.length, clusters.comparison.n.length);
  if (fewest === 0) return null;
  const drawn = fewest >= TOO_FEW_CLUSTERS_PER_ARM ? draws(clusters, items.length) : null;
  const seen = {
    trial: means(clusters.trial, every(clusters.trial), items.length),
    comparison: means(clusters.comparison, every(clusters.comparison), items.length),
  };
  const unit = items.map(({ given }) => given.unitCost);
  const inMoney = (quantities: ArrayLike<number>) => sum(unit.map((cost, i) => cost * (quantities[i] ?? 0)));
  const totals = drawn
    ? Float64Array.from({ length: DRAWS }, (_, draw) => inMoney(drawn.map((one) => one[draw] ?? 0)))
    : null;
  return {
    currency: costs.currency,
    priceYear: costs.priceYear,
    source: costs.source,
    hash: contentHash(costs),
    horizon: costs.horizon,
    children: { trial: sum(clusters.trial.n), comparison: sum(clusters.comparison.n) },
    items: items.map(({ given, per }, i) => {
      const [trial, comparison] = [seen.trial[i] ?? 0, seen.comparison[i] ?? 0];
      const own = drawn?.[i] ?? null;
      const cost = given.unitCost;
      return {
        id: given.id,
        words: given.words,
        outcome: given.outcome,
        unitCost: cost,
        per,
        quantity: compared(trial, comparison, own, plan.alpha),
        cost: compared(cost * trial, cost * comparison, own?.map((one) => cost * one) ?? null, plan.alpha),
      };
    }),
    total: compared(inMoney(seen.trial), inMoney(seen.comparison), totals, plan.alpha),
    bootstrap: { draws: DRAWS, seed: SEED },
  };
}
