// Which arm a child is in when nobody allocates: read off the records and the dates on which councils began.
import { z } from 'zod';
import { CivilDate } from '../calendar.ts';
import { CouncilCode } from '../case-event.ts';

export const Exposure = z.discriminatedUnion('by', [
  /** Trial from the council's go-live day on, by index day; before it, and in councils that never go live, comparison. */
  z.strictObject({
    by: z.literal('go-live'),
    goLive: z.array(z.strictObject({ council: CouncilCode, from: CivilDate })).min(1),
  }),
  /** Trial: offered within so many days of the index day. Comparison: eligible, and not offered by then. */
  z.strictObject({
    by: z.literal('offered'),
    record: z.enum(['family-meeting', 'early-help']),
    withinDays: z.int().min(0).max(92),
  }),
]);
export type Exposure = z.infer<typeof Exposure>;
