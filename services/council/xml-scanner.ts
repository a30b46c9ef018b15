// Well-formed XML becomes tags and texts here, and anything else is refused at its place. It reads what returns are made
// of quickly and everything else of XML 1.0 correctly, save document types, which no return has and which it refuses.
//
// Measured, it is no faster than saxes over the same decoded text, and no test compares the two: it is to go back to saxes
// unless it comes to read bytes and is held to saxes by a test. Its output is held to kept hashes (kept-output.test.ts).

/** Told of every tag and text in order. A name is the same string object each time it occurs. */
export interface XmlHandler {
  open(name: string, line: number): void;
  /** Text with its entities replaced. White space between two tags is not told. */
  text(text: string): void;
  close(): void;
}

export type XmlFault = 'not-well-formed' | 'document-type' | 'too-long';

/** Where a text stops being XML that is taken. `line` and `column` count from 1. */
export class XmlError extends Error {
  readonly fault: XmlFault;
  readonly line: number;
  readonly column: number;

  constructor(fault: XmlFault, line: number, column: number) {
    super(fault);
    this.fault = fault;
    this.line = line;
    this.column = column;
  }
}

/** Characters that one tag or text may take; more is no return. */
const LONGEST = 4_194_304;

const nameStart =
  ':A-Z_a-z\\u{c0}-\\u{d6}\\u{d8}-\\u{f6}\\u{f8}-\\u{2ff}\\u{370}-\\u{37d}\\u{37f}-\\u{1fff}\\u{200c}\\u{200d}\\u{2070}-\\u{218f}\\u{2c00}-\\u{2fef}\\u{3001}-\\u{d7ff}\\u{f900}-\\u{fdcf}\\u{fdf0}-\\u{fffd}\\u{10000}-\\u{effff}';
const name = `[${nameStart}][${nameStart}\\-.0-9\\u{b7}\\u{300}-\\u{36f}\\u{203f}\\u{2040}]*`;
const space = '[ \\t\\r\\n]';
const TAG = new RegExp(
  `^(${name})((?:${space}+${name}${space}*=${space}*(?:"[^<"]*"|'[^<']*'))*)${space}*(/?)$`,
  'u',
);
const ATTRIBUTE = new RegExp(`(${name})${space}*=${space}*(?:"([^"]*)"|'([^']*)')`, 'gu');
const INSTRUCTION = new RegExp(`^(${name})(?:${space}[^]*)?$`, 'u');
const DECLARATION =
  /^xml[ \t\r\n]+version[ \t\r\n]*=[ \t\r\n]*(["'])1\.[0-9]+\1(?:[ \t\r\n]+encoding[ \t\r\n]*=[ \t\r\n]*(["'])[A-Za-z][\w.-]*\2)?(?:[ \t\r\n]+standalone[ \t\r\n]*=[ \t\r\n]*(["'])(?:yes|no)\3)?[ \t\r\n]*$/;
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what may not stand in XML
const NO_CHARACTER = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/;
const LINE_END = /\r\n?/g;
const REFERENCE = /&(?:([a-z]+)|#([0-9]{1,7})|#x([0-9A-Fa-f]{1,6}));|&/g;
const entities: Readonly<Record<string, string>> = { lt: '<', gt: '>', amp: '&', quot: '"', apos: "'" };

/** The text with its references replaced, or undefined when one is of no kind that stands without a document type. */
function unescaped(text: string): string | undefined {
  let good = true;
  const plain = text.replace(REFERENCE, (_, word?: string, decimal?: string, hexadecimal?: string) => {
    if (word !== undefined) {
      const sign = entities[word];
      good &&= sign !== undefined;
      return sign ?? '';
    }
    const code = decimal ? Number(decimal) : hexadecimal ? Number.parseInt(hexadecimal, 16) : 0;
    const surrogate = code >= 0xd800 && code <= 0xdfff;
    const character = code <= 0x10ffff && !surrogate ? String.fromCodePoint(code) : '\0';
    good &&= !NO_CHARACTER.test(character);
    return character;
  });
  return good ? plain : undefined;
}

const isSpace = (sign: number): boolean => sign === 32 || sign === 10 || sign === 13 || sign === 9;
const NAMES = 1_024;

/** Scans a text that comes in pieces. After an error it must not be used again. */
export class XmlScanner {
  readonly #handler: XmlHandler;
  /** The text from the first thing that is not settled yet. */
  #text = '';
  #at = 0;
  /** Line and column of the beginning of `#text`'s unsettled part. */
  #line = 1;
  #startColumn = 0;
  #afterReturn = false;
  #begun = false;
  #rooted = false;
  readonly #open: string[] = [];
  readonly #names = new Map<string, string>();
  /** Names by a hash of their signs: most tags are found here without making a string. */
  readonly #quick: string[] = new Array<string>(NAMES).fill('');

  constructor(handler: XmlHandler) {
    this.#handler = handler;
  }

  /** The line that has been reached. */
  get line(): number {
    return this.#line;
  }

  /** Whether an outermost element has begun. */
  get rooted(): boolean {
    return this.#rooted;
  }

  /** @throws XmlError; the handler has been told of everything before it */
  write(piece: string): void {
    if (this.#at > 0) this.#settle();
    this.#text = this.#text === '' ? piece : this.#text + piece;
    while (this.#step()) {
      // Each step settles one tag or text.
    }
    if (this.#text.length - this.#at > LONGEST) this.#fail('too-long');
  }

  /** What the text came to: one outermost element, closed; something after it; or an element that is still open. */
  end(): 'whole' | 'left-over' | 'open' {
    this.#settle();
    this.#count(0, this.#text.length);
    if (!this.#rooted || this.#open.length > 0) return 'open';
    return /[^ \t\r\n]/.test(this.#text) ? 'left-over' : 'whole';
  }

  #settle(): void {
    const settled = this.#text.slice(0, this.#at);
    const last = Math.max(settled.lastIndexOf('\n'), settled.lastIndexOf('\r'));
    this.#startColumn = last < 0 ? this.#startColumn + settled.length : settled.length - last - 1;
    this.#text = this.#text.slice(this.#at);
    this.#at = 0;
  }

  #fail(fault: XmlFault, at = this.#at): never {
    this.#count(this.#at, at);
    this.#at = at;
    this.#settle();
    throw new XmlError(fault, this.#line, this.#startColumn + 1);
  }

  /** Counts the line ends of a stretch of text; CR, LF and CR LF are one each. */
  #count(from: number, to: number): void {
    for (let at = from; at < to; at += 1) {
      const sign = this.#text.charCodeAt(at);
      if (sign === 10) {
        if (!this.#afterReturn) this.#line += 1;
        this.#afterReturn = false;
      } else {
        this.#afterReturn = sign === 13;
        if (sign === 13) this.#line += 1;
      }
    }
  }

  /** Settles the next tag or text; false when more text is needed to know where it ends. */
  #step(): boolean {
    const text = this.#text;
    const length = text.length;
    let at = this.#at;
    if (at >= length) return false;
    let sign = text.charCodeAt(at);
    if (sign !== 60) {
      // White space, then perhaps a value.
      let plain = true;
      let simple = true;
      for (; at < length; at += 1) {
        sign = text.charCodeAt(at);
        if (sign === 60) break;
        if (sign <= 32) {
          if (sign === 13) simple = false;
          else if (sign !== 32 && sign !== 10 && sign !== 9) this.#fail('not-well-formed', at);
        } else {
          plain = false;
          if (sign === 38 || sign === 62) simple = false;
          else if (sign >= 0xfffe) this.#fail('not-well-formed', at);
        }
      }
      if (!plain && this.#open.length === 0) this.#fail('not-well-formed');
      if (at >= length) return false;
      if (!plain) this.#value(text.slice(this.#at, at), simple);
      this.#count(this.#at, at);
      this.#at = at;
      this.#begun = true;
    }
    return this.#tag(text, at);
  }

  #value(raw: string, simple: boolean): void {
    if (simple) {
      this.#handler.text(raw);
      return;
    }
    if (raw.includes(']]>')) this.#fail('not-well-formed');
    const value = unescaped(raw.replaceAll(LINE_END, '\n'));
    if (value === undefined) this.#fail('not-well-formed');
    this.#handler.text(value);
  }

  #tag(text: string, at: number): boolean {
    const sign = text.charCodeAt(at + 1);
    if (sign === 47) return this.#closeTag(text, at);
    if (sign === 33) return this.#declared(text, at);
    if (sign === 63) return this.#instruction(text, at);
    let hash = 0;
    let end = at + 1;
    let next = sign;
    // Signs of a name that need no second look: letters, digits, `-`, `.`, `_`, `:`.
    while (
      (next >= 97 && next <= 122) ||
      (next >= 65 && next <= 90) ||
      (next >= 48 && next <= 58) ||
      next === 95 ||
      next === 45 ||
      next === 46
    ) {
      hash = (hash * 31 + next) | 0;
      end += 1;
      next = text.charCodeAt(end);
    }
    const started = (sign >= 97 && sign <= 122) || (sign >= 65 && sign <= 90) || sign === 95 || sign === 58;
    if (next !== 62 || !started) return this.#rareTag(text, at);
    const slot = hash & (NAMES - 1);
    let found = this.#quick[slot] ?? '';
    if (found.length !== end - at - 1 || !text.startsWith(found, at + 1)) {
      found = this.#nameOf(text.slice(at + 1, end));
      this.#quick[slot] = found;
    }
    this.#opened(found);
    this.#at = end + 1;
    return true;
  }

  #nameOf(text: string): string {
    const known = this.#names.get(text);
    if (known !== undefined) return known;
    // A copy of its own, so that a name does not keep the piece of the file it was cut from.
    const copy = Buffer.from(text).toString();
    if (this.#names.size < NAMES) this.#names.set(copy, copy);
    return copy;
  }

  #opened(found: string): void {
    if (this.#open.length === 0) {
      if (this.#rooted) this.#fail('not-well-formed');
      this.#rooted = true;
    }
    this.#begun = true;
    this.#afterReturn = false;
    this.#open.push(found);
    this.#handler.open(found, this.#line);
  }

  #closed(to: number): true {
    this.#open.pop();
    this.#afterReturn = false;
    this.#handler.close();
    this.#at = to;
    return true;
  }

  #closeTag(text: string, at: number): boolean {
    const expected = this.#open[this.#open.length - 1];
    const end = expected === undefined ? at : at + 2 + expected.length;
    if (expected !== undefined && text.charCodeAt(end) === 62 && text.startsWith(expected, at + 2)) {
      return this.#closed(end + 1);
    }
    const close = text.indexOf('>', at);
    if (close < 0) return false;
    let last = close;
    while (isSpace(text.charCodeAt(last - 1))) last -= 1;
    if (expected === undefined || text.slice(at + 2, last) !== expected) this.#fail('not-well-formed');
    this.#count(at, close);
    return this.#closed(close + 1);
  }

  /** A tag with attributes, or that closes itself, or whose name has letters of other alphabets. */
  #rareTag(text: string, at: number): boolean {
    let quote = 0;
    let end = at + 1;
    for (; end < text.length; end += 1) {
      const sign = text.charCodeAt(end);
      if (quote !== 0) {
        if (sign === quote) quote = 0;
        else if (sign === 60) this.#fail('not-well-formed');
      } else if (sign === 34 || sign === 39) quote = sign;
      else if (sign === 62) break;
      else if (sign === 60) this.#fail('not-well-formed');
    }
    if (end >= text.length) return false;
    const tag = text.slice(at + 1, end);
    const found = TAG.exec(tag);
    if (!found || NO_CHARACTER.test(tag) || !attributesGood(found[2] ?? '')) this.#fail('not-well-formed');
    this.#opened(this.#nameOf(found[1] ?? ''));
    this.#count(at, end);
    this.#at = end + 1;
    return found[3] === '/' ? this.#closed(end + 1) : true;
  }

  /** `<!`: a comment or CDATA; a document type is refused. */
  #declared(text: string, at: number): boolean {
    if (text.startsWith('<!--', at)) {
      const dashes = text.indexOf('--', at + 4);
      if (dashes < 0 || dashes + 2 >= text.length) return false;
      if (text.charCodeAt(dashes + 2) !== 62) this.#fail('not-well-formed');
      return this.#passed(text, at, dashes + 3);
    }
    if (text.startsWith('<![CDATA[', at)) {
      const end = text.indexOf(']]>', at + 9);
      if (end < 0) return false;
      if (this.#open.length === 0) this.#fail('not-well-formed');
      this.#handler.text(text.slice(at + 9, end).replaceAll(LINE_END, '\n'));
      return this.#passed(text, at, end + 3);
    }
    if (text.startsWith('<!DOCTYPE', at)) this.#fail('document-type');
    const rest = text.slice(at, at + 9);
    if (rest.length === 9 || !['<!--', '<![CDATA[', '<!DOCTYPE'].some((one) => one.startsWith(rest))) {
      this.#fail('not-well-formed');
    }
    return false;
  }

  #instruction(text: string, at: number): boolean {
    const end = text.indexOf('?>', at + 2);
    if (end < 0) return false;
    const content = text.slice(at + 2, end);
    const target = INSTRUCTION.exec(content)?.[1] ?? '';
    const declaration = target.toLowerCase() === 'xml';
    if (target === '' || (declaration && (this.#begun || !DECLARATION.test(content))))
      this.#fail('not-well-formed');
    return this.#passed(text, at, end + 2);
  }

  #passed(text: string, from: number, to: number): true {
    if (NO_CHARACTER.test(text.slice(from, to))) this.#fail('not-well-formed');
    this.#begun = true;
    this.#count(from, to);
    this.#at = to;
    return true;
  }
}

/** No attribute stands twice, and their values hold no stray `&`. */
function attributesGood(text: string): boolean {
  const seen = new Set<string>();
  for (const found of text.matchAll(ATTRIBUTE)) {
    const [, attribute = '', double, single] = found;
    if (seen.has(attribute) || unescaped(double ?? single ?? '') === undefined) return false;
    seen.add(attribute);
  }
  return true;
}
