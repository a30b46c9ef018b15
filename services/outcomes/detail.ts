// The codes of a record that an outcome can filter on, packed into one integer beside its dates, so that a scan stays narrow.
// Layouts are only ever extended at the end: a stored integer keeps its meaning.
import * as codes from '../../schemas/codes.ts';
import type { RecordKind } from '../../schemas/records.ts';

/**
 * `values`: an enum's options; `flag`: false or true, of a day whether it is stated; a number: whole numbers from 0 to that; `month`:
 * YYYY-MM, from 1980 to 2099. 0 always means not stated.
 */
type Field = { values: readonly string[] } | 'flag' | { upTo: number } | 'month';

const layouts: Partial<Record<RecordKind | 'care-period', Record<string, Field>>> = {
  child: { birthMonth: 'month', deathMonth: 'month', unaccompaniedAsylumSeeker: 'flag' },
  referral: {
    noFurtherAction: 'flag',
    closureReason: { values: codes.ClosureReason.options },
    primaryNeed: { values: codes.PrimaryNeed.options },
    source: { values: codes.ReferralSource.options },
  },
  'section-47': { conferenceNotRequired: 'flag' },
  'cp-plan': {
    heldForAnotherAuthority: 'flag',
    previousPlans: { upTo: 99 },
    initialCategory: { values: codes.AbuseCategory.options },
    latestCategory: { values: codes.AbuseCategory.options },
  },
  'care-episode': {
    legalStatus: { values: codes.LegalStatus.options },
    reasonStarted: { values: codes.ReasonNewEpisode.options },
    reasonEnded: { values: codes.ReasonEpisodeCeased.options },
    need: { values: codes.PrimaryNeed.options },
  },
  'early-help': { leadPractitioner: { values: codes.LeadPractitioner.options } },
  'family-meeting': { accepted: 'flag', planAgreed: 'flag' },
  'pre-proceedings': { courtApplication: 'flag' },
  'care-period': { startSeen: 'flag' },
};

const MONTHS = 120 * 12;

function sizeOf(field: Field): number {
  if (field === 'flag') return 3;
  if (field === 'month') return MONTHS + 1;
  return 'upTo' in field ? field.upTo + 2 : field.values.length + 1;
}
const bitsOf = (field: Field): number => Math.ceil(Math.log2(sizeOf(field)));

function encode(field: Field, value: unknown): number {
  if (value === undefined) return 0;
  if (field === 'flag') return value ? 2 : 1;
  if (field === 'month')
    return (Number(String(value).slice(0, 4)) - 1980) * 12 + Number(String(value).slice(5));
  if ('upTo' in field) return Number(value) + 1;
  return field.values.indexOf(String(value)) + 1;
}

interface Slot {
  offset: number;
  mask: number;
  field: Field;
}

const slots = new Map<string, Map<string, Slot>>(
  Object.entries(layouts).map(([kind, fields]) => {
    let offset = 0;
    const placed = Object.entries(fields ?? {}).map(([name, field]): [string, Slot] => {
      const slot = { offset, mask: 2 ** bitsOf(field) - 1, field };
      offset += bitsOf(field);
      return [name, slot];
    });
    if (offset > 31) throw new Error(`the codes of ${kind} do not fit an integer`);
    return [kind, new Map(placed)];
  }),
);

/** The record's codes as one integer; fields without a place in the layout are left out. */
export function packDetail(kind: RecordKind | 'care-period', state: Record<string, unknown>): number {
  let detail = 0;
  for (const [name, slot] of slots.get(kind) ?? []) detail |= encode(slot.field, state[name]) << slot.offset;
  return detail;
}

/** SQL that reads one packed field of `column`, and the number a value has in it. */
export function packedField(kind: RecordKind | 'care-period', name: string, column: string) {
  const slot = slots.get(kind)?.get(name);
  if (!slot) throw new Error(`${kind} has no packed field ${name}`);
  return {
    sql: `((${column} >> ${slot.offset}) & ${slot.mask})`,
    numberOf: (value: string | number | boolean): number => {
      const number = encode(slot.field, value);
      if (number <= 0) throw new Error(`${value} is not a value of ${kind}.${name}`);
      return number;
    },
  };
}

/** SQL of the first day of a packed month's number, which is not 0. */
export const firstOfMonth = (number: string): string =>
  `make_date(1980 + (${number} - 1) / 12, (${number} - 1) % 12 + 1, 1)`;

/** The code that a packed field of a record holds; null where none is stated. */
export function unpackedValue(kind: RecordKind, name: string, detail: number): string | null {
  const slot = slots.get(kind)?.get(name);
  if (!slot || typeof slot.field === 'string' || 'upTo' in slot.field)
    throw new Error(`${kind} has no packed code ${name}`);
  return slot.field.values[((detail >> slot.offset) & slot.mask) - 1] ?? null;
}
