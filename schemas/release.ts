// A release: what leaves an evaluation for an audience, who decided so, and the record a checker of outputs works from.
import { z } from 'zod';
import { Instant } from './calendar.ts';
import { Slug } from './outcome.ts';
import { Arm } from './protocol.ts';

/** Who sees it. What the public sees, researchers see too. */
export const Audience = z.enum(['researchers', 'public']);
export type Audience = z.infer<typeof Audience>;

/** What may happen to a release, each once or, `checked` and `asked`, again; the newest step says where it stands. */
export const ReleaseStep = z.enum([
  'drafted',
  /** The rules have judged it: they settle it, or a second person has to. */
  'checked',
  'approved',
  'refused',
  /** Somebody wants it published; it is, once it has been judged again. */
  'asked',
  'published',
  'superseded',
]);
export type ReleaseStep = z.infer<typeof ReleaseStep>;

/** `checking`: the rules have it. `settled`: they found nothing. `waiting`: for a second person. */
export const ReleaseState = z.enum([
  'checking',
  'settled',
  'waiting',
  'approved',
  'refused',
  'publishing',
  'published',
  'superseded',
]);
export type ReleaseState = z.infer<typeof ReleaseState>;

/** What a release is of: counts as they were at a moment, or the effects of a kept analysis. */
export const ReleaseKind = z.enum(['counts', 'analysis']);
export type ReleaseKind = z.infer<typeof ReleaseKind>;

/** What the rules found: which numbers, of which arm, and why. No number of children stands in it. */
export const ReleaseFinding = z.strictObject({
  /** Null: of no one outcome, or arm. */
  outcome: Slug.nullable(),
  arm: Arm.nullable(),
  /** Months; empty: all of them. */
  horizons: z.array(z.int()),
  what: z.string(),
  /**
   * `narrowed`, `few`: see docs/disclosure.md. `corrected`: records were corrected since the tables seen before. Of an analysis:
   * `left-out`: its effects are of fewer children than are counted beside them; `interim`: it is a look before the end;
   * `text`: words that somebody wrote have figures in them.
   */
  reason: z.enum(['narrowed', 'few', 'corrected', 'left-out', 'interim', 'text']),
});
export type ReleaseFinding = z.infer<typeof ReleaseFinding>;

/** One of the automatic checks that an output goes through. No number of children stands in its words. */
export const OutputCheck = z.strictObject({
  id: Slug,
  /** `review`: the rules do not settle it, a second person does. */
  result: z.enum(['pass', 'review']),
  words: z.string(),
});
export type OutputCheck = z.infer<typeof OutputCheck>;

/** The output record, in the manner of ACRO's `results.json`: what a checker of outputs needs to judge one output. */
export const OutputRecord = z.strictObject({
  version: z.literal('waymark-1'),
  uid: z.string(),
  status: z.enum(['pass', 'review']),
  type: z.enum(['table', 'regression']),
  properties: z.strictObject({
    method: z.enum(['outcomes-by-arm', 'effects-of-an-analysis']),
    evaluation: Slug,
    audience: Audience,
    /** Number of the kept analysis, and SHA-256 of its record. */
    analysis: z.strictObject({ number: z.int(), hash: z.string() }).optional(),
  }),
  files: z.array(
    z.strictObject({
      name: z.string(),
      checksum: z.string(),
      sdc: z.strictObject({
        summary: z.strictObject({
          suppressed: z.boolean(),
          threshold: z.int(),
          hidden: z.int(),
          narrowed: z.int(),
          few: z.int(),
          corrected: z.int(),
          /** Of an analysis: what the rules left out of it, and the residual degrees of freedom that they ask for. */
          leftOut: z
            .strictObject({
              residualDegreesOfFreedom: z.int(),
              estimates: z.int(),
              subgroups: z.int(),
              curves: z.int(),
            })
            .optional(),
        }),
        cells: z.array(ReleaseFinding),
      }),
    }),
  ),
  /** In the order in which they are made; absent from records of before there was a list of them. */
  checks: z.array(OutputCheck).optional(),
  /** Hidden cells by outcome, horizon and arm. */
  outcome: z.array(
    z.strictObject({ outcome: Slug, horizon: z.int(), arm: Arm, hidden: z.array(z.string()) }),
  ),
  command: z.string(),
  summary: z.string(),
  timestamp: Instant,
  comments: z.array(z.string()),
  exception: z.string(),
});
export type OutputRecord = z.infer<typeof OutputRecord>;
