// A return in XML becomes a stream of small trees, one a child: however long the file, only one child is held.
// Nothing of the text stands in an error: a broken file may have a name where a tag should be.
import { UserError } from '../platform/errors.ts';
import { XmlError, type XmlHandler, XmlScanner } from './xml-scanner.ts';

/** One element: its name without a prefix, the line it starts on, the text directly inside it. */
export interface XmlElement {
  readonly name: string;
  readonly line: number;
  text: string;
  readonly children: readonly XmlElement[];
  /** Set on a record with more elements than anybody could have; its content is incomplete. */
  overflowed: boolean;
}

export interface XmlLayout {
  /** The name the outermost element must have. */
  root: string;
  /** Elements that are handed out whole, such as `Header` and `Child`. */
  records: ReadonlySet<string>;
}

const MOST_ELEMENTS = 50_000;
const DEEPEST = 64;
/** Characters of an element's text that are kept: no field of a return is longer than this. */
const LONGEST_TEXT = 4_096;

const sentences = {
  'not-well-formed': (column: number) =>
    `The file is not well-formed XML from column ${column} of this line on: export it again.`,
  'document-type-refused': () =>
    'The file carries a document type declaration, which no return has: remove it.',
  'too-large': () => 'One value is longer than any return holds: export the file again.',
};
const codes = {
  'not-well-formed': 'not-well-formed',
  'document-type': 'document-type-refused',
  'too-long': 'too-large',
} as const;

/** Most elements are fields, which have no elements in them: they share this list, to which nothing is added. */
const NONE: XmlElement[] = [];

interface BuiltElement extends XmlElement {
  children: XmlElement[];
}

/** Builds the tree of the record that is open, and keeps those that are whole until they are taken. */
class RecordBuilder implements XmlHandler {
  readonly #layout: XmlLayout;
  readonly #open: BuiltElement[] = [];
  #top: XmlElement | undefined;
  #depth = 0;
  #elements = 0;
  #done: XmlElement[] = [];

  constructor(layout: XmlLayout) {
    this.#layout = layout;
  }

  /** Asks for no element that is not there: V8 makes slower code of a place that ever did. */
  #innermost(): BuiltElement | undefined {
    const { length } = this.#open;
    return length > 0 ? this.#open[length - 1] : undefined;
  }

  open(name: string, line: number): void {
    this.#depth += 1;
    if (this.#depth === 1 && name !== this.#layout.root) {
      throw new RecordError(
        'wrong-root',
        `The outermost element is not ${this.#layout.root}: is it the right file?`,
      );
    }
    if (this.#depth > DEEPEST) {
      throw new RecordError(
        'too-large',
        'Elements are nested deeper than in any return: export the file again.',
      );
    }
    const parent = this.#innermost();
    if (!parent && !this.#layout.records.has(name)) return;
    const element: BuiltElement = { name, line, text: '', children: NONE, overflowed: false };
    if (!parent) {
      this.#elements = 0;
      this.#top = element;
    }
    this.#elements += 1;
    if (this.#elements > MOST_ELEMENTS && this.#top) this.#top.overflowed = true;
    else if (parent) {
      if (parent.children === NONE) parent.children = [element];
      else parent.children.push(element);
    }
    this.#open.push(element);
  }

  text(piece: string): void {
    const element = this.#innermost();
    if (!element) return;
    if (element.text === '' && piece.length <= LONGEST_TEXT) element.text = piece;
    else if (element.text.length < LONGEST_TEXT) element.text += piece.slice(0, LONGEST_TEXT);
  }

  close(): void {
    this.#depth -= 1;
    const element = this.#open.pop();
    if (element && this.#open.length === 0) this.#done.push(element);
  }

  /** The records that are whole since the last call. */
  take(): XmlElement[] {
    const done = this.#done;
    this.#done = [];
    return done;
  }
}

/** What the layout refuses; where, only the scanner knows. */
class RecordError extends Error {
  readonly code: string;
  constructor(code: string, message: string) {
    super(message);
    this.code = code;
  }
}

/**
 * Reads the records of an XML return in document order, in lists as they come.
 * @param bytes in UTF-8
 * @throws UserError `not-well-formed`, `return-truncated`, `wrong-root`, `document-type-refused` or `too-large`, with the line
 */
export async function* readXmlRecords(
  bytes: AsyncIterable<Uint8Array>,
  file: string,
  layout: XmlLayout,
): AsyncGenerator<XmlElement[]> {
  const builder = new RecordBuilder(layout);
  const scanner = new XmlScanner(builder);
  const inWords = (error: unknown): unknown => {
    if (error instanceof RecordError)
      return new UserError(error.code, error.message, { file, line: scanner.line });
    if (!(error instanceof XmlError)) return error;
    const code = codes[error.fault];
    return new UserError(code, sentences[code](error.column), { file, line: error.line });
  };
  for await (const piece of bytes) {
    let failure: unknown;
    try {
      scanner.write(piece);
    } catch (error) {
      failure = inWords(error);
    }
    // Whole records before a failure are handed out first: what they say is good.
    yield builder.take();
    if (failure !== undefined) throw failure;
  }
  const end = scanner.end();
  if (end === 'whole') return;
  const place = { file, line: scanner.line };
  if (end === 'left-over')
    throw new UserError(
      'not-well-formed',
      'Something stands after the last element: export the file again.',
      place,
    );
  if (!scanner.rooted)
    throw new UserError('not-well-formed', 'The file holds no XML: is it the right file?', place);
  throw new UserError(
    'return-truncated',
    'The file ends before its last element is closed: export or copy it again.',
    place,
  );
}

const matches = (name: string) => (element: XmlElement) => element.name === name;

/** All direct children of that name. */
export const childrenNamed = (element: XmlElement, name: string): XmlElement[] =>
  element.children.filter(matches(name));

export const childNamed = (element: XmlElement, name: string): XmlElement | undefined =>
  element.children.find(matches(name));
