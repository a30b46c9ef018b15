// Broken input never crashes, hangs, leaks or loses a good record: cut anywhere, in any encoding, with stray quotes,
// bombs and repeated tags. Every failure is a sentence with a code, never a bug.
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { convertReturn } from '../../../services/council/convert.ts';
import { ReportWriter } from '../../../services/council/report.ts';
import { UserError } from '../../../services/platform/errors.ts';
import { fuzzedReturns, wrongIn } from './fuzzed-returns.ts';
import { COUNCIL, census, convert, folder, KEY, samples, states } from './support.ts';

const here = folder();
const read = (name: string) => readFileSync(`${samples}${name}`);
const referenceDate = '2024-03-31';
const formats: [string, Buffer][] = [
  ['census.xml', read('cin-census/CIN_Census_2026.xml')],
  ['care.xml', read('ssda903/fake_903.xml').subarray(0, 4_000)],
  ['episodes.csv', read('ssda903/episodes.csv').subarray(0, 2_000)],
  ['daily.json', read('council/daily-snapshot.json')],
];

/** Converts and insists that whatever goes wrong is a sentence for a person. */
async function survive(name: string, bytes: Uint8Array) {
  const writer = new ReportWriter(COUNCIL);
  const lines: string[] = [];
  try {
    const files = [here.write(name, bytes)];
    for await (const message of convertReturn({ files, council: COUNCIL, key: KEY, referenceDate, writer })) {
      lines.push(JSON.stringify(message));
    }
    return { lines, error: undefined };
  } catch (error) {
    expect(error).toBeInstanceOf(UserError);
    return { lines, error: error as UserError };
  }
}

describe('a return cut anywhere', () => {
  it.each(formats)('%s keeps what stood before the cut and never states it complete', async (name, bytes) => {
    const whole = new Set((await survive(name, bytes)).lines);
    for (let end = 0; end < bytes.length - 2; end += Math.max(1, Math.floor(bytes.length / 150))) {
      const { lines, error } = await survive(name, bytes.subarray(0, end));
      if (name.endsWith('.csv')) continue;
      expect(error, `cut at ${end}`).toBeInstanceOf(UserError);
      // Nothing is stated that the whole return does not state.
      expect(lines.filter((line) => !whole.has(line))).toEqual([]);
      expect(lines.join('')).not.toContain('waymark.feed.statement');
    }
  });

  it('a CSV cut in a row keeps every row before it', async () => {
    const bytes = formats[2]![1];
    for (let end = 200; end < bytes.length; end += 37) {
      const rows = bytes.subarray(0, end).toString().split('\n').slice(1, -1).length;
      const { lines } = await survive('episodes.csv', bytes.subarray(0, end));
      expect(lines.filter((line) => line.includes('care-episode.v1')).length).toBeGreaterThanOrEqual(rows);
    }
  });
});

describe('random damage', () => {
  it.each(formats)(
    '%s with bytes replaced, put in or taken out is refused in words or read',
    async (name, bytes) => {
      const damage = fc.array(fc.tuple(fc.nat(bytes.length - 1), fc.nat(2), fc.nat(255)), {
        minLength: 1,
        maxLength: 6,
      });
      await fc.assert(
        fc.asyncProperty(damage, async (edits) => {
          let text: Buffer = Buffer.from(bytes);
          for (const [at, how, byte] of edits) {
            const [head, tail] = [text.subarray(0, at), text.subarray(at + (how === 2 ? 0 : 1))];
            text = Buffer.concat([head, how === 1 ? Buffer.alloc(0) : Buffer.from([byte]), tail]);
          }
          await survive(name, text);
        }),
        { numRuns: 60, seed: 4 },
      );
    },
  );

  it('bytes of no format are refused in words', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 400 }), async (bytes) => {
        const { error } = await survive('anything', bytes);
        expect(error).toBeInstanceOf(UserError);
      }),
      { numRuns: 100, seed: 4 },
    );
  });
});

describe('good records among damaged ones', () => {
  it.each(fuzzedReturns)('%s: none is lost, and nothing vanishes without a word', async (_, returns) => {
    await fc.assert(
      fc.asyncProperty(returns, async (fuzzed) => {
        const converted = await convert([here.write(fuzzed.name, fuzzed.bytes)], { referenceDate });
        expect(wrongIn(fuzzed, converted)).toBeUndefined();
      }),
      { numRuns: 120, seed: 4 },
    );
  });
});

describe('encodings', () => {
  const text = census({ identifiers: '<PersonBirthDate>2015-02-17</PersonBirthDate><Surname>Zoë</Surname>' });
  const utf16 = (little: boolean, mark: boolean) => {
    const bytes = Buffer.from((mark ? '\ufeff' : '') + text, 'utf16le');
    return little ? bytes : bytes.swap16();
  };
  it.each([
    ['UTF-8 with a byte order mark', Buffer.from(`\ufeff${text}`)],
    ['UTF-16 little endian with a mark', utf16(true, true)],
    ['UTF-16 big endian with a mark', utf16(false, true)],
    ['UTF-16 little endian without one', utf16(true, false)],
    [
      'Windows-1252 as declared',
      Buffer.from(`<?xml version="1.0" encoding="windows-1252"?>${text}`, 'latin1'),
    ],
    ['Latin 1 that says it is UTF-8', Buffer.from(`<?xml version="1.0" encoding="utf-8"?>${text}`, 'latin1')],
    ['UTF-8 that says it is UTF-16', Buffer.from(`<?xml version="1.0" encoding="utf-16"?>${text}`)],
  ])('%s is read', async (_, bytes) => {
    const { messages, error } = await convert([here.write('e.xml', bytes)]);
    expect(error).toBeUndefined();
    expect(states(messages, 'child')).toEqual([{ birthMonth: '2015-02', ethnicity: 'WBRI' }]);
  });

  it('an encoding that nobody knows is refused', async () => {
    const { error } = await convert([
      here.write('e.xml', `<?xml version="1.0" encoding="ebcdic-9"?>${text}`),
    ]);
    expect(error?.code).toBe('unknown-encoding');
  });

  it('an id with bytes that cannot be read is no id: two children would become one', async () => {
    const bytes = Buffer.from(census({}).replace('A1<', 'A\u00e9<'), 'latin1');
    const { report } = await convert([here.write('e.xml', bytes)]);
    expect(report.refusals.map((one) => one.rule)).toEqual(['unreadable-id']);
  });
});

describe('too much of everything', () => {
  const good = '<Child><ChildIdentifiers><LAchildID>B2</LAchildID></ChildIdentifiers></Child>';

  it('a child of 300,000 elements is refused, and the one after it is not lost', async () => {
    const children = `<Child><ChildIdentifiers><LAchildID>A1</LAchildID></ChildIdentifiers>${'<CINdetails/>'.repeat(300_000)}</Child>${good}`;
    const { report, error } = await convert([here.write('many.xml', census({ children }))]);
    expect(error).toBeUndefined();
    expect(report.refusals.map((one) => one.rule)).toEqual(['too-many-elements']);
    expect(report.records.child).toBe(1);
  });

  it('elements nested without end are refused', async () => {
    const { error } = await convert([here.write('deep.xml', census({ children: '<a>'.repeat(100_000) }))]);
    expect(error?.code).toBe('too-large');
  });

  const lol = Array.from({ length: 9 }, (_, at) => `<!ENTITY l${at + 1} "${`&l${at};`.repeat(10)}">`).join(
    '',
  );
  const inChild = (text: string) =>
    census({
      children: `<Child><ChildIdentifiers><LAchildID>${text}</LAchildID></ChildIdentifiers></Child>`,
    });
  it.each([
    [
      'a billion laughs',
      `<!DOCTYPE m [<!ENTITY l0 "lol">${lol}]>${inChild('&l9;')}`,
      'document-type-refused',
    ],
    [
      'a quadratic blow-up',
      `<!DOCTYPE m [<!ENTITY a "${'x'.repeat(5_000)}">]>${inChild('&a;'.repeat(50_000))}`,
      'document-type-refused',
    ],
    [
      'a file outside',
      `<!DOCTYPE m [<!ENTITY x SYSTEM "file:///etc/passwd">]>${inChild('&x;')}`,
      'document-type-refused',
    ],
    [
      'an address outside',
      `<!DOCTYPE m SYSTEM "http://127.0.0.1:9/m.dtd">${inChild('A1')}`,
      'document-type-refused',
    ],
    [
      'a parameter entity',
      `<!DOCTYPE m [<!ENTITY % p SYSTEM "http://127.0.0.1:9/p"> %p;]>${inChild('A1')}`,
      'document-type-refused',
    ],
    ['an entity without a declaration', inChild('&undeclared;'), 'not-well-formed'],
    ['an entity named as an inherited property', inChild('&constructor;'), 'not-well-formed'],
    ['a character that may not stand in XML', inChild('&#0;'), 'not-well-formed'],
    ['half of a surrogate pair', inChild('&#xD800;'), 'not-well-formed'],
    ['a document type behind the root', `${inChild('A1')}<!DOCTYPE m>`, 'document-type-refused'],
  ])('an entity bomb is refused before it goes off: %s', async (_, text, code) => {
    for (const bytes of [Buffer.from(text), Buffer.from(`\ufeff${text}`, 'utf16le')]) {
      const { error, messages } = await convert([here.write('bomb.xml', bytes)]);
      expect(error?.code).toBe(code);
      expect(JSON.stringify(messages)).not.toMatch(/root:|feed\.statement/);
    }
  });

  it('a hundred thousand character references are read as the characters they are', async () => {
    const { report, error } = await convert([here.write('many.xml', inChild('&#65;'.repeat(100_000)))]);
    expect(error).toBeUndefined();
    expect(report.refusals.map((one) => one.rule)).toEqual(['unreadable-id']);
  });

  it('a JSON value nested two hundred thousand deep costs its own child only', async () => {
    const deep = '['.repeat(200_000) + ']'.repeat(200_000);
    const text = `[{"la_child_id":"A1","child_details":{"sex":${deep}}},{"la_child_id":"B2","child_details":{"sex":"F"}}]`;
    const { report, error } = await convert([here.write('deep.json', text)], { referenceDate });
    expect(error).toBeUndefined();
    expect(report.children).toBe(2);
  });

  it('a file of rows that each open a quote is read in time that grows with its length', async () => {
    const rows = Array.from({ length: 40_000 }, (_, at) => `${at},"01/02/2023,S,C2`).join('\n');
    const { report } = await convert([here.write('quotes.csv', `CHILD,DECOM,RNE,LS\n${rows}\n`)], {
      referenceDate,
    });
    expect(report.refused).toBe(40_000);
  });

  it('a column that stands twice is refused: it cannot be told which is meant', async () => {
    const { error } = await convert([here.write('twice.csv', 'CHILD,DECOM,RNE,LS,DECOM\n1,2,3,4,5\n')]);
    expect(error?.report()).toMatchObject({ code: 'repeated-column', file: 'twice.csv', line: 1 });
  });

  it('a value without end is refused', async () => {
    const { error } = await convert([
      here.write('long.xml', census({ children: `<Child>${'x'.repeat(5_000_000)}` })),
    ]);
    expect(error?.code).toBe('too-large');
  });

  it('a CSV line without end costs itself only', async () => {
    const heading = 'CHILD,DECOM,RNE,LS';
    const file = here.write('long.csv', `${heading}\n${'9'.repeat(3_000_000)}\n1,01/02/2023,S,C2\n`);
    const { report } = await convert([file], { referenceDate });
    expect(report.refusals.map((one) => [one.line, one.rule])).toEqual([[2, 'line-too-long']]);
    expect(report.records['care-episode']).toBe(1);
  });

  it('tags that stand twice are counted, and the first is taken', async () => {
    const details =
      '<CINdetails><CINreferralDate>2023-05-04</CINreferralDate><CINreferralDate>2023-06-04</CINreferralDate></CINdetails>';
    const { messages, report } = await convert([here.write('twice.xml', census({ details }))]);
    expect(states(messages, 'referral')).toEqual([{ date: '2023-05-04' }]);
    expect(report.findings.map((one) => one.rule)).toEqual(['repeated-field']);
  });
});

describe('quotes in a CSV', () => {
  it('never lose a good row, wherever they stray', async () => {
    const row = (child: number) => `${child},01/02/2023,S,C2,N1,U1`;
    const rows = Array.from({ length: 12 }, (_, at) => row(at));
    const stray = fc.array(fc.tuple(fc.nat(11), fc.nat(20)), { minLength: 1, maxLength: 3 });
    await fc.assert(
      fc.asyncProperty(stray, async (places) => {
        const dirty = [...rows];
        for (const [at, column] of places)
          dirty[at] = `${dirty[at]!.slice(0, column)}"${dirty[at]!.slice(column)}`;
        const touched = new Set(places.map(([at]) => at));
        const file = here.write('q.csv', ['CHILD,DECOM,RNE,LS,CIN,PLACE', ...dirty].join('\r\n'));
        const { report, error } = await convert([file], { referenceDate });
        expect(error).toBeUndefined();
        expect(report.records['care-episode']).toBeGreaterThanOrEqual(rows.length - touched.size);
        expect(report.records['care-episode'] + report.refused).toBe(rows.length);
      }),
      { numRuns: 150, seed: 4 },
    );
  });
});
