// What of a planted identifier came out of a conversion, by any way out: messages, report, page, words, errors.
import { mkdirSync } from 'node:fs';
import { reportPage } from '../../../services/council/report-page.ts';
import { reportWords } from '../../../services/council/report-words.ts';
import { stylesheet } from '../../../services/page/stylesheet.ts';
import type { Planted, Return } from './planting.ts';
import { type Converted, convert, folder } from './support.ts';

/** Each is distinctive; the second name and the day are in no sample. */
export const identifiers = {
  name: 'Zebediah Quillfeather',
  upn: 'Z987654321098',
  nhs: '943 476 5919',
  postcode: 'ZZ9 4XQ',
  born: '2011-11-23',
  bornBritish: '23/11/2011',
  localId: 'KIDID77',
  freeText: 'Mum rang from 14A Ashgrove on 3B street (N1, RC2, U1): true, 20',
};

export const everything = Object.values(identifiers).join(' ');

/** A piece of any of them, in any spelling that a reader would recognise. */
const TRACE =
  /Zebediah|Quillfeather|Z987654321098|943 ?476 ?5919|9434765919|ZZ9 ?4XQ|2011-?11-?23|23\/11\/2011|KIDID77|Mum rang|Ashgrove/i;

export const traces = (text: string): string[] => text.match(new RegExp(TRACE, 'gi')) ?? [];

/** Fields that hold the days which records are about: a day there is sent, and is no day of birth. */
const RECORD_DAYS =
  /^(?!.*(birth|death|dob|pers_))(.*date.*|DateTime|DateOfInitialCPC|DECOM|DEC|\S*\.csv \S*(DECOM|DEC|_date|_ceased))$/i;

const BARE_DAY = /^(2011-11-23|23\/11\/2011)$/;

interface State {
  type: string;
  state: Record<string, unknown>;
}

const statesOf = ({ messages }: Converted): State[] =>
  messages.flatMap((message) =>
    'state' in message.data ? [{ type: message.type, state: message.data.state as State['state'] }] : [],
  );

/** The texts that the states hold, pseudonyms aside. */
function textsOf(converted: Converted): Set<string> {
  const found = new Set<string>();
  for (const { type, state } of statesOf(converted))
    for (const [name, value] of Object.entries(state))
      for (const text of [value].flat())
        if (typeof text === 'string' && name !== 'family' && name !== 'team')
          found.add(`${type} ${name} ${text}`);
  return found;
}

const options = { referenceDate: '2025-12-01', recordedAt: '2025-12-01T12:00:00Z' };
const here = folder();

/** Returns under conversion at a time: most of a small one's time is waiting for the disk. */
const ABREAST = 8;
/** What each file holds: a planted return is mostly made of files that the one before it had, too. */
const held = new Map<string, string>();

function write(slot: number, name: string, text: string): string {
  const path = `${slot}/${name}`;
  if (held.get(path) === text) return here.path(path);
  mkdirSync(here.path(String(slot)), { recursive: true });
  held.set(path, text);
  return here.write(path, text);
}

export const convertFiles = (files: Return, slot = 0): Promise<Converted> =>
  convert(
    Object.entries(files).map(([name, text]) => write(slot, name, text)),
    options,
  );

/** The words of the page and of the terminal are made of the report alone. */
const worded = ({ report }: Converted): string =>
  `${reportPage(report).replace(stylesheet(), '')}\n${reportWords(report)}`;

const everyWayOut = (converted: Converted): string => [plainWaysOut(converted), worded(converted)].join('\n');

const plainWaysOut = ({ messages, report, error }: Converted): string =>
  [
    ...messages.map((message) => JSON.stringify(message)),
    JSON.stringify(report),
    JSON.stringify(error?.report() ?? null),
    error?.stack ?? '',
    error?.message ?? '',
  ].join('\n');

/** What a format says when nothing is planted: the codes that may come out. */
export const baseOf = async (files: Return): Promise<Set<string>> => textsOf(await convertFiles(files));

/** What is planted, the value, and whether the report's page and words are looked at as well. */
export type Planting = readonly [planted: Planted, value: string, worded: boolean];

/**
 * Converts planted returns.
 * @returns how many there were and what leaked, in words; nothing when nothing did
 */
export async function leaksOf(
  plantings: Iterable<Planting>,
  base: ReadonlySet<string>,
): Promise<{ places: number; leaked: string[] }> {
  const all = plantings[Symbol.iterator]();
  const leaked: string[] = [];
  let places = 0;
  const slots = Array.from({ length: ABREAST }, async (_, slot) => {
    for (let next = all.next(); !next.done; next = all.next()) {
      places += 1;
      leaked.push(...(await leaksOfOne(next.value, base, slot)));
    }
  });
  await Promise.all(slots);
  return { places, leaked };
}

async function leaksOfOne(
  [planted, value, words]: Planting,
  base: ReadonlySet<string>,
  slot: number,
): Promise<string[]> {
  const converted = await convertFiles(planted.files, slot);
  const leaked: string[] = [];
  const day = BARE_DAY.test(value) && RECORD_DAYS.test(planted.field);
  const output = words ? everyWayOut(converted) : plainWaysOut(converted);
  const found = traces(day ? output.replaceAll('2011-11-23', '') : output);
  if (found.length > 0) leaked.push(`${planted.field}: ${[...new Set(found)].join(', ')} came out`);
  // A code that the planted text holds must not be read out of it.
  if (!BARE_DAY.test(value)) {
    const fresh = [...textsOf(converted)].filter((text) => !base.has(text));
    if (fresh.length > 0) leaked.push(`${planted.field}: ${fresh.join(', ')} was read out of it`);
  }
  for (const { type, state } of statesOf(converted)) {
    if (type === 'waymark.case.child.v1' && /\d{4}-\d{2}-\d{2}/.test(JSON.stringify(state)))
      leaked.push(`${planted.field}: a day stands in a child's facts`);
  }
  if (converted.error && converted.error.name !== 'UserError')
    leaked.push(`${planted.field}: ${converted.error.stack}`);
  return leaked;
}
