// The few pieces that pages are built from, as GOV.UK Design System markup.
import type { DataSource } from '../../schemas/protocol.ts';
import { type Html, html, type Piece } from './html.ts';

export interface Column {
  text: string;
  numeric?: boolean;
}

export interface Cell {
  content: Piece;
  numeric?: boolean;
  /** Spans this many columns. */
  span?: number;
}

/** Rows under a heading of their own, such as the two arms at one horizon. */
export interface RowGroup {
  id?: string;
  heading?: Piece;
  /** The first cell of a row is its heading. */
  rows: Cell[][];
}

/**
 * A table that becomes one block a row on a narrow screen, each number beside its column's name.
 * Roles are written out because `display: block` would take the table's meaning from a screen reader.
 */
export function table(options: {
  caption: Piece;
  captionHidden?: boolean;
  columns: Column[];
  groups: RowGroup[];
  describedBy?: string;
}): Html {
  const { columns } = options;
  const number = (numeric: boolean | undefined, kind: string) => numeric && ` govuk-table__${kind}--numeric`;
  const dataRow = (cells: Cell[]) => {
    let at = 0;
    return html`<tr class="govuk-table__row" role="row">${cells.map((cell) => {
      const column = columns[at];
      const first = at === 0;
      at += cell.span ?? 1;
      const span = cell.span !== undefined && html` colspan="${cell.span}"`;
      if (first)
        return html`<th scope="row" role="rowheader" class="govuk-table__header"${span}>${cell.content}</th>`;
      return html`<td role="cell" class="govuk-table__cell${number(cell.numeric ?? (cell.span === undefined && column?.numeric), 'cell')}"${span}>${
        cell.span === undefined &&
        column &&
        html`<span class="wm-cell-label" aria-hidden="true">${column.text}</span>`
      }<span class="wm-cell-value">${cell.content}</span></td>`;
    })}</tr>
`;
  };
  return html`<table class="govuk-table wm-table" role="table"${options.describedBy && html` aria-describedby="${options.describedBy}"`}>
<caption class="govuk-table__caption govuk-table__caption--m${options.captionHidden && ' govuk-visually-hidden'}">${options.caption}</caption>
<thead class="govuk-table__head" role="rowgroup"><tr class="govuk-table__row" role="row">${columns.map(
    (column) =>
      html`<th scope="col" role="columnheader" class="govuk-table__header${number(column.numeric, 'header')}">${column.text}</th>`,
  )}</tr></thead>
${options.groups.map(
  (group) => html`<tbody class="govuk-table__body" role="rowgroup"${group.id && html` id="${group.id}"`}>
${
  group.heading !== undefined &&
  html`<tr class="govuk-table__row wm-group" role="row"><th scope="rowgroup" role="rowheader" colspan="${columns.length}" class="govuk-table__header">${group.heading}</th></tr>
`
}${group.rows.map(dataRow)}</tbody>
`,
)}</table>`;
}

export type TagColour = 'grey' | 'green' | 'turquoise' | 'blue' | 'yellow' | 'orange' | 'red';

export const tag = (text: string, colour: TagColour): Html =>
  html`<strong class="govuk-tag govuk-tag--${colour}">${text}</strong>`;

export function summaryList(rows: { key: string; value: Piece }[]): Html {
  return html`<dl class="govuk-summary-list">${rows.map(
    ({ key, value }) => html`<div class="govuk-summary-list__row">
<dt class="govuk-summary-list__key">${key}</dt><dd class="govuk-summary-list__value">${value}</dd></div>
`,
  )}</dl>`;
}

export const details = (summary: Piece, content: Piece): Html =>
  html`<details class="govuk-details"><summary class="govuk-details__summary"><span class="govuk-details__summary-text">${summary}</span></summary>
<div class="govuk-details__text">${content}</div></details>`;

export const warning = (content: Piece): Html =>
  html`<div class="govuk-warning-text"><span class="govuk-warning-text__icon" aria-hidden="true">!</span>
<div class="govuk-warning-text__text"><span class="govuk-visually-hidden">Warning</span>${content}</div></div>`;

/** A long hash, whole, that may break anywhere. */
export const fingerprint = (hash: string): Html => html`<code class="wm-code">${hash}</code>`;

const sourceWords = {
  simulated: {
    heading: 'Simulated data',
    text: 'A computer made these records to show how Waymark works. They describe no real child, family or council, and no finding on this page is true of anyone.',
  },
  sample: {
    heading: 'Sample data',
    text: 'These are published sample returns with invented children in them. They test how returns are read, and no finding on this page is true of anyone.',
  },
} as const;

/** Says that data are not real, in a place nobody can miss. Nothing for real data. */
export function dataSourceNotice(source: DataSource): Html | null {
  if (source === 'real') return null;
  const { heading, text } = sourceWords[source];
  return html`<div class="wm-source" role="region" aria-label="About these data">
<p class="wm-source__heading">${heading}</p><p class="wm-source__text">${text}</p></div>`;
}

export function dataSourceTag(source: DataSource): Html | null {
  return source === 'real' ? null : tag(sourceWords[source].heading, 'yellow');
}

/** A short bar for a share from 0 to 1. The words beside it say the same. */
export function shareBar(share: number): Html {
  const width = Math.round(200 * Math.min(1, Math.max(0, share)));
  return html`<svg class="wm-bar" viewBox="0 0 200 8" preserveAspectRatio="none" aria-hidden="true" focusable="false"><rect class="wm-bar__all" width="200" height="8"/><rect class="wm-bar__part" width="${width}" height="8"/></svg>`;
}
