// A common odds ratio over strata. Sources: Mantel and Haenszel (1959) JNCI 22:719; variance of its logarithm:
// Robins, Breslow and Greenland (1986) Biometrics 42:311, eq. 1.
import { type Answer, finite, ratioTwin, waldRow } from '../answer.ts';
import { zeros } from '../arrays.ts';
import { binaryOf, crossed, needed, type Sample, twoArms, weightsOf } from '../data/roles.ts';
import { chiSquareUpper } from '../distributions.ts';
import { demand } from '../errors.ts';
import type { Spec } from '../spec.ts';

export function mantelHaenszel(spec: Spec, { table }: Sample): Answer {
  const arm = twoArms(spec, table);
  const outcome = binaryOf(table, needed(spec, 'outcome'));
  needed(spec, 'strata');
  const strata = crossed(table, spec.strata ?? []);
  const weights = weightsOf(spec, table);
  const size = strata.levels.length;
  // cells of each stratum: events and others, treated then control
  const cells = zeros(size * 4);
  let n = 0;
  for (let i = 0; i < table.n; i++) {
    const w: number = weights ? weights[i] : 1;
    cells[strata.code[i] * 4 + (arm.treated[i] === 1 ? 0 : 2) + (outcome[i] === 1 ? 0 : 1)] += w;
    n += w;
  }
  const warnings: string[] = [];
  let r = 0;
  let s = 0;
  let pr = 0;
  let psqr = 0;
  let qs = 0;
  let excess = 0;
  let spread = 0;
  let used = 0;
  for (let k = 0; k < size; k++) {
    const [a, b, c, d] = cells.subarray(k * 4, k * 4 + 4) as unknown as [number, number, number, number];
    const total = a + b + c + d;
    if (total < 2 || a + b === 0 || c + d === 0) continue;
    used++;
    const rk = (a * d) / total;
    const sk = (b * c) / total;
    const pk = (a + d) / total;
    r += rk;
    s += sk;
    pr += pk * rk;
    psqr += pk * sk + (1 - pk) * rk;
    qs += (1 - pk) * sk;
    excess += a - ((a + b) * (a + c)) / total;
    spread += ((a + b) * (c + d) * (a + c) * (b + d)) / (total * total * (total - 1));
  }
  demand(used > 0, 'one-arm', 'no stratum holds both arms; nothing can be compared', 'strata');
  if (used < size) warnings.push('strata-without-comparison');
  const defined = r > 0 && s > 0;
  if (!defined) warnings.push('odds-ratio-undefined');
  if (!(spread > 0)) warnings.push('chi-square-undefined');
  const log = waldRow(
    'odds-ratio',
    defined ? Math.log(r / s) : null,
    defined ? Math.sqrt(pr / (2 * r * r) + psqr / (2 * r * s) + qs / (2 * s * s)) : null,
    null,
    spec.level,
    'log',
  );
  const plain = spread > 0 ? (excess * excess) / spread : null;
  // as R's mantelhaen.test: an excess below one half is left uncorrected
  const yates = Math.abs(excess) >= 0.5 ? 0.5 : 0;
  const corrected = spread > 0 ? (Math.abs(excess) - yates) ** 2 / spread : null;
  const p = (x: number | null): number | null => (x === null ? null : finite(chiSquareUpper(x, 1)));
  return {
    method: 'mantel-haenszel',
    n,
    warnings,
    nStrata: used,
    estimates: [ratioTwin(log)],
    oddsRatio: defined ? r / s : null,
    chiSquare: plain,
    df: 1,
    p: p(plain),
    chiSquareCorrected: corrected,
    pCorrected: p(corrected),
  };
}
