// A feed statement says what a council's feed is complete through, or that it has a gap. Silence says nothing.
import { z } from 'zod';
import { CivilDate, Instant } from './calendar.ts';
import { CouncilSource } from './case-event.ts';
import { RecordKindName, recordKinds } from './records.ts';

export const FEED_STATEMENT_TYPE = 'waymark.feed.statement.v1';

const kinds = z.array(RecordKindName).min(1).max(recordKinds.length);

/** Everything the council recorded about these record kinds with a date up to and including `completeThrough` has been sent. */
export const CompleteThrough = z.strictObject({ kinds, completeThrough: CivilDate });

/** Records of these kinds dated `from` to `to` (both included) were lost or will never be sent. */
export const DeclaredGap = z
  .strictObject({ kinds, gap: z.strictObject({ from: CivilDate, to: CivilDate }) })
  .refine((data) => data.gap.from <= data.gap.to, {
    message: 'must not end before it starts',
    path: ['gap', 'to'],
  });

export const FeedStatement = z.strictObject({
  specversion: z.literal('1.0'),
  id: z.guid(),
  source: CouncilSource,
  type: z.literal(FEED_STATEMENT_TYPE),
  time: Instant,
  datacontenttype: z.literal('application/json').optional(),
  data: z.union([CompleteThrough, DeclaredGap]),
});
export type FeedStatement = z.infer<typeof FeedStatement>;
