// Bytes of a return become text here, whatever the exporting system wrote: UTF-8, UTF-16 or Windows-1252, with or
// without a byte order mark. Nothing is held but the first bytes, so memory does not grow with the file.
import { StringDecoder } from 'node:string_decoder';
import { UserError } from '../platform/errors.ts';

const SNIFFED = 256;

const startsWith = (bytes: Uint8Array, ...start: number[]): boolean =>
  start.every((byte, at) => bytes[at] === byte);

/** The encoding to read with: a byte order mark is believed first, then the pattern of zero bytes, then the XML declaration. */
function encodingOf(head: Uint8Array, file: string): string {
  if (startsWith(head, 0xef, 0xbb, 0xbf)) return 'utf-8';
  if (startsWith(head, 0xff, 0xfe) || (head[0] !== 0 && head[1] === 0)) return 'utf-16le';
  if (startsWith(head, 0xfe, 0xff) || (head[0] === 0 && head[1] !== 0)) return 'utf-16be';
  const declared = /^\s*<\?xml[^>]*encoding\s*=\s*["']([^"']+)["']/.exec(
    Buffer.from(head).toString('latin1'),
  );
  const label = (declared?.[1] ?? 'utf-8').trim().toLowerCase();
  // A declaration of UTF-16 that could be read byte by byte is a lie that some exports tell.
  if (label.startsWith('utf-16') || label === 'ucs-2') return 'utf-8';
  try {
    return new TextDecoder(label).encoding;
  } catch {
    throw new UserError(
      'unknown-encoding',
      'The file declares a character encoding that cannot be read: export it again as UTF-8.',
      { file, line: 1 },
    );
  }
}

/** The beginning of a file as text, for finding out what it is. */
export const headText = (head: Uint8Array, file: string): string =>
  new TextDecoder(encodingOf(head, file)).decode(head);

/** Turns pieces of bytes into pieces of text; `end` gives what was held back of a character cut in two. */
interface PieceDecoder {
  write(piece: Uint8Array): string;
  end(): string;
}

/**
 * UTF-8 is decoded by Node's own decoder, whose text takes one byte a character as long as it can: half the memory and
 * time of `TextDecoder`'s. It does not take the byte order mark away.
 */
function decoderFor(encoding: string): PieceDecoder {
  if (encoding === 'utf-8') {
    const decoder = new StringDecoder('utf8');
    return {
      write: (piece) => decoder.write(Buffer.from(piece.buffer, piece.byteOffset, piece.byteLength)),
      end: () => decoder.end(),
    };
  }
  const decoder = new TextDecoder(encoding);
  return { write: (piece) => decoder.decode(piece, { stream: true }), end: () => decoder.decode() };
}

const MARK = [0xef, 0xbb, 0xbf];

/** The pieces of a file, the first long enough to tell the encoding by, and the encoding. */
async function* sniffed(
  bytes: AsyncIterable<Uint8Array>,
  file: string,
  onBytes: (count: number) => void,
): AsyncGenerator<{ piece: Uint8Array; encoding: string }> {
  let encoding: string | undefined;
  let head: Uint8Array = new Uint8Array(0);
  const begun = () => {
    encoding = encodingOf(head, file);
    const marked = encoding === 'utf-8' && startsWith(head, ...MARK);
    return { piece: marked ? head.subarray(MARK.length) : head, encoding };
  };
  for await (const piece of bytes) {
    onBytes(piece.length);
    if (encoding !== undefined) {
      yield { piece, encoding };
      continue;
    }
    head = Buffer.concat([head, piece]);
    if (head.length >= SNIFFED) yield begun();
  }
  if (encoding === undefined) yield begun();
}

/**
 * Decodes a stream of bytes piece by piece. Bytes that are not of the encoding become U+FFFD, never an error:
 * they stand in names, which are not carried, and a pseudonym is never made from one (see `Reading.childId`).
 * @param onBytes told the number of bytes of every piece
 * @throws UserError `unknown-encoding`
 */
export async function* decodedText(
  bytes: AsyncIterable<Uint8Array>,
  file: string,
  onBytes: (count: number) => void = () => {},
): AsyncGenerator<string> {
  let decoder: PieceDecoder | undefined;
  for await (const { piece, encoding } of sniffed(bytes, file, onBytes)) {
    decoder ??= decoderFor(encoding);
    yield decoder.write(piece);
  }
  const rest = decoder?.end() ?? '';
  if (rest !== '') yield rest;
}

/**
 * The bytes of a file in UTF-8, without a byte order mark: as they are when that is what they were. See `decodedText`.
 * @throws UserError `unknown-encoding`
 */
export async function* utf8Bytes(
  bytes: AsyncIterable<Uint8Array>,
  file: string,
  onBytes: (count: number) => void = () => {},
): AsyncGenerator<Uint8Array> {
  let decoder: PieceDecoder | undefined;
  for await (const { piece, encoding } of sniffed(bytes, file, onBytes)) {
    if (encoding !== 'utf-8') decoder ??= decoderFor(encoding);
    yield decoder ? Buffer.from(decoder.write(piece)) : piece;
  }
  const rest = decoder?.end() ?? '';
  if (rest !== '') yield Buffer.from(rest);
}
