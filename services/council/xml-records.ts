// A return in XML becomes a stream of small trees, one a child: however long the file, only one child is held.
// Nothing of the text stands in an error: a broken file may have a name where a tag should be.
import { SaxesParser } from 'saxes';
import { UserError } from '../platform/errors.ts';

/** One element: its name without a prefix, the line it starts on, the text directly inside it. */
export interface XmlElement {
  readonly name: string;
  readonly line: number;
  text: string;
  readonly children: XmlElement[];
  /** Set on a record with more elements than anybody could have; its content is incomplete. */
  overflowed?: true;
}

export interface XmlLayout {
  /** The name the outermost element must have. */
  root: string;
  /** Elements that are handed out whole, such as `Header` and `Child`. */
  records: ReadonlySet<string>;
}

const MOST_ELEMENTS = 50_000;
const DEEPEST = 64;
/** Characters that one tag or text may take; more is no return. */
const LONGEST = 4_194_304;
/** Characters of an element's text that are kept: no field of a return is longer than this. */
const LONGEST_TEXT = 4_096;

const unreadable = (code: string, message: string, file: string, line: number) =>
  new UserError(code, message, { file, line });

const localName = (name: string): string => {
  const colon = name.indexOf(':');
  return colon < 0 ? name : name.slice(colon + 1);
};

/**
 * Reads the records of an XML return in document order.
 * @throws UserError `not-well-formed`, `return-truncated`, `wrong-root`, `document-type-refused` or `too-large`, with the line
 */
export async function* readXmlRecords(
  text: AsyncIterable<string>,
  file: string,
  layout: XmlLayout,
): AsyncGenerator<XmlElement> {
  const parser = new SaxesParser({ xmlns: false, position: true });
  const open: XmlElement[] = [];
  let done: XmlElement[] = [];
  let depth = 0;
  let elements = 0;
  let quiet = 0;
  let failure: UserError | undefined;
  const fail = (code: string, message: string) => {
    failure ??= unreadable(code, message, file, parser.line);
  };
  let closing = false;
  let rootSeen = false;

  parser.on('error', () => {
    if (!closing)
      fail('not-well-formed', 'The file is not well-formed XML from this line on: export it again.');
    else if (!rootSeen) fail('not-well-formed', 'The file holds no XML: is it the right file?');
    else
      fail('return-truncated', 'The file ends before its last element is closed: export or copy it again.');
  });
  parser.on('doctype', () =>
    fail(
      'document-type-refused',
      'The file carries a document type declaration, which no return has: remove it.',
    ),
  );
  parser.on('opentag', (tag) => {
    quiet = 0;
    depth += 1;
    const name = localName(tag.name);
    if (depth === 1) {
      rootSeen = true;
      if (name !== layout.root)
        fail('wrong-root', `The outermost element is not ${layout.root}: is it the right file?`);
    }
    if (depth > DEEPEST)
      fail('too-large', 'Elements are nested deeper than in any return: export the file again.');
    const parent = open[open.length - 1];
    if (!parent && !layout.records.has(name)) return;
    const element: XmlElement = { name, line: parser.line, text: '', children: [] };
    if (!parent) elements = 0;
    elements += 1;
    const top = open[0];
    if (top && elements > MOST_ELEMENTS) top.overflowed = true;
    else parent?.children.push(element);
    open.push(element);
  });
  parser.on('text', (piece) => {
    quiet = 0;
    const element = open[open.length - 1];
    if (element && element.text.length < LONGEST_TEXT) element.text += piece.slice(0, LONGEST_TEXT);
  });
  parser.on('cdata', (piece) => {
    quiet = 0;
    const element = open[open.length - 1];
    if (element && element.text.length < LONGEST_TEXT) element.text += piece.slice(0, LONGEST_TEXT);
  });
  parser.on('closetag', () => {
    quiet = 0;
    depth -= 1;
    const element = open.pop();
    if (element && open.length === 0) done.push(element);
  });

  for await (const piece of text) {
    quiet += piece.length;
    parser.write(piece);
    if (quiet > LONGEST)
      fail('too-large', 'One value is longer than any return holds: export the file again.');
    // Whole records before a failure are handed out first: what they say is good.
    const ready = done;
    done = [];
    yield* ready;
    if (failure) throw failure;
  }
  closing = true;
  parser.close();
  yield* done;
  if (failure) throw failure;
}

const matches = (name: string) => (element: XmlElement) => element.name === name;

/** All direct children of that name. */
export const childrenNamed = (element: XmlElement, name: string): XmlElement[] =>
  element.children.filter(matches(name));

export const childNamed = (element: XmlElement, name: string): XmlElement | undefined =>
  element.children.find(matches(name));
