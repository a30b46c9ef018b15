// The specification file, parsed once: roles become lists of columns, unknown names are refused before any data is read.
import { z } from 'zod';
import { UserError } from '../../platform/errors.ts';
import type { Spec } from '../../statistics/spec.ts';

const columns = z
  .union([z.string().min(1), z.array(z.string().min(1)).min(1)])
  .transform((x) => (Array.isArray(x) ? x : [x]));
const value = z.union([z.string(), z.number(), z.boolean()]).transform(String);
const count = z.number().nonnegative();
const moments = z.union([
  z.number(),
  z.object({ events: count, n: count }),
  z.object({ n: count, sum: z.number(), sumSquares: z.number() }),
]);

const specification = z
  .object({
    method: z.string(),
    level: z.number().gt(0).lt(1),
    missing: z.enum(['complete-case']),
    outcome: z.string(),
    arm: z.string(),
    treated: value,
    covariates: columns,
    cluster: columns,
    strata: columns,
    weights: z.string(),
    time: z.string(),
    event: z.string(),
    id: z.string(),
    start: z.string(),
    unit: z.string(),
    firstTreated: z.string(),
    a: moments,
    b: moments,
    interval: z.string(),
    vcov: z.enum([
      'classical',
      'HC0',
      'HC1',
      'HC2',
      'HC3',
      'CR0',
      'CR1',
      'CR1S',
      'CR2',
      'CR3',
      'jackknife',
      'two-way',
    ]),
    df: z.enum(['satterthwaite', 'clusters-1', 'normal', 'residual']),
    estimand: z.enum(['ate', 'att']),
    family: z.enum(['binomial', 'gaussian', 'poisson']),
    correlation: z.enum(['exchangeable', 'independence']),
    at: z.union([z.number(), z.array(z.number())]).transform((x) => (Array.isArray(x) ? x : [x])),
    ties: z.enum(['efron', 'breslow']),
    cause: z.number().int().positive(),
    tau: z.number().positive(),
    use: z.enum(['iptw-ate', 'iptw-att', 'overlap', 'nearest', 'entropy']),
    caliper: z.number().positive(),
    caliperOn: z.enum(['logit', 'score']),
    ratio: z.number().int().positive(),
    replace: z.boolean(),
    order: z.enum(['largest', 'smallest', 'data', 'random']),
    outcomeModel: z.enum(['linear']),
    control: z.enum(['never', 'not-yet']),
    estimator: z.string(),
    draws: z.number().int().positive(),
    seed: z.number().int(),
    statistic: z.string(),
    type: z.string(),
    p: z.array(z.number()),
    adjust: z.string(),
    alpha: z.number().gt(0).lt(1),
    sided: z.union([z.literal(1), z.literal(2)]),
    information: z.array(z.number().positive()),
    spendingTime: z.array(z.number().positive()),
    spending: z.string(),
    gamma: z.number(),
  })
  .partial()
  .required({ method: true })
  .loose();

/** Parses the text of a specification; refuses with the field at fault. */
export function parseSpec(text: string): Spec {
  let raw: unknown;
  try {
    raw = JSON.parse(text);
  } catch (error) {
    const why = error instanceof Error ? error.message : 'not JSON';
    throw new UserError('bad-spec', `the specification is not JSON: ${why}`, { field: 'spec' });
  }
  if (
    raw !== null &&
    typeof raw === 'object' &&
    'method' in raw &&
    raw.method === 'wild-bootstrap' &&
    'weights' in raw
  ) {
    // for this method "weights" names the law of the bootstrap draws, not a column
    const { weights, ...rest } = raw;
    raw = { ...rest, bootstrapWeights: weights };
  }
  const parsed = specification.safeParse(raw);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    const field = issue?.path.join('.') || 'spec';
    throw new UserError('bad-spec', `"${field}": ${issue?.message ?? 'not a specification'}`, { field });
  }
  return { level: 0.95, ...parsed.data } as Spec;
}
