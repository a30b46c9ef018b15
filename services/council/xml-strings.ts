// Bytes that come again become the same string again: a return has some fifty names and a few thousand dates and codes,
// and making a string costs more than looking it up.

const NAMES = 1_024;
const TEXTS = 16_384;
/** Bytes of a text that is kept, as three numbers of four bytes: dates and codes are shorter. */
const LONGEST = 12;
/** Bytes that must be there after the last of a text. */
export const BEYOND = 3;

/** The name of an element, its bytes, and the name without its prefix. */
export interface XmlName {
  readonly bytes: Uint8Array;
  /** The bytes as numbers of four, from each fourth byte on while there are as many. */
  readonly words: Int32Array;
  readonly text: string;
  readonly local: string;
  /** The name of the tag that opened after the last one of this name: the next is mostly of that name again. */
  next: XmlName | undefined;
}

/** The hash of some bytes and one more; of none it is 0. */
export const hashed = (hash: number, byte: number): number => (Math.imul(hash, 31) + byte) | 0;

/** As a property's name a string is made the one of its text, and comparing two such is comparing addresses. */
const unique = (text: string): string => Object.keys({ [text]: 0 })[0] ?? text;

function nameOf(bytes: Uint8Array): XmlName {
  const text = Buffer.from(bytes).toString('utf8');
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const words = Int32Array.from({ length: bytes.length >> 2 }, (_, word) => view.getInt32(4 * word));
  return { bytes, words, text, local: unique(text.slice(text.indexOf(':') + 1)), next: undefined };
}

/** Whether the bytes from `from` on, all of which are there, are those of the name. Asked of every tag: four at a look. */
export function isNamed(view: DataView, from: number, { words, bytes }: XmlName): boolean {
  let at = from;
  for (let word = 0; word < words.length; word += 1) {
    if (view.getInt32(at) !== words[word]) return false;
    at += 4;
  }
  for (let last = 4 * words.length; last < bytes.length; last += 1) {
    if (view.getUint8(at) !== bytes[last]) return false;
    at += 1;
  }
  return true;
}

function sameBytes(bytes: Uint8Array, from: number, known: Uint8Array): boolean {
  for (let at = 0; at < known.length; at += 1) if (bytes[from + at] !== known[at]) return false;
  return true;
}

/** Names by the hash of their bytes, in slots of one: two that share a slot are each made again when they alternate. */
export class XmlNames {
  readonly #slots: XmlName[] = new Array<XmlName>(NAMES).fill(nameOf(new Uint8Array(0)));

  /** @param hash of the bytes, see `hashed` */
  at(bytes: Uint8Array, from: number, to: number, hash: number): XmlName {
    const slot = (hash ^ (hash >>> 10)) & (NAMES - 1);
    const kept = this.#slots[slot];
    if (kept?.bytes.length === to - from && sameBytes(bytes, from, kept.bytes)) return kept;
    // A copy: the slice of a Buffer is a view of bytes that a later piece takes the place of.
    const name = nameOf(Uint8Array.from(bytes.subarray(from, to)));
    this.#slots[slot] = name;
    return name;
  }

  of(text: string): XmlName {
    const bytes = Buffer.from(text);
    return this.at(bytes, 0, bytes.length, bytes.reduce(hashed, 0));
  }
}

/** So many bytes of four, of a number whose first byte is the lowest. */
const MASKS = Int32Array.of(0, 0xff, 0xffff, 0xffffff);

/** Up to four bytes as one number; a byte that is not there is 0, which no text has. */
function packed(view: DataView, at: number, to: number): number {
  if (at >= to) return 0;
  const four = view.getInt32(at, true);
  return at + 4 <= to ? four : four & (MASKS[to - at] ?? 0);
}

const slotOf = (first: number, second: number, third: number): number => {
  const mixed = Math.imul(first, 0x9e3779b1) ^ Math.imul(second, 0x85ebca77) ^ Math.imul(third, 0xc2b2ae3d);
  return (mixed ^ (mixed >>> 15)) & (TEXTS - 1);
};

/** Short texts by their bytes, in slots of one: the last one met is kept. */
export class ShortTexts {
  readonly #slots: string[] = new Array<string>(TEXTS).fill('');
  /** The bytes of the text in each slot. */
  readonly #packed = new Int32Array(3 * TEXTS);

  /**
   * The text of bytes that are ASCII and not 0.
   * @param view of the same bytes and, whatever they are, `BEYOND` more
   */
  at(bytes: Buffer, view: DataView, from: number, to: number): string {
    if (to - from > LONGEST) return bytes.toString('latin1', from, to);
    const first = packed(view, from, to);
    const second = packed(view, from + 4, to);
    const third = packed(view, from + 8, to);
    const slot = slotOf(first, second, third);
    const kept = this.#packed;
    if (kept[3 * slot] === first && kept[3 * slot + 1] === second && kept[3 * slot + 2] === third)
      return this.#slots[slot] ?? '';
    const text = bytes.toString('latin1', from, to);
    kept[3 * slot] = first;
    kept[3 * slot + 1] = second;
    kept[3 * slot + 2] = third;
    this.#slots[slot] = text;
    return text;
  }
}
