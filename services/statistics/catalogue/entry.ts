// What the specification of one method may say: the words of `waymark estimate --help` and of the warning about the rest.
import type { Roles, Spec } from '../spec.ts';

export type Role = keyof Roles;

/** One option: the values it takes, what happens without it, and when it has any effect (always, unless said). */
export interface Choice {
  readonly values: string;
  readonly byDefault: string;
  readonly when?: (spec: Spec) => boolean;
}

/** One method as its user sees it. `roles` name columns; a role with `!` cannot be left out. */
export interface MethodEntry {
  readonly does: string;
  readonly roles: readonly (Role | `${Role}!`)[];
  readonly options: Readonly<Record<string, Choice>>;
  /** Roles the method refuses outright, since an answer without them would be another answer. */
  readonly refuses?: readonly Role[];
  readonly answers: string;
  /** A specification that runs; columns y, died (0 or 1), arm, age, kind, school, area, w, days, event, cause, row are told. */
  readonly example: Readonly<Record<string, unknown>>;
}

export const WHAT_A_ROLE_IS: Readonly<Record<Role, string>> = {
  outcome: 'the column measured: numbers, or 0 and 1',
  arm: 'the column of arms',
  treated: 'the value of "arm" that is the trial arm (default: the later in sort order)',
  covariates: 'columns adjusted for; words are dummy-coded against their first value in sort order',
  cluster: 'the column of clusters (two for two-way)',
  strata: 'columns whose combinations are strata',
  weights: 'a column of weights, 0 or more',
  time: 'a column of times (of follow-up, or periods of a panel)',
  event: '0 for censored, 1 for the event (or the number of the cause)',
  id: 'a column that names each row',
  start: 'a column of entry times, for rows followed from later than 0',
  unit: 'the column of units of a panel',
  firstTreated: 'the period from which a unit is treated; 0 = never',
};

const anyCluster = (spec: Spec): boolean => spec.cluster !== undefined;

export const SEED: Choice = { values: 'whole number', byDefault: '1' };
export const permutationSeed = { seed: { ...SEED, when: anyCluster } };
/** An option of clustered standard errors that takes some values only; any other is said to be not used. */
export const among = (name: 'vcov' | 'df', values: readonly string[], byDefault: string): Choice => ({
  values: values.join(', '),
  byDefault,
  when: (spec) => anyCluster(spec) && values.includes(String(spec[name])),
});

const FEW = 'under 40 clusters or 20 an arm';
export const FEW_FOR_SANDWICH = 'under 50 clusters or 20 an arm';

export const clusterDf = {
  df: among('df', ['clusters-1', 'normal'], `clusters-1 ${FEW}, else normal`),
};

/** For estimates whose standard error comes from what each row adds to them. */
export const influenceOptions = (few = FEW) => ({
  vcov: among('vcov', ['CR0', 'CR2'], `CR2 ${few}, else CR0`),
  df: among('df', ['satterthwaite', 'clusters-1', 'normal'], 'satterthwaite with CR2, else normal'),
});

/** Covariance forms of clusters, with their df, where nothing else can be asked for. */
export const clusterForms = (forms: readonly string[], vcovDefault: string, dfDefault: string) => ({
  vcov: among('vcov', forms, vcovDefault),
  df: among('df', ['satterthwaite', 'clusters-1', 'normal'], dfDefault),
});
