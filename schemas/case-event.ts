// A case event is a CloudEvents 1.0 message with the full state of one record of one child, or the record's purge.
import { z } from 'zod';
import { Instant } from './calendar.ts';
import { ChildPseudonym, type RecordKind, type RecordState, recordKinds, recordStates } from './records.ts';

/** ONS code of an English council with social care duties: E06, E08, E09 or E10 and six digits. */
export const CouncilCode = z
  .string()
  .regex(/^E(06|08|09|10)\d{6}$/, 'must be the ONS code of a council, such as E09000023');
export const CouncilSource = z
  .string()
  .regex(/^\/councils\/E(06|08|09|10)\d{6}$/, 'must be /councils/ and the ONS code of the council');
export const RecordPseudonym = z
  .string()
  .regex(/^r[0-9a-f]{32}$/, 'must be a record pseudonym: r and 32 hexadecimal digits');

export const councilOf = (source: string): string => source.slice('/councils/'.length);
export const sourceOf = (council: string): string => `/councils/${council}`;

const purge = z.strictObject({ recordId: RecordPseudonym, purged: z.literal(true) });

const envelope = {
  specversion: z.literal('1.0'),
  id: z.guid(),
  source: CouncilSource,
  subject: ChildPseudonym,
  time: Instant,
  datacontenttype: z.literal('application/json').optional(),
};

const eventOf = <K extends RecordKind>(kind: K) =>
  z.strictObject({
    ...envelope,
    type: z.literal(`waymark.case.${kind}.v1`),
    data: z.union([z.strictObject({ recordId: RecordPseudonym, state: recordStates[kind] }), purge]),
  });

type CaseEventOf<K extends RecordKind> = {
  specversion: '1.0';
  /** Stable on retry: the same statement about the same record has the same id. */
  id: string;
  source: string;
  type: `waymark.case.${K}.v1`;
  subject: string;
  /** When the council's system recorded this statement (recordedAt). The newest one about a record wins. */
  time: string;
  datacontenttype?: 'application/json' | undefined;
  data: { recordId: string; state: RecordState<K> } | { recordId: string; purged: true };
};

export type CaseEvent = { [K in RecordKind]: CaseEventOf<K> }[RecordKind];

const sameChild = eventOf('same-child').refine(
  ({ subject, data }) => !('state' in data) || data.state.other !== subject,
  { message: 'must be another pseudonym than the subject', path: ['data', 'state', 'other'] },
);

/** Schemas by CloudEvents type: the type picks one, so an error names the field and not eleven alternatives. */
export const caseEventSchemas: ReadonlyMap<string, z.ZodType<CaseEvent>> = new Map(
  recordKinds.map((kind) => [
    `waymark.case.${kind}.v1`,
    (kind === 'same-child' ? sameChild : eventOf(kind)) as unknown as z.ZodType<CaseEvent>,
  ]),
);

export const kindOf = (event: Pick<CaseEvent, 'type'>): RecordKind =>
  event.type.slice('waymark.case.'.length, -'.v1'.length) as RecordKind;

export const isPurge = (event: CaseEvent): boolean => 'purged' in event.data;
