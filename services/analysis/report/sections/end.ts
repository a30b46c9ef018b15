// What a reader may want to look up: definitions, the reporting checklist, and how every number can be made again.
import { type Cell, details, fingerprint, summaryList, table } from '../../../page/components.ts';
import { type Html, html } from '../../../page/html.ts';
import { checklistOf } from '../checklists.ts';
import type { ShownRecord } from '../shown.ts';

export const definitionsSection = ({ definitions }: ShownRecord): Html =>
  html`<section aria-labelledby="definitions">
<h2 class="govuk-heading-l" id="definitions">Definitions</h2>
${summaryList(definitions.map(({ title, words }) => ({ key: title, value: words })))}
</section>`;

export function checklistSection(record: ShownRecord): Html {
  const { title, items } = checklistOf(record);
  return html`<section aria-labelledby="checklist">
<h2 class="govuk-heading-l" id="checklist">Reporting checklist</h2>
<p class="govuk-body">${title}: filled where the records and the protocol know the answer.</p>
${details(
  html`All ${items.length} items`,
  table({
    caption: title,
    captionHidden: true,
    columns: [{ text: 'Item' }, { text: 'Asks for' }, { text: 'Answer' }],
    groups: [
      {
        rows: items.map(({ number, asks, answer }): Cell[] => [
          { content: number },
          { content: asks },
          { content: answer ?? html`<span class="wm-unknown">For the authors</span>` },
        ]),
      },
    ],
  }),
)}
</section>`;
}

export const madeSection = (record: ShownRecord): Html =>
  html`<section aria-labelledby="made">
<h2 class="govuk-heading-l" id="made">How this was made</h2>
<p class="govuk-body">Every number of this page comes from one analysis record. The same protocol, records and code give the same record, byte for byte: <code class="wm-code">waymark analyse --verify</code> runs it again and compares.</p>
${summaryList([
  { key: 'Protocol', value: fingerprint(record.protocolHash) },
  { key: 'Records', value: fingerprint(record.snapshotHash) },
  { key: 'Code', value: fingerprint(record.codeVersion) },
  ...record.definitions.map(({ title, version, hash }) => ({
    key: `${title}, version ${version}`,
    value: fingerprint(hash),
  })),
])}
</section>`;
