// Well-formed XML in UTF-8 becomes tags and texts here, and anything else is refused at its place. It works on bytes: what
// returns are made of (plain tags, plain values, white space) is read at the speed of one look at each byte, and everything
// else of XML 1.0 goes the slow and exact way, save document types, which no return has and which are refused.
//
// It is held to saxes over generated and damaged documents cut anywhere (xml-scanner.test.ts); bench/convert.ts has the
// speed of both.
import { BEYOND, hashed, isNamed, ShortTexts, type XmlName, XmlNames } from './xml-strings.ts';
import { instructionGood, readTag } from './xml-tag.ts';
import { charactersGood, unescaped, withLineFeeds } from './xml-text.ts';

/** Told of every tag and text in order. */
export interface XmlHandler {
  /** `name` is without its prefix, and the same string object each time it occurs. */
  open(name: string, line: number): void;
  /** Text with its references replaced, in one piece or several. White space between two tags is not told. */
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

/** Bytes for a piece and what the one before it left. */
const ROOM = 131_072;
/** Bytes that one tag or text may take; more is no return. */
const LONGEST = 4_194_304;

const [TAB, FEED, RETURN, SPACE] = [9, 10, 13, 32];
const [BANG, DOUBLE, SINGLE, SLASH, LESS, MORE, QUESTION] = [33, 34, 39, 47, 60, 62, 63];
const [COMMENT, CDATA, DOCTYPE] = ['<!--', '<![CDATA[', '<!DOCTYPE'];

/** What a byte makes of the text it stands in, as bits. */
const [LINE_FEED, MARKUP, RARE] = [1, 2, 4];
/** By byte. `&`, `]` before `>` and CR mean something else than they are; RARE is not ASCII or no character. */
const oddities = Uint8Array.from({ length: 256 }, (_, byte) => {
  if (byte === FEED) return LINE_FEED;
  if (byte === RETURN) return LINE_FEED | MARKUP;
  if (byte === 38 || byte === MORE) return MARKUP;
  return byte >= 128 || (byte < SPACE && byte !== TAB) ? RARE : 0;
});
/** 1 for the bytes of a plain name: letters, digits, `-`, `.`, `_`, `:`; 2 for those it may begin with. */
const nameBytes = Uint8Array.from({ length: 256 }, (_, byte) => {
  const sign = String.fromCharCode(byte);
  return /[A-Za-z_:]/.test(sign) ? 2 : /[-.0-9]/.test(sign) ? 1 : 0;
});

const FOUR_SPACES = 0x20202020;
const viewOf = (bytes: Buffer): DataView => new DataView(bytes.buffer, bytes.byteOffset, bytes.length);

const isSpace = (byte: number | undefined): boolean =>
  byte === SPACE || byte === FEED || byte === RETURN || byte === TAB;

/** Scans bytes that come in pieces. After an error it must not be used again. */
export class XmlScanner {
  readonly #handler: XmlHandler;
  readonly #names = new XmlNames();
  readonly #texts = new ShortTexts();
  readonly #open: XmlName[] = [];
  /** The name that was opened last. */
  #last: XmlName | undefined;
  /** Where the bytes at hand stand. */
  #room: Buffer = Buffer.allocUnsafe(ROOM);
  #view = viewOf(this.#room);
  /** The bytes at hand; what stands before `#at` is settled. */
  #bytes: Buffer = this.#room.subarray(0, 0);
  #at = 0;
  /** The line of `#at`. */
  #line = 1;
  /** Characters of that line that were settled with earlier pieces. */
  #column = 0;
  #begun = false;
  #rooted = false;
  /** A comment, an instruction or CDATA ends at `#at`: white space after it may be a part of a text. */
  #amidText = false;

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

  /**
   * Scans on. The piece is copied.
   * @throws XmlError; the handler has been told of everything before it
   */
  write(piece: Uint8Array): void {
    this.#settle();
    const left = this.#bytes;
    const length = left.length + piece.length;
    if (length + BEYOND > this.#room.length) {
      this.#room = Buffer.allocUnsafe(2 * length + BEYOND);
      this.#view = viewOf(this.#room);
    }
    this.#room.set(left);
    this.#room.set(piece, left.length);
    this.#bytes = this.#room.subarray(0, length);
    while (this.#step()) {
      // Each step settles one tag, with the text before it.
    }
    if (this.#bytes.length - this.#at > LONGEST) this.#fail('too-long');
  }

  /** What the text came to: one outermost element, closed; something after it; or an element that is still open. */
  end(): 'whole' | 'left-over' | 'open' {
    this.#settle();
    this.#count(0, this.#bytes.length);
    if (!this.#rooted || this.#open.length > 0) return 'open';
    return this.#bytes.every(isSpace) ? 'whole' : 'left-over';
  }

  #settle(): void {
    const last = Math.max(
      this.#bytes.subarray(0, this.#at).lastIndexOf(FEED),
      this.#bytes.subarray(0, this.#at).lastIndexOf(RETURN),
    );
    const characters = this.#bytes.toString('utf8', last + 1, this.#at).length;
    this.#column = last < 0 ? this.#column + characters : characters;
    this.#bytes = this.#bytes.subarray(this.#at);
    this.#at = 0;
  }

  #fail(fault: XmlFault, at = this.#at): never {
    this.#count(this.#at, at);
    this.#at = at;
    this.#settle();
    throw new XmlError(fault, this.#line, this.#column + 1);
  }

  /** Counts the line ends of a stretch; CR, LF and CR LF are one each, and none is cut in two by what is settled. */
  #count(from: number, to: number): void {
    const bytes = this.#bytes;
    for (let at = from; at < to; at += 1) {
      const byte = bytes[at];
      if (byte === FEED || (byte === RETURN && bytes[at + 1] !== FEED)) this.#line += 1;
    }
  }

  /** Settles the next tag and the text before it; false when more bytes are needed to know where they end. */
  #step(): boolean {
    const bytes = this.#bytes;
    const view = this.#view;
    const { length } = bytes;
    let at = this.#at;
    let line = this.#line;
    let byte = 0;
    for (; at < length; at += 1) {
      byte = bytes[at] ?? 0;
      if (byte === SPACE) {
        // Indentation, four at a look.
        while (at + 5 < length && view.getInt32(at + 1) === FOUR_SPACES) at += 4;
        continue;
      }
      if (byte > SPACE) break;
      if (byte === FEED) line += 1;
      else if (byte === RETURN) {
        if (bytes[at + 1] !== FEED) line += 1;
      } else if (byte !== TAB) this.#fail('not-well-formed', at);
    }
    if (at >= length) return false;
    if (byte === LESS) {
      if (at + 1 >= length) return false;
      if (at > this.#at) {
        const next = bytes[at + 1];
        if (this.#amidText || next === BANG || next === QUESTION) this.#space(at);
        this.#begun = true;
        this.#at = at;
        this.#line = line;
      }
      return this.#tag(at);
    }
    return this.#text(at, byte);
  }

  /** White space beside a comment, an instruction or CDATA, which may stand in the middle of a text. */
  #space(to: number): void {
    if (this.#open.length > 0)
      this.#handler.text(withLineFeeds(this.#bytes.toString('latin1', this.#at, to)));
  }

  /** A text whose first byte that is no white space stands at `first`. */
  #text(first: number, firstByte: number): boolean {
    if (this.#open.length === 0) this.#fail('not-well-formed');
    const bytes = this.#bytes;
    const { length } = bytes;
    let at = first;
    let byte = firstByte;
    let odd = 0;
    do {
      odd |= oddities[byte] ?? 0;
      at += 1;
      if (at >= length) return false;
      byte = bytes[at] ?? 0;
    } while (byte !== LESS);
    if (odd === 0 && first === this.#at) {
      this.#handler.text(this.#texts.at(bytes, this.#view, first, at));
      this.#at = at;
    } else this.#oddText(at, odd);
    return this.#tag(at);
  }

  #oddText(to: number, odd: number): void {
    const raw = this.#bytes.toString(odd & RARE ? 'utf8' : 'latin1', this.#at, to);
    if (odd & RARE && !charactersGood(raw)) this.#fail('not-well-formed');
    if (odd & MARKUP && raw.includes(']]>')) this.#fail('not-well-formed');
    const text = unescaped(withLineFeeds(raw));
    if (text === undefined) this.#fail('not-well-formed');
    this.#handler.text(text);
    this.#count(this.#at, to);
    this.#at = to;
  }

  /** The tag, or what looks like one, at `at`, which is settled up to there. */
  #tag(at: number): boolean {
    const bytes = this.#bytes;
    const { length } = bytes;
    // Nothing is read beyond the end: V8 makes slower code of a place that ever was.
    if (at + 1 >= length) return false;
    const first = bytes[at + 1] ?? 0;
    if (first === SLASH) return this.#closeTag(at);
    if (first === BANG) return this.#declared(at);
    if (first === QUESTION) return this.#instruction(at);
    const likely = this.#last?.next;
    if (likely !== undefined) {
      const end = at + 1 + likely.bytes.length;
      if (end < length && bytes[end] === MORE && isNamed(this.#view, at + 1, likely)) {
        this.#opened(likely);
        this.#at = end + 1;
        return true;
      }
    }
    let end = at + 1;
    let hash = 0;
    let byte = 0;
    for (; end < length; end += 1) {
      byte = bytes[end] ?? 0;
      if (nameBytes[byte] === 0) break;
      hash = hashed(hash, byte);
    }
    if (end >= length) return false;
    const closesItself = byte === SLASH && bytes[end + 1] === MORE;
    if ((byte !== MORE && !closesItself) || nameBytes[first] !== 2) return this.#rareTag(at);
    this.#opened(this.#names.at(bytes, at + 1, end, hash));
    if (closesItself) return this.#closed(end + 2);
    this.#at = end + 1;
    return true;
  }

  #opened(name: XmlName): void {
    if (this.#open.length === 0) {
      if (this.#rooted) this.#fail('not-well-formed');
      this.#rooted = true;
    }
    this.#begun = true;
    this.#amidText = false;
    this.#open.push(name);
    if (this.#last && this.#last.next !== name) this.#last.next = name;
    this.#last = name;
    this.#handler.open(name.local, this.#line);
  }

  #closed(to: number): true {
    this.#open.pop();
    this.#amidText = false;
    this.#handler.close();
    this.#at = to;
    return true;
  }

  #closeTag(at: number): boolean {
    const bytes = this.#bytes;
    const expected = this.#open[this.#open.length - 1];
    if (expected !== undefined) {
      const end = at + 2 + expected.bytes.length;
      if (end < bytes.length && bytes[end] === MORE && isNamed(this.#view, at + 2, expected))
        return this.#closed(end + 1);
    }
    const close = bytes.indexOf(MORE, at);
    if (close < 0) return false;
    let last = close;
    while (isSpace(bytes[last - 1])) last -= 1;
    if (bytes.toString('utf8', at + 2, last) !== expected?.text) this.#fail('not-well-formed');
    this.#count(at, close);
    return this.#closed(close + 1);
  }

  /** A tag with attributes or white space, or whose name has letters of other alphabets. */
  #rareTag(at: number): boolean {
    const bytes = this.#bytes;
    const { length } = bytes;
    let quote = 0;
    let end = at + 1;
    for (; end < length; end += 1) {
      const byte = bytes[end] ?? 0;
      if (byte === LESS) this.#fail('not-well-formed');
      if (quote !== 0) {
        if (byte === quote) quote = 0;
      } else if (byte === DOUBLE || byte === SINGLE) quote = byte;
      else if (byte === MORE) break;
    }
    if (end >= length) return false;
    const tag = readTag(bytes.toString('utf8', at + 1, end));
    if (!tag) this.#fail('not-well-formed');
    this.#opened(this.#names.of(tag.name));
    this.#count(at, end);
    this.#at = end + 1;
    return tag.closesItself ? this.#closed(end + 1) : true;
  }

  /** `<!`: a comment or CDATA; a document type is refused. */
  #declared(at: number): boolean {
    const bytes = this.#bytes;
    const start = bytes.toString('latin1', at, at + CDATA.length);
    if (start.startsWith(COMMENT)) {
      const dashes = bytes.indexOf('--', at + COMMENT.length);
      if (dashes < 0 || dashes + 2 >= bytes.length) return false;
      if (bytes[dashes + 2] !== MORE) this.#fail('not-well-formed');
      if (!charactersGood(bytes.toString('utf8', at, dashes))) this.#fail('not-well-formed');
      return this.#passed(at, dashes + 3);
    }
    if (start === CDATA) {
      const end = bytes.indexOf(']]>', at + CDATA.length);
      if (end < 0) return false;
      const text = bytes.toString('utf8', at + CDATA.length, end);
      if (this.#open.length === 0 || !charactersGood(text)) this.#fail('not-well-formed');
      this.#handler.text(withLineFeeds(text));
      return this.#passed(at, end + 3);
    }
    if (start === DOCTYPE) this.#fail('document-type');
    if (![COMMENT, CDATA, DOCTYPE].some((one) => one.startsWith(start))) this.#fail('not-well-formed');
    return false;
  }

  #instruction(at: number): boolean {
    const bytes = this.#bytes;
    const end = bytes.indexOf('?>', at + 2);
    if (end < 0) return false;
    if (!instructionGood(bytes.toString('utf8', at + 2, end), !this.#begun)) this.#fail('not-well-formed');
    return this.#passed(at, end + 2);
  }

  #passed(from: number, to: number): true {
    this.#begun = true;
    this.#amidText = true;
    this.#count(from, to);
    this.#at = to;
    return true;
  }
}
