// What the tests and the fuzzers of the council side share; nothing here needs a test runner.
import type { FeedMessage } from '../../../schemas/message.ts';
import type { ConversionReport } from '../../../services/council/report.ts';
import type { UserError } from '../../../services/platform/errors.ts';

export const COUNCIL = 'E09000023';
export const KEY = Buffer.alloc(32, 7);

export interface Converted {
  messages: FeedMessage[];
  report: ConversionReport;
  error: UserError | undefined;
}
