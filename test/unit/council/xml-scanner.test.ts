// Our scanner of bytes and saxes, the parser everybody has, read the same documents: generated, damaged, in any encoding
// and cut anywhere. Both tell the same tags and texts on the same lines, or both refuse.
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { SaxesParser } from 'saxes';
import { describe, expect, it } from 'vitest';
import { utf8Bytes } from '../../../services/council/source-text.ts';
import { XmlError, XmlScanner } from '../../../services/council/xml-scanner.ts';
import { samples } from './support.ts';

/** What a document says, a tag or a whole text an entry, and whether it was read to its end. */
interface Told {
  told: string[];
  refused: boolean;
  line: number | undefined;
}

/** Texts in pieces become one; those of white space alone are left out, as they are not told between tags. */
class Telling {
  readonly told: string[] = [];
  #text = '';

  #flush(): void {
    if (/[^ \t\r\n]/.test(this.#text)) this.told.push(JSON.stringify(this.#text));
    this.#text = '';
  }

  open(name: string, line: number): void {
    this.#flush();
    this.told.push(`<${name}> ${line}`);
  }

  text(text: string): void {
    this.#text += text;
  }

  close(): void {
    this.#flush();
    this.told.push('/');
  }
}

function ours(bytes: Uint8Array, cuts: readonly number[] = []): Told {
  const telling = new Telling();
  const scanner = new XmlScanner(telling);
  const places = [...cuts.map((cut) => cut % (bytes.length + 1)), bytes.length].sort((a, b) => a - b);
  let from = 0;
  try {
    for (const to of places) {
      scanner.write(Buffer.from(bytes.subarray(from, to)));
      from = to;
    }
  } catch (error) {
    if (!(error instanceof XmlError)) throw error;
    return { told: telling.told, refused: true, line: error.line };
  }
  return { told: telling.told, refused: scanner.end() !== 'whole', line: undefined };
}

function theirs(text: string): Told {
  const telling = new Telling();
  let failed = false;
  // XML 1.0 whatever the declaration says, as the recommendation has it for 1.x; names without their prefix.
  const parser = new SaxesParser({ defaultXMLVersion: '1.0', forceXMLVersion: true });
  const tell = (what: () => void) => {
    if (!failed) what();
  };
  const fail = () => {
    failed = true;
  };
  parser.on('error', fail);
  parser.on('doctype', fail);
  parser.on('opentagstart', ({ name }) => {
    // A line end behind the name is read already.
    const line = parser.column === 0 ? parser.line - 1 : parser.line;
    tell(() => telling.open(name.slice(name.indexOf(':') + 1), line));
  });
  parser.on('text', (piece) => tell(() => telling.text(piece)));
  parser.on('cdata', (piece) => tell(() => telling.text(piece)));
  parser.on('closetag', () => tell(() => telling.close()));
  parser.write(text).close();
  return { told: telling.told, refused: failed, line: undefined };
}

function agree(bytes: Uint8Array, cuts: readonly number[] = []): boolean {
  const one = ours(bytes, cuts);
  const other = theirs(new TextDecoder('utf-8').decode(bytes));
  expect(one.refused).toBe(other.refused);
  if (!one.refused) expect(one.told).toEqual(other.told);
  return one.refused;
}

const oneOf = <T>(...values: T[]) => fc.constantFrom(...values);
const space = oneOf('', ' ', '\n', '\r\n', '\r', '\t', ' \r\r\n ');
const name = oneOf(
  'a',
  'b',
  'Child',
  'LAchildID',
  'x:Child',
  'CINPlanStartDate',
  'Émile',
  '名',
  '_-.9',
  'a'.repeat(40),
);
const value = oneOf(
  ...[
    '1',
    '2023-04-02',
    'N1',
    'x y',
    'ünï',
    '😀',
    '&amp;',
    '&lt;&gt;',
    '&#65;',
    '&#x1F600;',
    '&#x0000041;',
    '&#32;',
  ],
  ...[
    '\r\n',
    '\r',
    '\n',
    'x]y',
    '>',
    '"',
    "'",
    '<![CDATA[<&>]]>',
    '<![CDATA[\r\n]]>',
    '<![CDATA[]]>',
    '<!-- c -->',
    '<!---->',
  ],
  ...['<?pi x?>', '<?p?>', '\ufffd', '\u2028', '\u0085', '  '],
);
const badValue = oneOf(
  ...[
    '&',
    '&nbsp;',
    '&#0;',
    '&#xD800;',
    '&#x110000;',
    '&#xFFFE;',
    '&constructor;',
    ']]>',
    '\u0001',
    '\uffff',
    '<',
    '<!',
    '<!-- -- -->',
  ],
  ...[
    '<?xml version="1.0"?>',
    '<? x?>',
    '<![cdata[x]]>',
    '<!ELEMENT a>',
    '&#;',
    '&#x;',
    '&a',
    '<1>',
    '</a b>',
    '<?XmL?>',
    '<!-- --->',
  ],
);
const attribute = oneOf(
  ' a="1"',
  " b='2'",
  '\nc = "&amp;"',
  ' x:d="é"',
  ' e=">"',
  '\r\nf="\r\n"',
  ' g="/"',
  " h='\"'",
);
const badAttribute = oneOf(
  ' a',
  ' a=1',
  'a="1"',
  ' a="<"',
  ' a="&x;"',
  ' a="1" a="2"',
  ' 1="1"',
  ' a="\u0001"',
  ' / ',
);

/** A tree as text, well formed unless `damage` puts something in. */
const documents = (damage: boolean): fc.Arbitrary<string> => {
  const bad = damage ? 1 : 0;
  const content = fc.oneof({ weight: 12, arbitrary: value }, { weight: bad, arbitrary: badValue });
  const attributes = fc.oneof(
    { weight: 12, arbitrary: fc.uniqueArray(attribute, { maxLength: 3 }).map((all) => all.join('')) },
    { weight: bad, arbitrary: badAttribute },
  );
  const { element } = fc.letrec<{ element: string; inside: string }>((tie) => ({
    inside: fc
      .array(
        fc.oneof(
          { maxDepth: 4 },
          fc.array(content, { maxLength: 3 }).map((all) => all.join('')),
          space,
          tie('element'),
        ),
        { maxLength: 5 },
      )
      .map((all) => all.join('')),
    element: fc
      .tuple(name, attributes, space, tie('inside'), fc.nat(9), space)
      .map(([tag, given, gap, inside, how, end]) =>
        how === 0 ? `<${tag}${given}${gap}/>` : `<${tag}${given}${gap}>${inside}</${tag}${end}>`,
      ),
  }));
  const head = oneOf(
    '',
    '<?xml version="1.0"?>',
    '<?xml version="1.0" encoding="utf-8" standalone=\'no\' ?>\r\n',
    '<?xml version="1.1"?>',
    '<!-- head -->\n',
    '<?pi?> ',
  );
  const tail = oneOf('', '\n', ' \r\n<!-- tail -->', '<?end?>');
  const badTail = oneOf('x', '<a/>', '<', '&amp;', '<![CDATA[x]]>', '\u0001', '<!-- ');
  const ends = fc.oneof({ weight: 12, arbitrary: tail }, { weight: bad, arbitrary: badTail });
  return fc.tuple(head, element, ends).map((parts) => parts.join(''));
};
const cuts = fc.array(fc.nat(1_000_000), { maxLength: 12 });

describe('the scanner beside saxes', () => {
  it('tells the same of well-formed documents, cut anywhere', () => {
    fc.assert(
      fc.property(documents(false), cuts, (text, places) => {
        expect(agree(Buffer.from(text), places)).toBe(false);
      }),
      { numRuns: 1_500 },
    );
  });

  it('keeps the names of an earlier piece, whatever a later one has in their place', () => {
    const first = '<r><c>1</c><b>2</b><c>3</c>';
    const later = '<x>555555555x55</x></r>';
    // The x of the text comes to stand where the first piece had the name b, which has so far followed c.
    expect(later[first.indexOf('b')]).toBe('x');
    expect(agree(Buffer.from(first + later), [first.length])).toBe(false);
  });

  it('refuses the documents that saxes refuses and no others', () => {
    let refused = 0;
    fc.assert(
      fc.property(documents(true), cuts, (text, places) => {
        if (agree(Buffer.from(text), places)) refused += 1;
      }),
      { numRuns: 1_500 },
    );
    expect(refused).toBeGreaterThan(100);
  });

  it.each(['cin-census/CIN_Census_2026.xml', 'cin-census/fake_CIN_data.xml', 'ssda903/fake_903.xml'])(
    'agrees on %s whole, and with bytes changed, taken out or put in',
    (file) => {
      const whole = readFileSync(`${samples}${file}`);
      expect(agree(whole.subarray(whole[0] === 0xef ? 3 : 0))).toBe(false);
      // A part of it with its end, so that damage anywhere is met at once.
      const bytes = whole.subarray(0, 3_000);
      const edit = fc.tuple(
        fc.nat(bytes.length - 1),
        fc.nat(2),
        fc.oneof(fc.nat(255), oneOf(...Buffer.from('<>&;/!?-"\'=]\r\n '))),
      );
      fc.assert(
        fc.property(fc.array(edit, { minLength: 1, maxLength: 3 }), cuts, (edits, places) => {
          let text: Buffer = Buffer.from(bytes);
          for (const [at, how, byte] of edits) {
            const [head, rest] = [text.subarray(0, at), text.subarray(at + (how === 2 ? 0 : 1))];
            text = Buffer.concat([head, how === 1 ? Buffer.alloc(0) : Buffer.from([byte]), rest]);
          }
          const [one, other] = [ours(text, places), theirs(new TextDecoder('utf-8').decode(text))];
          // Both are cut short. What one tells before it stops, the other tells too.
          const length = Math.min(one.told.length, other.told.length);
          expect(one.told.slice(0, length)).toEqual(other.told.slice(0, length));
        }),
        { numRuns: 400 },
      );
    },
  );

  it('tells the same in every encoding, whatever the pieces', async () => {
    const text = (encoding: string) =>
      `<?xml version="1.0" encoding="${encoding}"?>\r\n<a>\r\n <b c="é">é £ü</b>\r\n</a>`;
    const swapped = (one: string) => Buffer.from(one, 'utf16le').swap16();
    const files: [string, Buffer, string][] = [
      ['utf-8', Buffer.from(text('utf-8')), text('utf-8')],
      ['utf-8 with a mark', Buffer.from(`\ufeff${text('utf-8')}`), text('utf-8')],
      ['utf-16le with a mark', Buffer.from(`\ufeff${text('utf-16')}`, 'utf16le'), text('utf-16')],
      ['utf-16le without', Buffer.from(text('utf-16'), 'utf16le'), text('utf-16')],
      ['utf-16be with a mark', swapped(`\ufeff${text('utf-16')}`), text('utf-16')],
      ['utf-16be without', swapped(text('utf-16')), text('utf-16')],
      ['iso-8859-1', Buffer.from(text('iso-8859-1'), 'latin1'), text('iso-8859-1')],
      ['windows-1252', Buffer.from(text('windows-1252'), 'latin1'), text('windows-1252')],
    ];
    for (const [encoding, bytes, wanted] of files) {
      for (const size of [1, 2, 3, 7, 1_000]) {
        const pieces = async function* () {
          for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
        };
        const telling = new Telling();
        const scanner = new XmlScanner(telling);
        for await (const piece of utf8Bytes(pieces(), 'file')) scanner.write(piece);
        expect(scanner.end(), `${encoding} by ${size}`).toBe('whole');
        expect(telling.told, `${encoding} by ${size}`).toEqual(theirs(wanted).told);
      }
    }
  });

  it('reads indentation of any width, cut at any byte', () => {
    const widths = Array.from({ length: 11 }, (_, width) => ' '.repeat(width));
    const text = `<a>\n${widths.map((indent) => `${indent}<b>\n${indent}x${indent}</b>\t${indent}\r\n`).join('')}</a>`;
    const told = theirs(text);
    const bytes = Buffer.from(text);
    for (let cut = 0; cut <= bytes.length; cut += 1)
      expect(ours(bytes, [cut]).told, `cut at ${cut}`).toEqual(told.told);
  });

  it.each([
    ['<a>\r\n<b>\r</c>', 3],
    ['<a>\n\n<!-- \n -->\r\n<b x="\n"/>&x;</a>', 6],
    ['<a>\r\r\r\u0001', 4],
    ['<a>\n<!DOCTYPE', 2],
  ])('says on which line %j stops being XML, cut at any byte', (text, line) => {
    const bytes = Buffer.from(text);
    for (let cut = 0; cut <= bytes.length; cut += 1)
      expect(ours(bytes, [cut]).line, `cut at ${cut}`).toBe(line);
  });
});
