// A figure: title, drawing, note, and the table of what is drawn. The drawing carries a text alternative of its own.
import { details } from '../../../page/components.ts';
import { type Html, html, type Piece } from '../../../page/html.ts';
import { note } from '../say.ts';

export interface Figure {
  title: string;
  caption?: Piece;
  drawing: Html;
  note: Piece;
  data: Html;
}

/** @param shown whether the table stands open beside the drawing (else it unfolds) */
export const figure = ({ title, caption, drawing, note: words, data }: Figure, shown = false): Html =>
  html`<figure class="wm-figure"><figcaption class="wm-figure__caption"><span class="wm-chart__title">${title}</span>${caption}</figcaption>
${drawing}
${note(words)}
${shown ? data : details(html`The numbers<span class="govuk-visually-hidden"> of ${title.toLowerCase()}</span>`, data)}</figure>`;

const key = (arm: 'trial' | 'comparison', name: string): Html =>
  html`<span class="wm-key"><svg viewBox="0 0 36 14" aria-hidden="true" focusable="false"><line class="wm-key__${arm}" x1="0" x2="36" y1="7" y2="7"/></svg>${name}</span>`;

export const armKey = (arms: { trial: string; comparison: string }): Html =>
  html`${key('trial', arms.trial)}${key('comparison', arms.comparison)}`;
