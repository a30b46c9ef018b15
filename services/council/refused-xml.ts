// Children of an XML return that had a refused record, whole: mended, the file states the same records as the return
// would have, because everything that a record's id and the rules depend on stands beside it.
import { type Quarantine, type QuarantineFile, REFUSED_MARK, reasonText } from './quarantine.ts';
import type { RefusedRecord } from './report.ts';
import type { XmlElement } from './xml-records.ts';

const escapes: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;' };
const escaped = (text: string): string => text.trim().replaceAll(/[&<>]/g, (sign) => escapes[sign] ?? sign);
/** Two dashes would end a comment. */
const comment = (text: string): string => `<!-- ${text.replaceAll('--', '- -')} -->`;

function written(element: XmlElement, indent: string): string {
  const { name, children } = element;
  if (children.length === 0) return `${indent}<${name}>${escaped(element.text)}</${name}>\n`;
  const inside = children.map((child) => written(child, `${indent}  `)).join('');
  return `${indent}<${name}>${escaped(element.text)}\n${inside}${indent}</${name}>\n`;
}

export class RefusedXml {
  readonly #file: QuarantineFile | undefined;
  readonly #layout: { root: string; wrapper?: string };
  /** Stands at the top of the file when there is one. */
  header: XmlElement | undefined;

  constructor(
    quarantine: Quarantine | undefined,
    source: string,
    layout: { root: string; wrapper?: string },
  ) {
    this.#file = quarantine?.file(source);
    this.#layout = layout;
  }

  keep(child: XmlElement, refused: readonly RefusedRecord[]): void {
    const file = this.#file;
    if (!file || refused.length === 0) return;
    const { root, wrapper } = this.#layout;
    if (!file.begun) {
      file.write(`<?xml version="1.0" encoding="utf-8"?>\n<${root}>\n  ${comment(REFUSED_MARK)}\n`);
      if (this.header) file.write(written(this.header, '  '));
      if (wrapper) file.write(`  <${wrapper}>\n`);
    }
    for (const one of refused) file.write(`    ${comment(reasonText(one))}\n`);
    // One that is too large was not read whole, so what is left of it must not be sent.
    if (!child.overflowed) file.write(written(child, '    '));
  }

  close(): void {
    const { root, wrapper } = this.#layout;
    if (this.#file?.begun) this.#file.write(`${wrapper ? `  </${wrapper}>\n` : ''}</${root}>\n`);
    this.#file?.close();
  }
}
