// The specification of one estimate, after parsing: roles of columns and the options of every method.

export type Vcov =
  | 'classical'
  | 'HC0'
  | 'HC1'
  | 'HC2'
  | 'HC3'
  | 'CR0'
  | 'CR1'
  | 'CR1S'
  | 'CR2'
  | 'CR3'
  | 'jackknife'
  | 'two-way';
export type DfRule = 'satterthwaite' | 'clusters-1' | 'normal' | 'residual';

/** Which column plays which part. */
export interface Roles {
  outcome?: string;
  arm?: string;
  treated?: string;
  covariates?: string[];
  cluster?: string[];
  strata?: string[];
  weights?: string;
  time?: string;
  event?: string;
  id?: string;
  start?: string;
  unit?: string;
  firstTreated?: string;
}

export interface Counts {
  events: number;
  n: number;
}

export interface Moments {
  n: number;
  sum: number;
  sumSquares: number;
}

/** Everything a specification may say; each method reads its own part. */
export interface Spec extends Roles {
  method: string;
  level: number;
  missing?: 'complete-case';
  /** Counts or moments of an arm; for `power` its proportion or mean. */
  a?: Counts | Moments | number;
  b?: Counts | Moments | number;
  interval?: string;
  vcov?: Vcov;
  df?: DfRule;
  estimand?: 'ate' | 'att';
  family?: 'binomial' | 'gaussian' | 'poisson';
  correlation?: 'exchangeable' | 'independence';
  at?: number[];
  ties?: 'efron' | 'breslow';
  cause?: number;
  tau?: number;
  use?: 'iptw-ate' | 'iptw-att' | 'overlap' | 'nearest' | 'entropy';
  caliper?: number;
  caliperOn?: 'logit' | 'score';
  ratio?: number;
  replace?: boolean;
  order?: 'largest' | 'smallest' | 'data' | 'random';
  outcomeModel?: 'linear';
  control?: 'never' | 'not-yet';
  estimator?: 'callaway-santanna';
  draws?: number;
  /** False: no resampling test beside a fit of few clusters, for callers that take its estimates alone. */
  beside?: false;
  seed?: number;
  statistic?: string;
  bootstrapWeights?: 'rademacher' | 'webb';
  type?: string;
  p?: number[];
  adjust?: string;
  alpha?: number;
  sided?: 1 | 2;
  information?: number[];
  spendingTime?: number[];
  spending?: string;
  gamma?: number;
  [option: string]: unknown;
}
