// Whatever is put into a page is escaped unless it was made by this tag: the only way to write markup.

/** Markup that has already been escaped. */
export class Html {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
  toString(): string {
    return this.text;
  }
}

export type Piece = Html | string | number | null | undefined | false | readonly Piece[];

const entities: Record<string, string> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

function escapeText(text: string): string {
  if (!/[&<>"']/.test(text)) return text;
  return text.replace(/[&<>"']/g, (character) => entities[character] ?? '');
}

function write(piece: Piece): string {
  if (piece === null || piece === undefined || piece === false) return '';
  if (piece instanceof Html) return piece.text;
  if (Array.isArray(piece)) return piece.reduce((text: string, each) => text + write(each), '');
  return escapeText(String(piece));
}

/** Markup with escaped pieces. Attribute values must stand in quotes; `null`, `undefined` and `false` write nothing. */
export function html(strings: TemplateStringsArray, ...pieces: Piece[]): Html {
  let text = strings[0] ?? '';
  for (let at = 0; at < pieces.length; at += 1) text += write(pieces[at]) + strings[at + 1];
  return new Html(text);
}

/** For markup made by a trusted library (a chart's SVG). Never for text that came from outside. */
export const trusted = (markup: string): Html => new Html(markup);
