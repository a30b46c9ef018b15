// Random-effects pooling of estimates across councils. Sources: DerSimonian and Laird (1986) Control. Clin. Trials 7:177;
// REML: Viechtbauer (2005) J. Educ. Behav. Stat. 30:261, eq. 15; Hartung and Knapp (2001) Statist. Med. 20:3875; I2:
// Higgins and Thompson (2002), eq. 10; prediction: Higgins, Thompson and Spiegelhalter (2009) JRSS A 172:137, eq. 12.
import { type Answer, finite, waldRow } from '../answer.ts';
import { needed, type Sample } from '../data/roles.ts';
import { numbersOf, type Table } from '../data/table.ts';
import { chiSquareUpper, critical } from '../distributions.ts';
import { demand } from '../errors.ts';
import type { Spec } from '../spec.ts';

function studies(spec: Spec, sample: Sample | null, table: Table | null): { y: number[]; v: number[] } {
  const given = spec.estimates as unknown;
  if (Array.isArray(given)) {
    const rows = given.map((item, i) =>
      typeof item === 'number'
        ? { estimate: item, se: Number((spec.se as number[] | undefined)?.[i]) }
        : { estimate: Number(item.estimate), se: Number(item.se) },
    );
    return { y: rows.map((row) => row.estimate), v: rows.map((row) => row.se ** 2) };
  }
  demand(
    sample && table,
    'missing-data',
    'give "estimates" and "se", or --data with "outcome" and the column named by "se"',
    'estimates',
  );
  demand(typeof spec.se === 'string', 'missing-role', 'name the column of standard errors in "se"', 'se');
  const y = numbersOf(table, needed(spec, 'outcome'));
  const se = numbersOf(table, spec.se);
  return { y: Array.from(y), v: Array.from(se, (s) => s ** 2) };
}

export function meta(spec: Spec, sample: Sample | null): Answer {
  const { y, v } = studies(spec, sample, sample?.table ?? null);
  const k = y.length;
  demand(k >= 1 && y.every(Number.isFinite), 'bad-option', 'every estimate is a finite number', 'estimates');
  demand(
    v.every((x) => x > 0 && Number.isFinite(x)),
    'bad-option',
    'every estimate needs a standard error above 0',
    'se',
  );
  const model = String(spec.model ?? spec.estimator ?? spec.type ?? 'reml').toLowerCase();
  demand(
    model === 'dl' || model === 'reml' || model === 'fixed',
    'bad-option',
    '"model" is reml, dl or fixed',
    'model',
  );
  const knapp = Boolean(spec.hartungKnapp ?? true);
  const warnings: string[] = [];
  const at = (tau2: number): { w: number[]; total: number; mean: number } => {
    const w = v.map((x) => 1 / (x + tau2));
    const total = w.reduce((s, x) => s + x, 0);
    return { w, total, mean: w.reduce((s, x, i) => s + x * (y[i] ?? 0), 0) / total };
  };
  const fixed = at(0);
  const q = fixed.w.reduce((s, w, i) => s + w * ((y[i] ?? 0) - fixed.mean) ** 2, 0);
  const squares = fixed.w.reduce((s, w) => s + w * w, 0);
  const c = fixed.total - squares / fixed.total;
  const dl = k > 1 ? Math.max(0, (q - (k - 1)) / c) : 0;
  let tau2 = model === 'fixed' ? 0 : dl;
  let converged = true;
  if (model === 'reml' && k > 1) {
    // Fisher scoring on the restricted likelihood, kept at or above 0
    converged = false;
    tau2 = Math.max(dl, 1e-3 * Math.min(...v));
    for (let i = 0; i < 500 && !converged; i++) {
      const { w, total, mean } = at(tau2);
      const w2 = w.reduce((s, x) => s + x * x, 0);
      const w3 = w.reduce((s, x) => s + x ** 3, 0);
      const trace = total - w2 / total;
      const trace2 = w2 - (2 * w3) / total + (w2 / total) ** 2;
      const form = w.reduce((s, x, j) => s + (x * ((y[j] ?? 0) - mean)) ** 2, 0);
      const next = Math.max(0, tau2 + (form - trace) / trace2);
      converged = Math.abs(next - tau2) <= 1e-14 * (Math.min(...v) + tau2) || (next === 0 && tau2 === 0);
      tau2 = next;
    }
    if (!converged) warnings.push('not-converged');
  }
  const { w, total, mean } = at(tau2);
  if (k === 1) warnings.push('one-estimate');
  const spread = w.reduce((s, x, i) => s + x * ((y[i] ?? 0) - mean) ** 2, 0);
  const se = knapp && k > 1 ? Math.sqrt(spread / ((k - 1) * total)) : Math.sqrt(1 / total);
  const df = knapp && k > 1 ? k - 1 : null;
  const row = waldRow('pooled', mean, se, df, spec.level);
  const typical = k > 1 ? ((k - 1) * fixed.total) / (fixed.total ** 2 - squares) : null;
  const around = (dfOf: number | null): { lower: number | null; upper: number | null } => {
    const half = critical(spec.level, dfOf) * Math.sqrt(se * se + tau2);
    return { lower: finite(mean - half), upper: finite(mean + half) };
  };
  return {
    method: 'meta',
    n: k,
    warnings,
    model,
    hartungKnapp: knapp,
    estimates: [row],
    tau2,
    tau: Math.sqrt(tau2),
    i2: typical === null ? null : (100 * tau2) / (tau2 + typical),
    I2: typical === null ? null : (100 * tau2) / (tau2 + typical),
    q,
    qDf: k - 1,
    qP: k > 1 ? finite(chiSquareUpper(q, k - 1)) : null,
    predictionInterval: k > 1 ? around(df) : null,
    predictionIntervalHts: k > 2 ? around(k - 2) : null,
    weights: w.map((x) => x / total),
    converged,
  };
}
