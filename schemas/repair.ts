// Every reason for which a line is refused or quarantined says what its council does about it.
import type { Refusal } from './message.ts';

/** Why the gateway refuses a line, besides what parsing refuses. */
export type GatewayRefusalCode = 'line-too-long' | 'not-your-council' | 'lines-refused';

/** What to do about a refused line, by its code. */
export const repairs: Readonly<Record<Refusal['code'] | GatewayRefusalCode, string>> = {
  'line-too-long':
    'No record is this long: convert the return again with the newest version and send it again.',
  'not-json': 'The line was cut or changed on its way: convert the return again and send it again.',
  'not-an-object': 'The line is no message: send only lines that `waymark council convert` wrote.',
  'unknown-type':
    'The two sides differ in version: bring the council’s side up to date, convert the return again and send it.',
  'bad-field': 'Mend the field in the source record, convert the return again and send it again.',
  'unknown-field':
    'The two sides differ in version, or the line was written by hand: send only the fields of the schema.',
  'not-your-council':
    'Send with the key of the council that the line names, or convert with the right --council.',
  'lines-refused':
    'Mend the lines that were refused, send them, and state completeness again in a delivery without refusals.',
};

/** What to do about a code that may have been stored by another version. */
export const repairOf = (code: string): string =>
  repairs[code as keyof typeof repairs] ?? 'Ask the operator of Waymark, naming the code.';
