// Two independent proportions: risk difference (a minus b), risk ratio, odds ratio, Pearson chi-square.
// Sources: Newcombe (1998) Statist. Med. 17:873, method 10 (score intervals squared and added); Wald, his method 1;
// Mee (1984) Biometrics 40:1175 and Miettinen and Nurminen (1985) Statist. Med. 4:213, eq. 8-9, whose score intervals
// differ by N/(N-1); ratios by the log delta method (Katz et al. 1978; Woolf 1955).
import { type Answer, type EstimateRow, ratioTwin, waldRow } from '../answer.ts';
import { binaryOf, needed, type Sample, twoArms, weightsOf } from '../data/roles.ts';
import { chiSquareUpper, normalQuantile, twoSided } from '../distributions.ts';
import { demand } from '../errors.ts';
import type { Counts, Spec } from '../spec.ts';

/** Wilson's score interval for one proportion (Wilson 1927). */
export function wilson({ events, n }: Counts, z: number): [number, number] {
  const p = events / n;
  const centre = events + (z * z) / 2;
  const half = z * Math.sqrt(events * (1 - p) + (z * z) / 4);
  const below = n + z * z;
  return [events === 0 ? 0 : (centre - half) / below, events === n ? 1 : (centre + half) / below];
}

/** Newcombe's hybrid score interval for a difference. */
export function newcombe(a: Counts, b: Counts, z: number): [number, number] {
  const pa = a.events / a.n;
  const pb = b.events / b.n;
  const [la, ua] = wilson(a, z);
  const [lb, ub] = wilson(b, z);
  const d = pa - pb;
  return [d - Math.hypot(pa - la, ub - pb), d + Math.hypot(ua - pa, pb - lb)];
}

/** The maximum likelihood proportions when their difference is held at `delta` (Miettinen and Nurminen 1985, app. 1). */
function restricted(a: Counts, b: Counts, delta: number): [number, number] {
  const n = a.n + b.n;
  const events = a.events + b.events;
  const l3 = n;
  const l2 = (a.n + 2 * b.n) * delta - n - events;
  const l1 = (b.n * delta - n - 2 * b.events) * delta + events;
  const l0 = b.events * delta * (1 - delta);
  // the restricted b.p solves l3 p^3 + l2 p^2 + l1 p + l0 = 0 once the sign of delta is that of a minus b
  const q = (l2 / (3 * l3)) ** 3 - (l1 * l2) / (6 * l3 * l3) + l0 / (2 * l3);
  const square = (l2 / (3 * l3)) ** 2 - l1 / (3 * l3);
  const root = Math.sign(q || 1) * Math.sqrt(Math.max(0, square));
  const cosine = root === 0 ? 0 : q / root ** 3;
  const angle = (Math.PI + Math.acos(Math.max(-1, Math.min(1, cosine)))) / 3;
  const pb = Math.min(1, Math.max(0, 2 * root * Math.cos(angle) - l2 / (3 * l3)));
  return [Math.min(1, Math.max(0, pb + delta)), pb];
}

/** The score statistic for a difference of `delta`; infinite when its variance vanishes away from the estimate. */
function score(a: Counts, b: Counts, delta: number, inflate: number): number {
  const d = a.events / a.n - b.events / b.n - delta;
  const [pa, pb] = restricted(a, b, delta);
  const v = ((pa * (1 - pa)) / a.n + (pb * (1 - pb)) / b.n) * inflate;
  if (d === 0) return 0;
  return v <= 0 ? Math.sign(d) * Number.POSITIVE_INFINITY : d / Math.sqrt(v);
}

/** The ends at which the score statistic reaches z; `inflate` is N/(N-1) for Miettinen-Nurminen, 1 for Mee. */
export function scoreInterval(a: Counts, b: Counts, z: number, inflate: number): [number, number] {
  const d = a.events / a.n - b.events / b.n;
  const bisect = (inside: number, outside: number, target: number): number => {
    let near = inside;
    let far = outside;
    for (let i = 0; i < 200; i++) {
      const middle = (near + far) / 2;
      if (middle === near || middle === far) break;
      if (Math.abs(score(a, b, middle, inflate)) < target) near = middle;
      else far = middle;
    }
    return (near + far) / 2;
  };
  const lower = d <= -1 ? -1 : bisect(d, -1, z);
  const upper = d >= 1 ? 1 : bisect(d, 1, z);
  return [lower, upper];
}

function countsOf(spec: Spec, sample: Sample | null): { a: Counts; b: Counts } {
  if (spec.a !== undefined || spec.b !== undefined) {
    const read = (side: 'a' | 'b'): Counts => {
      const counts = spec[side];
      demand(
        counts !== undefined && typeof counts === 'object' && 'events' in counts,
        'missing-role',
        `give "${side}" as {"events", "n"}`,
        side,
      );
      const { events, n } = counts as Counts;
      demand(
        n > 0 && events >= 0 && events <= n,
        'bad-counts',
        `"${side}" needs 0 <= events <= n and n above 0`,
        side,
      );
      return { events, n };
    };
    return { a: read('a'), b: read('b') };
  }
  demand(sample !== null, 'missing-data', 'give --data with outcome and arm, or counts in "a" and "b"', 'a');
  const arm = twoArms(spec, sample.table);
  const outcome = binaryOf(sample.table, needed(spec, 'outcome'));
  const weights = weightsOf(spec, sample.table);
  const a = { events: 0, n: 0 };
  const b = { events: 0, n: 0 };
  for (let i = 0; i < outcome.length; i++) {
    const side = arm.treated[i] === 1 ? a : b;
    const w = weights ? weights[i] : 1;
    side.n += w;
    side.events += w * outcome[i];
  }
  demand(a.n > 0 && b.n > 0, 'one-arm', 'one arm has no weight; two are needed', arm.name);
  return { a, b };
}

export function twoProportions(spec: Spec, sample: Sample | null): Answer {
  const { a, b } = countsOf(spec, sample);
  const method = spec.interval ?? 'newcombe';
  const z = -normalQuantile((1 - spec.level) / 2);
  const pa = a.events / a.n;
  const pb = b.events / b.n;
  const n = a.n + b.n;
  const warnings: string[] = [];
  const se = Math.sqrt((pa * (1 - pa)) / a.n + (pb * (1 - pb)) / b.n);
  const wald = waldRow('risk-difference', pa - pb, se, null, spec.level);
  const intervals: Record<string, () => [number | null, number | null]> = {
    newcombe: () => newcombe(a, b, z),
    wald: () => [pa - pb - z * se, pa - pb + z * se],
    'miettinen-nurminen': () => scoreInterval(a, b, z, n / (n - 1)),
    mee: () => scoreInterval(a, b, z, 1),
  };
  const interval = intervals[method];
  demand(interval, 'bad-option', `"interval" is one of ${Object.keys(intervals).join(', ')}`, 'interval');
  const [lower, upper] = interval();

  const events = a.events + b.events;
  const defined = events > 0 && events < n;
  const cross = a.events * (b.n - b.events) - b.events * (a.n - a.events);
  const margins = a.n * b.n * events * (n - events);
  const chiSquare = defined ? (n * cross * cross) / margins : null;
  const corrected = defined ? (n * Math.max(0, Math.abs(cross) - n / 2) ** 2) / margins : null;
  if (!defined) warnings.push('chi-square-undefined');
  const p = chiSquare === null ? null : chiSquareUpper(chiSquare, 1);
  const pooled = (events / n) * (1 - events / n) * (1 / a.n + 1 / b.n);
  const difference: EstimateRow = {
    ...wald,
    lower,
    upper,
    statistic: defined ? (pa - pb) / Math.sqrt(pooled) : null,
    p: defined ? twoSided((pa - pb) / Math.sqrt(pooled), null) : null,
  };

  const ratio = (term: string, defined: boolean, log: () => number, spread: () => number): EstimateRow => {
    if (defined) return ratioTwin(waldRow(term, log(), spread(), null, spec.level, 'log'));
    warnings.push(`${term}-undefined`);
    return waldRow(term, null, null, null, spec.level, 'ratio');
  };
  const bothHaveEvents = a.events > 0 && b.events > 0;
  const bothLackSome = a.events < a.n && b.events < b.n;
  return {
    method: 'two-proportions',
    n,
    warnings,
    interval: method,
    estimates: [
      difference,
      ratio(
        'risk-ratio',
        bothHaveEvents,
        () => Math.log(pa / pb),
        () => Math.sqrt(1 / a.events - 1 / a.n + 1 / b.events - 1 / b.n),
      ),
      ratio(
        'odds-ratio',
        bothHaveEvents && bothLackSome,
        () => Math.log(a.events) + Math.log(b.n - b.events) - Math.log(b.events) - Math.log(a.n - a.events),
        () => Math.sqrt(1 / a.events + 1 / (a.n - a.events) + 1 / b.events + 1 / (b.n - b.events)),
      ),
    ],
    risks: { a: pa, b: pb },
    chiSquare,
    df: 1,
    p,
    chiSquareCorrected: corrected,
    pCorrected: corrected === null ? null : chiSquareUpper(corrected, 1),
  };
}
