// Two ways of clustering at once. Source: Cameron, Gelbach and Miller (2011) JBES 29:238, eq. 2.5.
import { type Grouping, intersection } from '../data/roles.ts';
import { add } from '../linear-algebra/matrix.ts';
import type { Fit } from './fit.ts';
import { type Covariance, heteroskedastic } from './heteroskedastic.ts';
import { clustered } from './robust.ts';

/**
 * V1 + V2 - V12. Each way carries Stata's factor (CR1S); where no two rows share both clusters V12 is White's without a
 * factor, which reproduces Petersen's published table.
 */
export function twoWay(fit: Fit, first: Grouping, second: Grouping): Covariance {
  const both = intersection(first, second);
  const singletons = both.levels.length === fit.n;
  const v12 = singletons ? heteroskedastic(fit, 'HC0').v : clustered(fit, both, 'CR1S').v;
  const v = add(add(clustered(fit, first, 'CR1S').v, clustered(fit, second, 'CR1S').v), v12, -1);
  return { v, df: [], exactFits: 0 };
}
