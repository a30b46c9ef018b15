// How the comparison is made, fixed before it is seen. Methods and options carry the names of `waymark estimate`.
import { z } from 'zod';
import { Slug } from '../outcome.ts';

/** What is known of every child on the index day. */
export const Covariate = z.enum([
  'age',
  'sex',
  'ethnicity',
  'disabled',
  'unaccompanied',
  'deprivation-decile',
  'referral-source',
  'primary-need',
  'council',
  'wave',
]);
export type Covariate = z.infer<typeof Covariate>;

const Interim = z.strictObject({
  /** Shares of the final information, rising, the last one 1. */
  information: z.array(z.number().gt(0).max(1)).min(2).max(10),
  spending: z.enum(['obrien-fleming', 'pocock', 'hwang-shih-decani']),
  gamma: z.number().min(-20).max(20).optional(),
  /** Children the study is for: looks while recruitment goes on need it. */
  participants: z.int().min(2).max(10_000_000).optional(),
  /** More of the primary outcome in the trial arm, watched at the same looks with a level of its own, one-sided. */
  harm: z
    .strictObject({
      alpha: z.number().gt(0).max(0.2),
      spending: z.enum(['obrien-fleming', 'pocock']),
    })
    .optional(),
});

const Share = z.number().min(0).max(1);

/** How far the arms may blur: a record of the help within so many days of the index day. */
const Contamination = z.strictObject({
  record: z.enum(['family-meeting', 'early-help']),
  withinDays: z.int().min(0).max(366),
  /** The largest share of the comparison that may have had the help. */
  mostInComparison: Share,
  /** The largest share of the trial arm that may have gone without. */
  mostWithoutInTrial: Share,
});

export const AnalysisPlan = z.strictObject({
  model: z.strictObject({
    method: z.enum([
      'linear',
      'logistic',
      'modified-poisson',
      'g-computation',
      'gee',
      'mixed-linear',
      'cox',
      'fine-gray',
      'rmst',
      'propensity',
      'did',
    ]),
    vcov: z.enum(['HC2', 'HC3', 'CR0', 'CR1', 'CR1S', 'CR2', 'CR3']).optional(),
    df: z.enum(['satterthwaite', 'clusters-1', 'normal']).optional(),
    /** For `propensity`: how scores are used. */
    use: z.enum(['iptw-ate', 'iptw-att', 'overlap', 'nearest', 'entropy']).optional(),
    caliper: z.number().gt(0).max(5).optional(),
    /** For `propensity`: the covariates beside the arm among the rows weighed or matched. */
    outcomeModel: z.literal('linear').optional(),
    /** For `did`: who stands for what would have been. */
    control: z.enum(['never', 'not-yet']).optional(),
  }),
  covariates: z.array(Covariate).max(10),
  /** What standard errors cluster on. */
  clusters: z.enum(['unit', 'council']),
  /** Two-sided unless told; the share of false positives allowed to the primary outcome. */
  alpha: z.number().gt(0).max(0.2),
  missing: z.enum(['complete-case', 'missing-category', 'multiple-imputation']),
  /** Whose follow-up spans a change of recording that the protocol names: in the analysis (unless told), or out of it. */
  straddling: z.enum(['kept', 'left-out']).optional(),
  /** A gate fails beyond these limits. */
  contamination: Contamination.optional(),
  multiplicity: z.enum(['none', 'holm', 'hochberg', 'bonferroni', 'bh']),
  interim: Interim.optional(),
  subgroups: z.array(z.strictObject({ by: Covariate, words: z.string().min(1).max(400) })).max(12),
  /** Outcomes of this protocol that the intervention cannot have changed. */
  negativeControls: z.array(Slug).max(6),
  sensitivity: z.array(z.strictObject({ id: Slug, words: z.string().min(1).max(400) })).max(12),
  /** What the study was sized for: risks of the primary outcome in the comparison and the trial arm, and the ICC of units. */
  sizing: z
    .strictObject({
      comparisonRisk: z.number().gt(0).lt(1),
      trialRisk: z.number().gt(0).lt(1),
      power: z.number().gt(0.5).lt(1),
      icc: z.number().min(0).lt(1),
    })
    .optional(),
});
export type AnalysisPlan = z.infer<typeof AnalysisPlan>;
