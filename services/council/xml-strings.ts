// Bytes that come again become the same string again, found by a hash of them: a return has some fifty names and a few
// thousand dates and codes, and making a string costs more than looking it up.

const NAMES = 1_024;
const TEXTS = 16_384;
/** Bytes of a text that is worth keeping: dates and codes are shorter. */
const LONGEST = 24;

/** The name of an element, its bytes, and the name without its prefix. */
export interface XmlName {
  readonly bytes: Uint8Array;
  readonly text: string;
  readonly local: string;
}

/** The hash of some bytes and one more; of none it is 0. */
export const hashed = (hash: number, byte: number): number => (Math.imul(hash, 31) + byte) | 0;

/** As a property's name a string is made the one of its text, and comparing two such is comparing addresses. */
const unique = (text: string): string => Object.keys({ [text]: 0 })[0] ?? text;

function nameOf(bytes: Uint8Array): XmlName {
  const text = Buffer.from(bytes).toString('utf8');
  return { bytes, text, local: unique(text.slice(text.indexOf(':') + 1)) };
}

/** Whether `length` bytes from `from` on are these. */
export function sameBytes(bytes: Uint8Array, from: number, known: Uint8Array): boolean {
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
    if (kept !== undefined && kept.bytes.length === to - from && sameBytes(bytes, from, kept.bytes))
      return kept;
    const name = nameOf(bytes.slice(from, to));
    this.#slots[slot] = name;
    return name;
  }

  of(text: string): XmlName {
    const bytes = Buffer.from(text);
    return this.at(bytes, 0, bytes.length, bytes.reduce(hashed, 0));
  }
}

function sameText(bytes: Uint8Array, from: number, to: number, text: string): boolean {
  if (text.length !== to - from) return false;
  for (let at = 0; at < text.length; at += 1) if (bytes[from + at] !== text.charCodeAt(at)) return false;
  return true;
}

/** Short texts by the hash of their bytes, in slots of one: the last one met is kept. */
export class ShortTexts {
  readonly #slots: string[] = new Array<string>(TEXTS).fill('');

  /**
   * The text of bytes that are ASCII.
   * @param hash of the bytes, see `hashed`
   */
  at(bytes: Buffer, from: number, to: number, hash: number): string {
    if (to - from > LONGEST) return bytes.toString('latin1', from, to);
    const slot = (hash ^ (hash >>> 14)) & (TEXTS - 1);
    const kept = this.#slots[slot] ?? '';
    if (sameText(bytes, from, to, kept)) return kept;
    const text = bytes.toString('latin1', from, to);
    this.#slots[slot] = text;
    return text;
  }
}
