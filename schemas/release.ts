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

/** What the rules found: which numbers, of which arm, and why. No number of children stands in it. */
export const ReleaseFinding = z.strictObject({
  outcome: Slug,
  arm: Arm,
  /** Months; empty: all of them. */
  horizons: z.array(z.int()),
  what: z.string(),
  /** `narrowed`, `few`: see docs/disclosure.md. `corrected`: records were corrected since the tables seen before. */
  reason: z.enum(['narrowed', 'few', 'corrected']),
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
  type: z.literal('table'),
  properties: z.strictObject({ method: z.literal('outcomes-by-arm'), evaluation: Slug, audience: Audience }),
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
