// Returns of every format whose records are known: some are as they should be, the others are damaged in ways that exports,
// editors and attackers damage them. Nothing good may be lost beside what is bad, and nothing bad may vanish without a word.
import fc from 'fast-check';
import { pseudonymiser } from '../../../services/council/pseudonym.ts';
import type { ConversionReport } from '../../../services/council/report.ts';
import { type Converted, KEY } from './sample.ts';

/** A child (or row) of a return: its text, and how many events it must give when it is good. */
interface Unit {
  id: string;
  text: string;
  /** Undefined when it is damaged: what becomes of it is told, but not what. */
  events: number | undefined;
}

export interface FuzzedReturn {
  name: string;
  units: Unit[];
  bytes: Uint8Array;
}

/** How a text is written to a file. */
const encodings: ((text: string) => Uint8Array)[] = [
  (text) => Buffer.from(text),
  (text) => Buffer.from(`\ufeff${text}`),
  (text) => Buffer.from(`\ufeff${text}`, 'utf16le'),
  (text) => Buffer.from(text, 'utf16le'),
  (text) => Buffer.from(`\ufeff${text}`, 'utf16le').swap16(),
];
const encoded = fc.constantFrom(...encodings);

/** Text that has meant trouble somewhere. */
const trouble = fc.oneof(
  fc.string({ unit: 'grapheme', maxLength: 30 }),
  fc.string({ unit: 'binary', maxLength: 12 }),
  fc.constantFrom(
    '',
    'NULL',
    "O'Neill; DROP",
    '=1+1',
    '2023-02-30',
    '0000-00-00',
    '99999999999999999999',
    '-1',
    '1e9',
  ),
  fc.constantFrom(
    'constructor',
    '__proto__',
    'toString',
    'true',
    '[object Object]',
    '\u202e\u0000',
    'ı',
    'ﬁ',
    'İ',
  ),
  fc.integer({ min: 1, max: 3_000 }).map((length) => 'x'.repeat(length)),
);

const ids = (count: number) => Array.from({ length: count }, (_, at) => `K${at + 1}`);
const many = fc.integer({ min: 2, max: 9 });

/** For each unit a damage, or none for about half of them. */
const damages = <T>(damage: fc.Arbitrary<T>) =>
  many.chain((count) => fc.array(fc.option(damage, { freq: 2 }), { minLength: count, maxLength: count }));

// XML

// biome-ignore lint/suspicious/noControlCharactersInRegex: they may not stand in XML at all
const NO_CHARACTER = /[\0-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]|\p{Cs}/gu;

const escaped = (text: string) =>
  text.replace(NO_CHARACTER, '').replace(/[&<>]/g, (sign) => `&#${sign.charCodeAt(0)};`);

const nested = (depth: number) => '<a>'.repeat(depth) + '</a>'.repeat(depth);

/** Pieces put into, and taken from, the text of one child in a census. */
const xmlDamage = fc.oneof(
  trouble.map((text) => (child: string) => child.replace(/>2023-05-04</, `>${escaped(text)}<`)),
  trouble.map((text) => (child: string) => child.replace(/>WBRI</, `>${escaped(text)}<`)),
  trouble.map(
    (text) => (child: string) =>
      child.replace(/<LAchildID>/, `<LAchildID>${escaped(text)}</LAchildID><LAchildID>`),
  ),
  fc.constant((child: string) => child.replace(/<LAchildID>.*?<\/LAchildID>/, '')),
  fc.constant((child: string) => child.replace(/<ChildIdentifiers>.*?<\/ChildIdentifiers>/s, '$&$&')),
  fc.constant((child: string) => child.replace(/<CINdetails>.*<\/CINdetails>/s, '$&$&')),
  fc.constant((child: string) =>
    child.replace(/<(\w+)>2023-05-04<\/\1>/, '<$1>2023-05-04</$1><$1>2023-06-04</$1>'),
  ),
  fc.constant((child: string) =>
    child.replace('<Child>', '<Child><Child>').replace('</Child>', '</Child></Child>'),
  ),
  fc
    .integer({ min: 1, max: 50 })
    .map((depth) => (child: string) => child.replace('</CINdetails>', `${nested(depth)}</CINdetails>`)),
  fc.constant((child: string) =>
    child.replace('</Child>', `${'<constructor>x</constructor>'.repeat(60_000)}</Child>`),
  ),
  trouble.map(
    (text) => (child: string) =>
      child.replace('<CINdetails>', `<!-- ${escaped(text).replaceAll('-', '')} --><CINdetails>`),
  ),
  trouble.map(
    (text) => (child: string) =>
      child.replace('<CINdetails>', `<CINdetails><![CDATA[${escaped(text).replaceAll(']', '')}]]>`),
  ),
);

const censusChild = (id: string) =>
  `<Child><ChildIdentifiers><LAchildID>${id}</LAchildID></ChildIdentifiers><ChildCharacteristics><Ethnicity>WBRI</Ethnicity></ChildCharacteristics><CINdetails><CINreferralDate>2023-05-04</CINreferralDate><Assessments><AssessmentActualStartDate>2023-05-05</AssessmentActualStartDate></Assessments></CINdetails></Child>`;

const unitsOf = <D>(
  made: readonly (D | null)[],
  good: (id: string) => string,
  events: number,
  apply: (text: string, damage: D) => string,
): Unit[] =>
  ids(made.length).map((id, at) => {
    const damage = made[at] ?? null;
    if (damage === null) return { id, text: good(id), events };
    return { id, text: apply(good(id), damage), events: undefined };
  });

const census = fc.tuple(damages(xmlDamage), encoded).map(([made, encode]): FuzzedReturn => {
  const units = unitsOf(made, censusChild, 3, (text, damage) => damage(text));
  const header =
    '<Header><CollectionDetails><Year>2024</Year><ReferenceDate>2024-03-31</ReferenceDate></CollectionDetails></Header>';
  const text = `<Message>${header}<Children>${units.map((unit) => unit.text).join('\n')}</Children></Message>`;
  return { name: 'census.xml', units, bytes: encode(text) };
});

const careChild = (id: string) =>
  `<CHILD><HEADER><CHILDID>${id}</CHILDID><SEX>2</SEX><ETHNIC>WBRI</ETHNIC></HEADER><EPISODE><DECOM>04/05/2023</DECOM><RNE>S</RNE><LS>C2</LS><PL>U1</PL></EPISODE></CHILD>`;

const careDamage = fc.oneof(
  trouble.map((text) => (child: string) => child.replace('04/05/2023', escaped(text))),
  trouble.map((text) => (child: string) => child.replace('<LS>C2', `<LS>${escaped(text)}`)),
  trouble.map((text) => (child: string) => child.replace('<PL>U1', `<PL>${escaped(text)}`)),
  fc.constant((child: string) => child.replace(/<CHILDID>.*?<\/CHILDID>/, '')),
  fc.constant((child: string) => child.replace(/<HEADER>.*<\/HEADER>/s, '')),
  fc.constant((child: string) =>
    child.replace('</HEADER>', '<constructor>1</constructor><toString>1</toString></HEADER>'),
  ),
  fc.constant((child: string) => child.replace(/<EPISODE>.*<\/EPISODE>/s, '$&$&')),
);

const careXml = fc.tuple(damages(careDamage), encoded).map(([made, encode]): FuzzedReturn => {
  const units = unitsOf(made, careChild, 2, (text, damage) => damage(text));
  return {
    name: 'care.xml',
    units,
    bytes: encode(`<EXPSSDA903>${units.map((unit) => unit.text).join('')}</EXPSSDA903>`),
  };
});

// CSV

const csvDamage = fc.oneof(
  fc.tuple(fc.nat(40), fc.constantFrom('"', '""', '"x"', '\u0000', '\ufffd')).map(
    ([at, sign]) =>
      (row: string) =>
        row.slice(0, at) + sign + row.slice(at),
  ),
  trouble.map((text) => (row: string) => row.replace('04/05/2023', text.replace(/[\r\n]/g, ' '))),
  fc.constant((row: string) => `${row}${row}`),
  fc.constant((row: string) => row.slice(0, 4)),
  fc.constant((row: string) => row.replace(/K\d+/, '')),
  fc
    .integer({ min: 1, max: 2 })
    .map((millions) => (row: string) => `${row}${'9'.repeat(millions * 1_000_000)}`),
);

const layouts = fc.tuple(
  fc.constantFrom(',', ';', '\t', '|'),
  fc.constantFrom('\n', '\r\n', '\r'),
  encoded,
  fc.boolean(),
);

const csv = (name: string, heading: string, row: (id: string) => string) =>
  fc.tuple(damages(csvDamage), layouts).map(([made, [delimiter, end, encode, quoted]]): FuzzedReturn => {
    const write = (line: string) =>
      line
        .split(',')
        .map((cell) => (quoted ? `"${cell}"` : cell))
        .join(delimiter);
    const units = unitsOf(
      made,
      (id) => write(row(id)),
      1,
      (text, damage) => damage(text),
    );
    const text = [write(heading), ...units.map((unit) => unit.text)].join(end);
    return { name, units, bytes: encode(text) };
  });

// JSON

type Json = null | string | number | boolean | Json[] | { [name: string]: Json };

const shapes: fc.Arbitrary<Json> = fc.oneof(
  trouble,
  fc.constantFrom<Json>(null, true, 0, -1.5, [], {}, [[]], [null], [{}], { length: 3 }),
  fc.jsonValue({ maxDepth: 3 }) as fc.Arbitrary<Json>,
  fc.integer({ min: 1, max: 500 }).map((depth) => JSON.parse('['.repeat(depth) + ']'.repeat(depth)) as Json),
);

const feedChild = (id: string) => ({
  la_child_id: id,
  child_details: { sex: 'F', disabilities: ['MOB'] },
  social_care_episodes: [
    {
      social_care_episode_id: `${id}-1`,
      referral_date: '2023-05-04',
      child_and_family_assessments: [
        { child_and_family_assessment_id: `${id}-2`, start_date: '2023-05-05', factors: ['3B'] },
      ],
    },
  ],
});

const places = [
  'la_child_id',
  'child_details',
  'social_care_episodes',
  'purge',
  'child_details.disabilities',
  'social_care_episodes.0',
  'social_care_episodes.0.referral_date',
  'social_care_episodes.0.social_care_episode_id',
  'social_care_episodes.0.child_and_family_assessments',
  'social_care_episodes.0.child_and_family_assessments.0',
  'social_care_episodes.0.child_and_family_assessments.0.start_date',
];

const jsonDamage = fc.oneof(
  fc.tuple(fc.constantFrom(...places), shapes).map(([path, value]) => (text: string) => {
    const child = JSON.parse(text);
    const names = path.split('.');
    let parent = child;
    for (const name of names.slice(0, -1)) parent = parent[name];
    parent[names.at(-1)!] = value;
    return JSON.stringify(child);
  }),
  shapes.map((value) => () => JSON.stringify(value)),
  fc
    .integer({ min: 1, max: 200_000 })
    .map((depth) => (text: string) => text.replace('"F"', '['.repeat(depth) + ']'.repeat(depth))),
  fc.constant((text: string) => text.replace(':', ';')),
  fc.constant((text: string) => text.replace('{', '{"la_child_id":"K9999","__proto__":{"purge":true},')),
);

const feed = fc
  .tuple(damages(jsonDamage), encoded, fc.constantFrom('list', 'children', 'lines'))
  .map(([made, encode, layout]): FuzzedReturn => {
    const units = unitsOf(
      made,
      (id) => JSON.stringify(feedChild(id)),
      3,
      (text, damage) => damage(text),
    );
    const list = `[${units.map((unit) => unit.text).join(',\n')}]`;
    // One object a line can hold nothing but objects.
    const objects = units.filter((unit) => unit.text.startsWith('{'));
    if (layout === 'lines') {
      return {
        name: 'feed.json',
        units: objects,
        bytes: encode(objects.map((unit) => unit.text).join('\n')),
      };
    }
    const text =
      layout === 'list' ? list : `{"la_code":301,"children":${list},"errors":[{"la_child_id":"K9998"}]}`;
    return { name: 'feed.json', units, bytes: encode(text) };
  });

export const fuzzedReturns: [name: string, returns: fc.Arbitrary<FuzzedReturn>][] = [
  ['CIN census', census],
  ['SSDA903 in XML', careXml],
  [
    'SSDA903 tables',
    csv('episodes.csv', 'CHILD,DECOM,RNE,LS,CIN,PLACE', (id) => `${id},04/05/2023,S,C2,N1,U1`),
  ],
  [
    'dataset tables',
    csv(
      'plans.csv',
      'cinp_cin_plan_id,cinp_person_id,cinp_cin_plan_start_date,cinp_cin_plan_end_date',
      (id) => `P-${id},${id},04/05/2023,`,
    ),
  ],
  ['daily feed', feed],
];

const names = pseudonymiser(KEY);

/** Everything that the report says of records that gave no event. */
const told = (report: ConversionReport): number =>
  report.refused +
  report.findings
    .filter(({ rule }) => rule === 'duplicate-record' || rule === 'years-overlap')
    .reduce((sum, { count }) => sum + count, 0);

/**
 * What went wrong in a conversion, in words; undefined when nothing did. Files that cannot be read at all are refused as
 * a whole, in words, and are never stated complete.
 */
export function wrongIn({ units }: FuzzedReturn, { messages, report, error }: Converted): string | undefined {
  if (error !== undefined) {
    if (error.name !== 'UserError') return `crashed: ${error.stack}`;
    if (units.length > 0 && units.every((unit) => unit.events !== undefined))
      return `refused a good file: ${error.code}`;
    return messages.some((message) => message.type === 'waymark.feed.statement.v1')
      ? 'was stated complete'
      : undefined;
  }
  const events = new Map<string, number>();
  for (const message of messages)
    if ('subject' in message) events.set(message.subject, (events.get(message.subject) ?? 0) + 1);
  // A damaged id is the id of somebody else.
  const known = new Set(units.map((unit) => names.child(unit.id)));
  const others = [...events.keys()].filter((child) => !known.has(child)).length;
  let silent = 0;
  for (const unit of units) {
    const given = events.get(names.child(unit.id)) ?? 0;
    if (unit.events === undefined && given === 0) silent += 1;
    if (unit.events !== undefined && given !== unit.events)
      return `${unit.id} is good and gave ${given} of ${unit.events} events`;
  }
  return told(report) + others < silent
    ? `${silent} damaged records gave nothing, and ${told(report)} were told of`
    : undefined;
}
