// When what a council records changed its meaning: outcomes that straddle such a day are flagged.
import { z } from 'zod';
import { CivilDate } from '../calendar.ts';
import { CouncilCode } from '../case-event.ts';

export const RegimeChange = z.strictObject({
  council: CouncilCode,
  from: CivilDate,
  words: z.string().min(1).max(300),
});
export type RegimeChange = z.infer<typeof RegimeChange>;
